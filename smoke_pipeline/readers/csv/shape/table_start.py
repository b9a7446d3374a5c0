"""Where the table begins in a text: titles before its header, and whether it has a header at all.

A guess is made only where the first line cannot be the header of what follows; else it is the header.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from smoke_pipeline.readers.base import Dialect, ReadOptions
from smoke_pipeline.readers.csv.dialects import Sample, best_fit, candidates, csv_rows, detect

_MOST_TITLES = 60
"""More lines than that before a header are no titles."""
_LEAST_SHARE = 0.9
"""So many of the rows after the header must be as wide as it."""
_COMMENT = re.compile(r"\s*(?:#|//|--|%|\*\*|==)")
_NUMBER = re.compile(r"[£$€]?[+-]?[£$€]?(?:\d[\d, ]*)?(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s?%?")
_MOMENT = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: .*)?|\d{1,2}:\d\d(?::\d\d)?"
)
_UNMISTAKABLE = re.compile(r"[-+.:/]|\d,\d")
_SEPARATOR_LINE = re.compile(r"[\"']?sep=(.)[\"']?(?:\r\n|\r|\n)", re.IGNORECASE)
"""What Excel writes before a table."""
NAMES_DELIMITER = "the line names the delimiter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of a sample, and where it is."""

    row: list[str]
    start: int
    """Characters before it."""
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStart:
    """Where the table begins, and in which dialect it is."""

    dialect: Dialect
    start: int = 0
    """Characters before the table."""
    has_header: bool = True
    confidence: str = "weak"
    evidence: str = "the first line is taken for the header"
    preamble_evidence: str = ""
    second_row: Sequence[str] = ()
    """What follows the first row of a text without titles."""


def table_start(sample: Sample, options: ReadOptions) -> TableStart:
    """Where the table begins in the sample; before it, nothing was stated to be left out."""
    if options.lines_before is None and (found := _SEPARATOR_LINE.match(sample.text)):
        rest = Sample(sample.text[found.end() :], is_whole=sample.is_whole)
        stated = options.model_copy(update={"delimiter": options.delimiter or found[1]})
        return TableStart(dialect=detect(rest, stated), start=found.end(), preamble_evidence=NAMES_DELIMITER)
    fit = best_fit(sample, options)
    dialect, rows = fit.dialect, fit.rows
    if options.header in ("yes", "no") or options.header_line:
        has_header = options.header != "no"
        plain = TableStart(dialect=dialect, has_header=has_header, confidence="stated", evidence="as stated")
    elif reason := _no_header(rows):
        return TableStart(dialect=dialect, has_header=False, confidence="strong", evidence=reason)
    else:
        plain = _with_header(rows, dialect)
    plain = replace(plain, second_row=rows[1] if len(rows) > 1 else ())
    if options.lines_before is not None or not plain.has_header:
        return plain
    is_one_column = all(len(row) == 1 for row in rows)
    if _is_table(rows) and not is_one_column:
        return plain
    return _after_titles(sample, options, is_doubtful=is_one_column) or plain


def is_value(cell: str) -> bool:
    """Whether a cell is a number or a moment, and no name."""
    text = cell.strip()
    return bool(text) and bool(_MOMENT.fullmatch(text) or (_NUMBER.fullmatch(text) and _has_digit(text)))


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


def _with_header(rows: Sequence[list[str]], dialect: Dialect) -> TableStart:
    is_contrast = len(rows) > 1 and _contrast(rows[0], rows[1:])
    if not is_contrast:
        return TableStart(dialect=dialect)
    return TableStart(
        dialect=dialect, confidence="strong", evidence="the first line has names where the others have values"
    )


def _is_table(rows: Sequence[list[str]]) -> bool:
    """Whether the first row is the header of all the others."""
    if not rows:
        return True
    header = rows[0]
    return len(set(header)) == len(header) and all(len(row) == len(header) for row in rows)


def _no_header(rows: Sequence[list[str]]) -> str:
    """Why the first row is no header; "" where it may be one."""
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows[1:3]):
        return ""
    first = [cell for cell in rows[0] if cell.strip()]
    if not first or not all(map(is_value, first)):
        return ""
    beside = [below for above, below in zip(rows[0], rows[1], strict=True) if above.strip() and below.strip()]
    if not all(map(is_value, beside)):
        return ""
    if len(set(rows[0])) < len(rows[0]):
        return "the first line holds values alone, and one of them twice"
    if any(_UNMISTAKABLE.search(cell) for cell in first):
        return "the first line holds values alone, as the second does"
    return ""


