"""How a CSV is written: its delimiter and its quoting, found in the first rows."""

import csv
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smoke_pipeline.readers.base import Dialect, ReadOptions

if TYPE_CHECKING:
    import _csv

DELIMITERS = (",", ";", "\t", "|", "^", "~")
"""In order of preference where two fit equally well."""

_PLAIN = Dialect()
_UNUSUAL = ((Dialect(escape="\\"), '\\"'), (Dialect(quote="'"), "'"))
"""Tried only where the plain quoting makes no table, this text occurs, and the other quoting makes one.

That nothing is quoted is never guessed: a file cut off inside a quoted field would look just so.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a text."""

    text: str
    is_whole: bool
    """Whether there is nothing after it."""


@dataclass(frozen=True, slots=True)
class _Fit:
    dialect: Dialect
    fields: int
    """Fields of the first row."""
    share: float
    """How many of the rows have as many."""
    is_on_one_line: bool = True
    """Whether no field holds a line end; two stray apostrophes would make a field of what is between."""


def detect(sample: Sample, options: ReadOptions) -> Dialect:
    """The dialect in which the sample is a table; what `options` state is taken as stated."""
    plain = [_fit(sample, dialect) for dialect in _candidates(_PLAIN, options)]
    unusual = [
        _fit(sample, dialect)
        for quoting, evidence in _UNUSUAL
        if evidence in sample.text and (quoting.quote == '"' or '"' not in sample.text)
        for dialect in _candidates(quoting, options)
    ]
    unusual = [fit for fit in unusual if fit.dialect.quote == _PLAIN.quote or fit.is_on_one_line]
    for fits in (plain, unusual):
        tables = [fit for fit in fits if fit.share == 1 and fit.fields > 1]
        if tables:
            return max(tables, key=lambda fit: fit.fields).dialect
    one_column = [fit for fit in plain if fit.share == 1]
    if one_column and all(fit.fields <= 1 for fit in plain):
        return one_column[0].dialect
    ragged = [fit for fit in plain if fit.fields > 1] or plain
    return max(ragged, key=lambda fit: (fit.share, fit.fields)).dialect


def csv_rows(lines: Iterable[str], dialect: Dialect) -> "_csv.Reader":
    """The rows as the `csv` module reads them, strictly, whatever the length of a field."""
    csv.field_size_limit(sys.maxsize)
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or '"',
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        strict=True,
    )


def _candidates(quoting: Dialect, options: ReadOptions) -> list[Dialect]:
    stated = {
        "quote": quoting.quote if options.quote is None else (options.quote or None),
        "escape": options.escape or quoting.escape,
    }
    delimiters = (options.delimiter,) if options.delimiter else DELIMITERS
    return [replace(quoting, delimiter=delimiter, **stated) for delimiter in delimiters]


def _fit(sample: Sample, dialect: Dialect) -> _Fit:
    rows, is_clean = _rows(sample, dialect)
    if not rows:
        return _Fit(dialect, 0, 1.0 if is_clean else 0.0)
    fields = len(rows[0])
    share = sum(len(row) == fields for row in rows) / len(rows)
    is_on_one_line = not any("\n" in field or "\r" in field for row in rows for field in row)
    return _Fit(dialect, fields, share if is_clean else min(share, 0.99), is_on_one_line)


def _rows(sample: Sample, dialect: Dialect) -> tuple[list[list[str]], bool]:
    """The rows of the sample, and whether its quoting is clean. A row that was cut off is left out."""
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in csv_rows(io.StringIO(sample.text, newline=""), dialect) if row)
    except csv.Error as error:
        is_cut = not sample.is_whole and "unexpected end" in str(error)
        return rows, is_cut
    return (rows if sample.is_whole else rows[:-1] or rows), True
