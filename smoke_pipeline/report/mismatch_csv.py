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
A spreadsheet program takes a text that begins with `=`, `+`, `-` or `@` for a formula and may run it, so such
a text is written with an apostrophe before it; so is a text that begins with an apostrophe. Whoever takes one
apostrophe away from each text that begins with it has all values exactly. Plain numbers stay as they are.
"""

import csv
import json
import re
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

_RISKY = re.compile(r"[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]|['\t\r\n]")
"""Beginnings that a spreadsheet program takes for a formula, and the mark that keeps it from doing so."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
MARK = "'"


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
    start = (*map(defused, difference.key), str(difference.kind))
    flight = "true" if difference.in_flight else ""
    if difference.kind is not DifferenceKind.MISMATCHED:
        yield (*start, "", *_by_side(difference), *places, _json(null_keys) if null_keys else "", flight)
        return
    for cell in difference.cells:
        sides = {"source_value": cell.source, "target_value": cell.target}
        nulls = null_keys + [name for name, value in sides.items() if value is None]
        texts = map(defused, (cell.column, *sides.values()))
        yield (*start, *texts, *places, _json(nulls) if nulls else "", flight)


def defused(text: str | None) -> str | None:
    """The text as no spreadsheet program takes it for a formula."""
    if text is None or not _RISKY.match(text) or _NUMBER.fullmatch(text):
        return text
    return MARK + text


def exact(text: str) -> str:
    """The text that was defused, or never needed to be."""
    return text.removeprefix(MARK)


def whole_row(difference: RowDifference) -> str:
    """The values of a one-sided row as a JSON object."""
    return _json(dict(difference.values))


def _by_side(difference: RowDifference) -> tuple[str, str]:
    row = whole_row(difference)
    return (row, "") if difference.kind is DifferenceKind.SOURCE_ONLY else ("", row)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