def records_of(sample: Sample, dialect: Dialect, *, strictly: bool = False) -> list[Record]:
    """The rows of the sample that are not empty; one that was cut off is left out.

    Args:
        sample: The text.
        dialect: How it is written.
        strictly: Whether there are none where a quote is not sound; else those before it.
    """
    found: list[Record] = []
    at = start = 0

    def lines() -> Iterator[str]:
        nonlocal at
        for line in io.StringIO(sample.text, newline=""):
            at += len(line)
            yield line

    try:
        for row in csv_rows(lines(), dialect):
            if row:
                found.append(Record(row=row, start=start, stop=at))
            start = at
    except csv.Error:
        return [] if strictly else found
    return found if sample.is_whole or len(found) < 2 else found[:-1]


def _after_titles(sample: Sample, options: ReadOptions, *, is_doubtful: bool) -> TableStart | None:
    """The widest table that begins after titles, if the text speaks for one.

    Args:
        sample: The beginning of the text.
        options: What was stated.
        is_doubtful: Whether the text is a table of one column, too, so that more must speak against that.
    """
    found = []
    for dialect in candidates(sample, options):
        records = records_of(sample, dialect)
        header = _header_place(records, is_doubtful=is_doubtful)
        if header is not None:
            found.append((len(records[header].row), records[header].start, dialect))
    if not found:
        return None
    longer = [one[2].delimiter for one in found if len(one[2].delimiter) > 1]
    whole = [one for one in found if not any(one[2].delimiter in other[:-1] for other in longer)]
    width, start, dialect = max(whole, key=lambda one: (one[0], -one[1]))
    if not start:
        return TableStart(dialect=dialect)
    return TableStart(
        dialect=dialect,
        start=start,
        confidence="strong",
        evidence="the first line with a name in every column",
        preamble_evidence=f"titles with fewer fields filled than the {width} of the table that follows",
    )


def _header_place(records: Sequence[Record], *, is_doubtful: bool) -> int | None:
    """Which row is the header of a table that begins after titles; None if there is no such table."""
    latter = Counter(len(one.row) for one in records[len(records) // 3 :])
    width = latter.most_common(1)[0][0] if latter else 0
    if width < 2:
        return None
    for number, one in enumerate(records[:_MOST_TITLES]):
        if len(one.row) == width and _names(one.row):
            return number if _is_header(records, number, is_doubtful=is_doubtful) else None
        if not _is_title(one.row, width):
            return None
    return None


def _is_header(records: Sequence[Record], number: int, *, is_doubtful: bool) -> bool:
    width = len(records[number].row)
    header, before, after = records[number].row, records[:number], records[number + 1 :]
    fitting = [one.row for one in after if len(one.row) == width]
    if not after or len(fitting) < _LEAST_SHARE * len(after) - 1 or not fitting:
        return False
    is_apart = any(one.stop < records[place + 1].start for place, one in enumerate(before))
    do_speak = is_apart or all(map(speaks, before))
    is_contrast = _contrast(header, fitting)
    if is_doubtful:  # a comma in a sentence has a space after it
        is_prose = any(cell.startswith(" ") for cell in header)
        return is_contrast and do_speak and not is_prose and len(fitting) > 1
    return is_contrast or (do_speak and all(len(one.row) < width for one in before))


def speaks(record: Record) -> bool:
    """Whether a line is a comment, or a sentence of several words."""
    text = " ".join(record.row).strip()
    return bool(_COMMENT.match(text)) or len(text.split()) > 1


def _names(row: Sequence[str]) -> bool:
    """Whether every cell may be the name of a column."""
    return all(cell.strip() for cell in row) and len(set(row)) == len(row) and not any(map(is_value, row))


def _is_title(row: Sequence[str], width: int) -> bool:
    """Whether a row says something about the table, and is none of its rows."""
    filled = [cell for cell in row if cell.strip()]
    if len(filled) <= 1 or _COMMENT.match(row[0]):
        return True
    return len(filled) == 2 and filled == list(row[:2]) and width >= 4


def _contrast(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column has a name above values."""
    for place, name in enumerate(header):
        cells = [row[place] for row in rows[:200] if len(row) > place and row[place].strip()]
        if name.strip() and not is_value(name) and cells and sum(map(is_value, cells)) >= 0.8 * len(cells):
            return True
    return False
