"""Columns as canonical values, a whole column at a time."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.types as pt

from smoke_pipeline.comparison.values import moments, numbers
from smoke_pipeline.comparison.values.families import Family, family_of

_PLAIN_NUMBER = r"^(?:0|-?[1-9][0-9]{0,300}|-?(?:0|[1-9][0-9]{0,150})\.[0-9]{0,150}[1-9])$"
"""Numbers that are spelled canonically already; the letter is all they need."""
_CLOCK = "%Y-%m-%d %H:%M:%S%.9f"
_PER_SECOND = {"ns": 10**9, "us": 10**6, "ms": 10**3}
_DAY = 86_400
_LEAST_TICK, _LARGEST_TICK = -(2**63), 2**63 - 1
_YEAR_1, _YEAR_10000 = -62_135_596_800, 253_402_300_800
"""The seconds since 1970 between which a calendar can name a moment."""


def load(array: pa.Array, *, empty_is_null: bool) -> pl.Series:
    """An Arrow column as the engine carries it: natively, or as text where polars has no such type.

    Args:
        array: Values of a type that can be compared.
        empty_is_null: Whether the empty text is NULL, which it is where a side is a CSV.

    Raises:
        pa.ArrowInvalid: A value cannot be carried exactly.
    """
    if pt.is_decimal256(array.type):
        return pl.Series(
            [None if value is None else str(value) for value in array.to_pylist()], dtype=pl.String
        )
    if pt.is_float16(array.type):
        halves = array.to_pylist()
        return pl.Series([None if v is None else str(np.float16(v)) for v in halves], dtype=pl.String)
    array = array.cast(_carried_type(array.type))
    series = pl.Series(pl.from_arrow(array))
    if empty_is_null and series.dtype == pl.String:
        return series.set(series == "", None)
    return series


def _carried_type(data_type: pa.DataType) -> pa.DataType:
    """The type in which polars carries the very same values: it has no seconds, nor zones of an offset."""
    if pt.is_date64(data_type):
        return pa.date32()
    if pt.is_timestamp(data_type):
        return pa.timestamp(_unit(data_type), "UTC" if data_type.tz else None)
    return pa.duration(_unit(data_type)) if pt.is_duration(data_type) else data_type


def _unit(data_type: pa.DataType) -> str:
    return "ms" if data_type.unit == "s" else str(data_type.unit)


def is_carried_natively(data_type: pa.DataType) -> bool:
    """Whether `load` keeps the type, and equal values of it are equal without a canonical spelling."""
    return not (pt.is_decimal256(data_type) or pt.is_floating(data_type) or pt.is_null(data_type))


def canonical(series: pl.Series, data_type: pa.DataType) -> pl.Series:
    """The canonical values of a loaded column, with the letter of their family; NULL stays NULL."""
    return _SPELLERS[family_of(data_type)](series)


def shown(series: pl.Series, data_type: pa.DataType) -> pl.Series:
    """The values as a person reads them: a decimal keeps its scale, a moment its zone's offset from UTC."""
    family = family_of(data_type)
    if family is Family.TEXT or series.dtype == pl.String:
        return series
    if family in (Family.NUMBER, Family.BOOLEAN) and not pt.is_floating(data_type):
        return series.cast(pl.String)
    suffix = "+00:00" if family is Family.INSTANT else ""
    return canonical(series, data_type).str.slice(1) + suffix


def read_as(text: pl.Series, data_type: pa.DataType) -> pl.Series:
    """Text read as the other side's type; what cannot be read stays text."""
    read = text_reader(data_type)
    if family_of(data_type) is not Family.NUMBER:
        return each_value(text, read)
    is_plain = text.str.contains(_PLAIN_NUMBER).fill_null(value=False)
    rest = each_value(text.set(is_plain, None), read)
    return (Family.NUMBER + text).zip_with(is_plain, rest)


def text_reader(data_type: pa.DataType) -> Callable[[str], str]:
    """The function that reads one text as a value of the type, or keeps it as text."""
    read = _readers(data_type).get(family_of(data_type), _unreadable)

    def value_or_text(text: str) -> str:
        return read(text) or Family.TEXT + text

    return value_or_text


def each_value(series: pl.Series, function: Callable[[str], str | None]) -> pl.Series:
    """`function` of every value, called once for each distinct one; NULL stays NULL."""
    distinct = series.drop_nulls().unique()
    if distinct.is_empty():
        return pl.Series(series.name, [None] * len(series), dtype=pl.String)
    results = pl.Series([function(value) for value in distinct], dtype=pl.String)
    return series.replace_strict(distinct, results, default=None, return_dtype=pl.String)


