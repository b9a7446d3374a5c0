"""How a CSV is written: its delimiter and its quoting, found in the first rows."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from smoke_pipeline.readers.base import Dialect, ReadOptions
from smoke_pipeline.readers.csv.stand_in import SEVERAL, STAND_IN

if TYPE_CHECKING:
    import _csv

DELIMITERS = (",", ";", "\t", "|", "^", "~")
"""In order of preference where two fit equally well."""
LONGEST_FIELD = 256 * 1024**2
"""Characters of a field; a quote that is never closed would make one of the rest of the file."""

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
class Fit:
    """How well a sample fits a dialect."""

    dialect: Dialect
    fields: int
    """Fields of the first row."""
    share: float
    """How many of the rows have as many."""
    rows: list[list[str]] = field(default_factory=list, repr=False)
    """The rows that are not empty, but for one that was cut off."""
    is_on_one_line: bool = True
    """Whether no field holds a line end; two stray apostrophes would make a field of what is between."""


def detect(sample: Sample, options: ReadOptions) -> Dialect:
    """The dialect in which the sample is a table; what `options` state is taken as stated."""
    return best_fit(sample, options).dialect


def best_fit(sample: Sample, options: ReadOptions) -> Fit:
    """The dialect in which the sample is a table, with its rows; what `options` state is taken as stated."""
    plain = [_fit(sample, dialect) for dialect in _candidates(_PLAIN, options)]
    if several := _several(sample, options, plain):
        return several
    unusual = _unusual(sample, options)
    for fits in (plain, unusual):
        tables = [fit for fit in fits if fit.share == 1 and fit.fields > 1]
        if tables:
            return max(tables, key=lambda fit: fit.fields)
    one_column = [fit for fit in plain if fit.share == 1]
    if one_column and all(fit.fields <= 1 for fit in plain):
        return one_column[0]
    ragged = [fit for fit in plain if fit.fields > 1] or plain
    return max(ragged, key=lambda fit: (fit.share, fit.fields))


def candidates(sample: Sample, options: ReadOptions) -> list[Dialect]:
    """Every dialect with the plain quoting that the sample may be in."""
    several = [] if options.delimiter else [one for one in SEVERAL if one in sample.text]
    found = _candidates(_PLAIN, options)
    return [*found, *(replace(found[0], delimiter=delimiter) for delimiter in several)]


def _unusual(sample: Sample, options: ReadOptions) -> list[Fit]:
    """How well the sample fits where it is quoted in an unusual way."""
    fits = [
        _fit(sample, dialect)
        for quoting, evidence in _UNUSUAL
        if evidence in sample.text and (quoting.quote == '"' or '"' not in sample.text)
        for dialect in _candidates(quoting, options)
    ]
    if options.skip_space is None and ' "' in sample.text:
        spaced = replace(_PLAIN, skip_space=True)
        fits += [_fit(sample, dialect) for dialect in _candidates(spaced, options)]
    return [fit for fit in fits if fit.dialect.quote == _PLAIN.quote or fit.is_on_one_line]


def _several(sample: Sample, options: ReadOptions, plain: Sequence[Fit]) -> Fit | None:
    """A dialect whose delimiter has several characters, if it separates more than any single one does."""
    first = sample.text.split("\n", 1)[0].split("\r", 1)[0]
    if options.delimiter or not any(delimiter in first for delimiter in SEVERAL):
        return None
    for delimiter in SEVERAL:
        if delimiter not in first:
            continue
        fit = _fit(sample, replace(plain[0].dialect, delimiter=delimiter))
        others = [one.fields for one in plain if one.share == 1 and one.dialect.delimiter not in delimiter]
        if fit.share == 1 and fit.fields > max(others, default=1) and len(fit.rows) > 1:
            return fit
    return None


def csv_rows(lines: Iterable[str], dialect: Dialect) -> "_csv.Reader":
    """The rows as the `csv` module reads them, strictly, whatever the length of a field."""
    csv.field_size_limit(LONGEST_FIELD)
    if len(dialect.delimiter) > 1:
        lines = map(partial(_with_stand_in, dialect.delimiter), lines)
        dialect = replace(dialect, delimiter=STAND_IN)
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or '"',
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        skipinitialspace=dialect.skip_space,
        strict=True,
    )


def _with_stand_in(delimiter: str, line: str) -> str:
    return line.replace(delimiter, STAND_IN)


def _candidates(quoting: Dialect, options: ReadOptions) -> list[Dialect]:
    stated: dict[str, Any] = {
        "quote": quoting.quote if options.quote is None else (options.quote or None),
        "escape": options.escape or quoting.escape,
    }
    if options.skip_space is not None:
        stated["skip_space"] = options.skip_space
    delimiters = (options.delimiter,) if options.delimiter else DELIMITERS
    return [replace(quoting, delimiter=delimiter, **stated) for delimiter in delimiters]


def _fit(sample: Sample, dialect: Dialect) -> Fit:
    rows, is_clean = _rows(sample, dialect)
    if not rows:
        return Fit(dialect, 0, 1.0 if is_clean else 0.0)
    fields = len(rows[0])
    share = sum(len(row) == fields for row in rows) / len(rows)
    is_on_one_line = not any("\n" in field or "\r" in field for row in rows for field in row)
    return Fit(dialect, fields, share if is_clean else min(share, 0.99), rows, is_on_one_line)


def _rows(sample: Sample, dialect: Dialect) -> tuple[list[list[str]], bool]:
    """The rows of the sample, and whether its quoting is clean. A row that was cut off is left out."""
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in csv_rows(io.StringIO(sample.text, newline=""), dialect) if row)
    except csv.Error as error:
        is_cut = not sample.is_whole and "unexpected end" in str(error)
        return rows, is_cut
    return (rows if sample.is_whole else rows[:-1] or rows), True
