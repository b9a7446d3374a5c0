"""What is compared with what: the situations in which a comparison is waited for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import (
    DUCKDB,
    DUCKDB_LIMITED,
    KEY,
    KEYED,
    KEYLESS,
    POLARS_COMPARE,
    Contender,
    Truth,
    of_whole_rows,
    parses,
    peer,
    slow_peers,
    smoke,
    without,
)

WITH_KEY = ("--key", KEY)
DRIFTING = "closing_balance"
LIMIT = "512MB"
SAME_ORDER, SHUFFLED, IGNORED = "same order", "target shuffled", "ignored column that differs in every row"
DIALECT, DIALECT_SHUFFLED = "another delimiter", "another delimiter, target shuffled"
DRIFT, DRIFT_SHUFFLED = "every row differs", "every row differs, target shuffled"
RULE, PARQUET, HALF = "every row equal under a rule", "Parquet", "half the rows, same order"
HALF_SHUFFLED = "half the rows, target shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Two files, and the programs that are run on them in turns."""

    name: str
    files: tuple[Path, Path]
    contenders: Sequence[Contender]


def scenarios(folder: Path, half: Path, budgets: Sequence[str], *, with_slow: bool) -> Sequence[Scenario]:
    """All of them, on the files that `data` wrote into `folder`, and half as many rows in `half`."""
    truths = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    halved = json.loads((half / "expected.json").read_text(encoding="utf-8"))["target"]
    changed, drifted = truths["target"], truths["drifted"]
    pair = _Files(folder)
    return (
        _same_order(pair.of("target.csv"), changed, budgets, with_slow=with_slow),
        _keyed(SHUFFLED, pair.of("shuffled.csv"), changed, keyless=True),
        _keyed(IGNORED, pair.of("drifted.csv"), drifted, ignore=DRIFTING),
        _keyed(DIALECT, pair.of("semicolon.csv"), changed),
        _keyed(DIALECT_SHUFFLED, pair.of("semicolon_shuffled.csv"), changed),
        _keyed(DRIFT, pair.of("drifted.csv"), drifted, limited=True),
        _keyed(DRIFT_SHUFFLED, pair.of("drifted_shuffled.csv"), drifted, limited=True),
        _rule(pair.of("respelled.csv"), changed),
        _keyed(PARQUET, (folder / "source.parquet", folder / "target.parquet"), changed),
        _keyed(HALF, _Files(half).of("target.csv"), halved),
        _keyed(HALF_SHUFFLED, _Files(half).of("shuffled.csv"), halved),
    )


@dataclass(frozen=True, slots=True)
class _Files:
    folder: Path

    def of(self, target: str) -> tuple[Path, Path]:
        return self.folder / "source.csv", self.folder / target


def _same_order(
    files: tuple[Path, Path], truth: Truth, budgets: Sequence[str], *, with_slow: bool
) -> Scenario:
    found = _keyed(SAME_ORDER, files, truth, keyless=True, limited=True)
    small = [
        smoke(f"{KEYED}, --memory {budget}", files, truth, *WITH_KEY, "--memory", budget)
        for budget in budgets
    ]
    slow = slow_peers(files, truth) if with_slow else ()
    return Scenario(name=found.name, files=files, contenders=(*found.contenders, *small, *slow))


def _rule(files: tuple[Path, Path], truth: Truth) -> Scenario:
    ours = smoke(KEYED, files, truth, *WITH_KEY, "--rule", f"{DRIFTING}:numeric")
    return Scenario(name=RULE, files=files, contenders=(*parses(files), ours))


def _keyed(
    name: str,
    files: tuple[Path, Path],
    truth: Truth,
    *,
    keyless: bool = False,
    ignore: str = "",
    limited: bool = False,
) -> Scenario:
    if ignore:
        truth = without(truth, ignore)
    leaving_out = ("--ignore", ignore) if ignore else ()
    found = [*parses(files), smoke(KEYED, files, truth, *WITH_KEY, *leaving_out)]
    if keyless:
        found.append(smoke(KEYLESS, files, of_whole_rows(truth)))
    found.append(peer(DUCKDB, "duckdb_join", *files, KEY, *leaving_out, truth=truth))
    if limited:
        memory = ("--memory", LIMIT)
        found.append(peer(DUCKDB_LIMITED, "duckdb_join", *files, KEY, *memory, truth=truth))
    if not ignore:
        found.append(peer(POLARS_COMPARE, "datacompy_compare", "polars", *files, KEY, truth=truth))
    return Scenario(name=name, files=files, contenders=found)