def _readers(data_type: pa.DataType) -> dict[Family, Callable[[str], str | None]]:
    spell = numbers.spell_float if pt.is_floating(data_type) else numbers.spell
    return {
        Family.NUMBER: lambda text: _tag(Family.NUMBER, spell(text)),
        Family.BOOLEAN: lambda text: _tag(
            Family.BOOLEAN, {"true": "true", "false": "false"}.get(text.lower())
        ),
        Family.DATE: moments.read_date,
        Family.TIME: moments.read_time,
        Family.TIMESTAMP: lambda text: _moment(text, is_instant=False),
        Family.INSTANT: lambda text: _moment(text, is_instant=True),
    }


def _tag(family: Family, spelling: str | None) -> str | None:
    return None if spelling is None else family + spelling


def _unreadable(text: str) -> str | None:  # noqa: ARG001 - bytes, durations and columns without values
    return None


def _moment(text: str, *, is_instant: bool) -> str | None:
    found = moments.read_moment(text)
    return found.canonical if found and found.is_instant is is_instant else None


def _spell_numbers(series: pl.Series) -> pl.Series:
    text = series.cast(pl.String)
    is_plain = text.str.contains(_PLAIN_NUMBER).fill_null(value=False)
    rest = each_value(text.set(is_plain, None), _spell_number)
    return (Family.NUMBER + text).zip_with(is_plain, rest)


def _spell_number(text: str) -> str:
    spelling = numbers.spell_float(text)
    if spelling is None:
        raise AssertionError(f"polars wrote a number as {text!r}")
    return Family.NUMBER + spelling


def _spell_moments(letter: Family) -> Callable[[pl.Series], pl.Series]:
    def spell(series: pl.Series) -> pl.Series:
        ticks, unit = series.to_physical(), _PER_SECOND[series.dtype.time_unit]  # type: ignore[attr-defined]
        first, last = max(_YEAR_1 * unit, _LEAST_TICK), min(_YEAR_10000 * unit - 1, _LARGEST_TICK)
        in_calendar = ticks.is_between(first, last).fill_null(value=False)
        if series.dtype.time_zone:  # type: ignore[attr-defined]
            series = series.dt.convert_time_zone("UTC")
        clock = series.set(~in_calendar, None).dt.to_string(_CLOCK)
        beyond = _nanoseconds(ticks.set(in_calendar, None), unit) + "ns since 1970"
        return letter + clock.str.replace(r"\.?0{1,9}$", "").zip_with(in_calendar, beyond)

    return spell


def _spell_dates(series: pl.Series) -> pl.Series:
    days = series.to_physical()
    in_calendar = days.is_between(_YEAR_1 // _DAY, _YEAR_10000 // _DAY - 1).fill_null(value=False)
    beyond = days.set(in_calendar, None).cast(pl.String) + " days since 1970"
    spelled = series.set(~in_calendar, None).dt.to_string("%Y-%m-%d")
    return Family.DATE + spelled.zip_with(in_calendar, beyond)


def _spell_times(series: pl.Series) -> pl.Series:
    return Family.TIME + series.dt.to_string("%H:%M:%S%.9f").str.replace(r"\.?0{1,9}$", "")


def _spell_durations(series: pl.Series) -> pl.Series:
    return Family.DURATION + _nanoseconds(series.to_physical(), _PER_SECOND[series.dtype.time_unit])  # type: ignore[attr-defined]


def _nanoseconds(ticks: pl.Series, per_second: int) -> pl.Series:
    return each_value(ticks.cast(pl.String), lambda tick: str(int(tick) * (10**9 // per_second)))


_SPELLERS: dict[Family, Callable[[pl.Series], pl.Series]] = {
    Family.TEXT: lambda series: Family.TEXT + series,
    Family.NUMBER: _spell_numbers,
    Family.BOOLEAN: lambda series: Family.BOOLEAN + series.cast(pl.String),
    Family.DATE: _spell_dates,
    Family.TIMESTAMP: _spell_moments(Family.TIMESTAMP),
    Family.INSTANT: _spell_moments(Family.INSTANT),
    Family.TIME: _spell_times,
    Family.DURATION: _spell_durations,
    Family.BINARY: lambda series: Family.BINARY + series.bin.encode("hex"),
    Family.NULL: lambda series: pl.Series(series.name, [None] * len(series), dtype=pl.String),
}
