"""`smoke compare`, held to the same cases in the same way."""

from benchmarks.false_pass.finding import Finding, Program
from benchmarks.false_pass.ours import compare
from benchmarks.false_pass.written import Pair


def _ask(pair: Pair) -> Finding:
    found = compare(pair)
    return Finding(
        is_same=found.is_same,
        mismatched=found.mismatched,
        source_only=found.source_only,
        target_only=found.target_only,
        by_column=found.by_column,
    )


SMOKE = Program(
    name="smoke compare",
    package="smoke-pipeline",
    how="`compare_snapshots` with the key and no other option",
    ask=_ask,
)
