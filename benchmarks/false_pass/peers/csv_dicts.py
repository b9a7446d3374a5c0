"""csv-diff and csvdiff: both read CSVs into dictionaries by key."""

from collections import Counter

import csv_diff
import csvdiff

from benchmarks.false_pass.finding import Finding, Program, require_key, require_suffix
from benchmarks.false_pass.written import Pair


def _csv_diff(pair: Pair) -> Finding:
    require_suffix(pair, (".csv",))
    if len(pair.key) > 1:
        require_key(pair, most=1)
    key = pair.key[0] if pair.key else None
    sides = []
    for path in pair.paths:
        with path.open(newline="", encoding="utf-8") as file:
            sides.append(csv_diff.load_csv(file, key=key))
    found = csv_diff.compare(*sides)
    cells = Counter(name for change in found["changed"] for name in change["changes"])
    return Finding(
        is_same=not any(found.values()),
        mismatched=len(found["changed"]),
        source_only=len(found["removed"]),
        target_only=len(found["added"]),
        by_column=dict(cells),
    )


def _csvdiff(pair: Pair) -> Finding:
    require_suffix(pair, (".csv",))
    require_key(pair, most=99)
    try:
        found = csvdiff.diff_files(str(pair.source), str(pair.target), list(pair.key))
    except SystemExit as refusal:  # so it refuses a line that is too long
        raise ValueError("refused") from refusal
    cells = Counter(name for change in found["changed"] for name in change["fields"])
    return Finding(
        is_same=not (found["changed"] or found["removed"] or found["added"]),
        mismatched=len(found["changed"]),
        source_only=len(found["removed"]),
        target_only=len(found["added"]),
        by_column=dict(cells),
    )


CSV_DIFF = Program(
    name="csv-diff",
    package="csv-diff",
    how="`compare(load_csv(source, key=…), load_csv(target, key=…))`; CSVs only, one key column or none",
    ask=_csv_diff,
)
CSVDIFF = Program(
    name="csvdiff",
    package="csvdiff",
    how="`diff_files(source, target, key)`; CSVs only",
    ask=_csvdiff,
)
