"""daff, which aligns tables as a spreadsheet's user would."""

import daff

from benchmarks.false_pass.finding import Finding, Program, require_suffix, text_of
from benchmarks.false_pass.written import Pair


def _ask(pair: Pair) -> Finding:
    require_suffix(pair, (".csv",))
    source, target = (daff.Csv().makeTable(text_of(path)) for path in pair.paths)
    flags = daff.CompareFlags()
    flags.ordered = False
    for column in pair.key:
        flags.addPrimaryKey(column)
    diff = daff.TableDiff(daff.Coopy.compareTables(source, target, flags).align(), flags)
    diff.hilite(daff.Coopy.getBlankTable(diff, diff.getComparisonState()) or daff.SimpleTable(0, 0))
    found = diff.getSummary()
    is_same = not (diff.hasDifference() or found.col_deletes or found.col_inserts or found.col_renames)
    if not pair.key:
        return Finding(is_same=is_same)
    return Finding(
        is_same=is_same,
        mismatched=found.row_updates,
        source_only=found.row_deletes,
        target_only=found.row_inserts,
    )


DAFF = Program(
    name="daff",
    package="daff",
    how="`TableDiff` with `--id` for each key column and `--unordered`; CSVs only; "
    "without a key held to whether they are equal",
    ask=_ask,
)
