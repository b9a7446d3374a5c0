"""What is run: the command in the ways people use it, and its peers on the same files."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Run

KEY = "statement_id"
PARSE_ONLY = "parse both files only (polars)"
BELOW_THRESHOLD = 1
"""The pairs differ, so the command answers with this exit status."""

Expected = Mapping[str, int]


class WrongAnswerError(Exception):
    """A contender failed, or counted something else than what is there; its time means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to run one program."""

    name: str
    command: Sequence[str]
    check: Callable[[Run], None]


def contenders(folder: Path, expected: Expected, budgets: Sequence[str]) -> Sequence[Contender]:
    """Everything that is measured on the pair in `folder`.

    Args:
        folder: Where `data` wrote the files.
        expected: The right counts of a keyed comparison.
        budgets: Memory budgets besides the default, such as `256MB`.
    """
    keyed, whole = _counts_are(expected), _counts_are(_of_whole_rows(expected))
    key = ("--key", KEY)
    return (
        _peer(PARSE_ONLY, "parse_only", folder),
        _smoke("smoke compare, keyed", folder, "target.csv", keyed, *key),
        _smoke("smoke compare, keyless", folder, "target.csv", whole),
        _smoke("smoke compare, keyed, target shuffled", folder, "shuffled.csv", keyed, *key),
        _smoke(
            "smoke compare, keyed, every cell of a column equal only under the rule `numeric`",
            folder,
            "respelled.csv",
            keyed,
            *key,
            "--rule",
            "closing_balance:numeric",
        ),
        *(
            _smoke(
                f"smoke compare, keyed, --memory {budget}",
                folder,
                "target.csv",
                keyed,
                *key,
                "--memory",
                budget,
            )
            for budget in budgets
        ),
        _peer("datacompy PolarsCompare with its report", "polars_compare", folder, KEY),
    )


def _smoke(name: str, folder: Path, target: str, check: Callable[[Run], None], *options: str) -> Contender:
    files = (str(folder / "source.csv"), str(folder / target))
    command = (sys.executable, "-m", "smoke_pipeline.cli", "compare", *files, *options, "--format", "json")
    return Contender(name=name, command=command, check=check)


def _peer(name: str, module: str, folder: Path, *options: str) -> Contender:
    files = (str(folder / "source.csv"), str(folder / "target.csv"))
    command = (sys.executable, "-m", f"benchmarks.peers.{module}", *files, *options)
    return Contender(name=name, command=command, check=_has_ended_well)


def _counts_are(expected: Expected) -> Callable[[Run], None]:
    def check(run: Run) -> None:
        if run.status != BELOW_THRESHOLD:
            raise WrongAnswerError(f"exit status {run.status}: {run.output[-500:]}")
        answer = json.loads(run.output)
        found = {name: answer[name] for name in expected}
        if found != dict(expected):
            raise WrongAnswerError(f"counted {found}, right is {dict(expected)}")

    return check


def _has_ended_well(run: Run) -> None:
    if run.status != 0:
        raise WrongAnswerError(f"exit status {run.status}: {run.output[-500:]}")


def _of_whole_rows(expected: Expected) -> Expected:
    """Without a key a changed row stands on both sides alone."""
    changed = expected["mismatched"]
    return {
        **expected,
        "mismatched": 0,
        "source_only": expected["source_only"] + changed,
        "target_only": expected["target_only"] + changed,
    }
