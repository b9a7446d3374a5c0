"""`mismatches.csv`: a line per kept cell that differs and per kept row that stands on one side alone.

RFC 4180 in UTF-8: commas, CRLF, doubled quotes. The columns are

    key:<name>     one per key column; the prefix keeps a key column called `column` apart
    difference_type   mismatched, source_only or target_only
    column            the column that differs; empty for a one-sided row
    source_value      the source's value as read; a one-sided row as a JSON object
    target_value      the target's
    source_row        number of the row on that side, the first being 1
    target_row
    nulls             headers of the fields that are NULL and not the empty text, as a JSON list
    in_flight         true where a recheck found that nothing of the key differs any more; else empty

A CSV alone cannot tell NULL from the empty text, hence `nulls`; inside a JSON object NULL is `null`.
Values are exact, so one that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet program: import
the columns as text there.
"""

import csv
import json
from collections.abc import Iterator
from typing import TextIO

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference

FIELDS = (
    "difference_type",
    "column",
    "source_value",
    "target_value",
    "source_row",
    "target_row",
    "nulls",
    "in_flight",
)


def write_mismatches(result: ComparisonResult, file: TextIO) -> int:
    """Write the kept differences and say how many lines they took, the header not counted.

    Args:
        result: What the comparison found.
        file: Open for text as UTF-8 with `newline=""`.
    """
    keys = tuple(f"key:{name}" for name in result.key)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow((*keys, *FIELDS))
    lines = 0
    for difference in result.differences:
        for fields in _lines(difference, keys):
            writer.writerow(fields)
            lines += 1
    return lines


def _lines(difference: RowDifference, keys: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    places = (difference.source_row, difference.target_row)
    null_keys = [name for name, value in zip(keys, difference.key, strict=True) if value is None]
    start, flight = (*difference.key, str(difference.kind)), "true" if difference.in_flight else ""
    if difference.kind is not DifferenceKind.MISMATCHED:
        yield (*start, "", *_whole_row(difference), *places, _json(null_keys) if null_keys else "", flight)
        return
    for cell in difference.cells:
        sides = {"source_value": cell.source, "target_value": cell.target}
        nulls = null_keys + [name for name, value in sides.items() if value is None]
        yield (*start, cell.column, *sides.values(), *places, _json(nulls) if nulls else "", flight)


def _whole_row(difference: RowDifference) -> tuple[str, str]:
    row = _json(dict(difference.values))
    return (row, "") if difference.kind is DifferenceKind.SOURCE_ONLY else ("", row)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
