"""What is run: the command in the ways people use it, and what it is set against on the same files."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Run

KEY = "statement_id"
PARSES = {f"parse both files only ({how})": how for how in ("polars-read", "polars-stream")}
"""The fastest of these, in the same run, is what the others are set against."""
KEYED, KEYLESS = "smoke compare, keyed", "smoke compare, keyless"
DUCKDB, DUCKDB_LIMITED = "DuckDB FULL JOIN", "DuckDB FULL JOIN, memory_limit 512MB"
POLARS_COMPARE, PANDAS_COMPARE = "datacompy PolarsCompare", "datacompy PandasCompare"
SPARK_COMPARE = "datacompy SparkSQLCompare"
SPARK = "smoke compare, keyed, --engine spark"
BY_KEY = ("csv-diff", "csvdiff", "reladiff")
SLOW = (PANDAS_COMPARE, SPARK_COMPARE, SPARK, *BY_KEY)
"""What takes more than ten times as long; left out above a million rows unless asked for."""

Truth = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to run one program."""

    name: str
    command: Sequence[str]
    truth: Truth
    """What its answer must say where it says anything of it; {} for what gives no answer."""
    statuses: Sequence[int] = (0,)
    """Exit statuses of a run that went well."""


def smoke(name: str, files: tuple[Path, Path], truth: Truth, *options: str) -> Contender:
    """`smoke compare`."""
    command = (sys.executable, "-m", "smoke_pipeline.cli", "compare", *map(str, files), *options)
    differs = truth["mismatched"] or truth["source_only"] or truth["target_only"]
    return Contender(
        name=name, command=(*command, "--format", "json"), truth=truth, statuses=(1 if differs else 0,)
    )


def peer(name: str, module: str, *arguments: object, truth: Truth | None = None) -> Contender:
    """A program of `benchmarks.peers`."""
    command = (sys.executable, "-m", f"benchmarks.peers.{module}", *map(str, arguments))
    return Contender(name=name, command=command, truth=truth or {})


def parses(files: tuple[Path, Path]) -> Sequence[Contender]:
    """Programs that only parse."""
    return [peer(name, "parse_only", how, *files) for name, how in PARSES.items()]


def slow_peers(files: tuple[Path, Path], truth: Truth) -> Sequence[Contender]:
    """The slow ones, each with its answer held to the truth."""
    left = {
        "source_left": truth["mismatched"] + truth["source_only"],
        "target_left": truth["mismatched"] + truth["target_only"],
    }
    return [
        peer(PANDAS_COMPARE, "datacompy_compare", "pandas", *files, KEY, truth=truth),
        peer(SPARK_COMPARE, "spark_compare", *files, KEY, truth=truth),
        smoke(SPARK, files, truth, "--key", KEY, "--engine", "spark"),
        *(peer(name, "by_key", name, *files, KEY, truth={**truth, **left}) for name in BY_KEY),
    ]


def what_is_wrong(one: Contender, run: Run) -> str:
    """Why the figures of a run mean nothing; empty where they do."""
    if run.stopped:
        return f"stopped: {run.stopped}"
    if run.status not in one.statuses:
        return f"failed with exit status {run.status}: {_cause(run.output)}"
    if not one.truth:
        return ""
    try:
        answer = json.loads(run.output)
    except ValueError:
        return f"gave no answer but {run.output[:100]!r}"
    known = [name for name in one.truth if name in answer]
    wrong = [
        f"{name} {answer[name]} (right: {one.truth[name]})"
        for name in known
        if answer[name] != one.truth[name]
    ]
    return f"wrong answer: {', '.join(wrong)}" if wrong else ""


def _cause(output: str) -> str:
    """The line that names the error, or the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or [""]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return (named or lines)[-1][:200]


def of_whole_rows(truth: Truth) -> Truth:
    """Without a key a changed row stands on both sides alone."""
    changed = truth["mismatched"]
    return {
        **truth,
        "mismatched": 0,
        "source_only": truth["source_only"] + changed,
        "target_only": truth["target_only"] + changed,
        "mismatch_by_column": {},
    }


def without(truth: Truth, column: str) -> Truth:
    """What is true where a column is left out; every row differs in one cell at most."""
    cells = dict(truth["mismatch_by_column"])
    return {**truth, "mismatched": truth["mismatched"] - cells.pop(column, 0), "mismatch_by_column": cells}
