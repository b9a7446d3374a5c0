"""Column by column: the Arrow type that holds every value of a database's type, and how it is read from text.

A database writes all values as text. What no Arrow type holds stays text, where that text says all about the
value; a value that a type cannot hold is an error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from smoke_pipeline.errors import UnsupportedColumnTypeError

MAX_DIGITS = 76
"""Of the widest decimal."""
_TIME = r"^(?P<sign>-?)(?P<hours>\d{2,3}):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,6}))?$"
_DAY_US = 86_400_000_000
_FIRST_DAY, _FIRST_US = -719_162, -62_135_596_800_000_000
"""The first of January of the year 1, in days and in microseconds."""

FromText = Callable[[pa.Array, pa.DataType], pa.Array]
"""Reads values of a type from text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """A column whose values come as text."""

    name: str
    declared: str
    """Its type, as the database calls it."""
    type: pa.DataType
    from_text: FromText
    around: tuple[str, str] = ("", "")
    """SQL before and after its expression, which makes the database write it exactly."""


def schema_of(columns: Sequence[TextColumn]) -> pa.Schema:
    """The columns as Arrow has them."""
    return pa.schema([pa.field(column.name, column.type) for column in columns])


def values_of(column: TextColumn, text: pa.Array, *, table: str, way_out: str) -> pa.Array:
    """The values that a text tells.

    Args:
        column: What they belong to.
        text: As the database wrote them.
        table: What a person calls the table; for errors.
        way_out: A cast to text, with `{}` for the column.

    Raises:
        UnsupportedColumnTypeError: The type does not hold one of them.
    """
    try:
        return column.from_text(text, column.type)
    except (pa.ArrowException, ValueError) as error:
        value = next((one.as_py() for one in text if not _is_readable(column, one)), None)
        shown = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
        raise UnsupportedColumnTypeError(
            f"Column {column.name!r} of {table} is of type {column.declared} and holds {str(shown)[:80]!r}, "
            f"which {column.type} cannot tell exactly.",
            suggestions=(
                f"Read it as text, with the cast {column.name!r}: {way_out.format(column.name)!r}.",
            ),
            context={"column": column.name, "type": column.declared},
        ) from error


def plain(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Text, numbers and bytes as they are written."""
    return text if text.type == data_type else _utf8(text).cast(data_type)


def float32(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Numbers of single precision, written with all digits of double precision."""
    return _utf8(text).cast(pa.float64()).cast(data_type)


def moments(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Days and timestamps from the year 1 to 9999; what has a zone, and no offset in its text, is UTC."""
    is_day = pt.is_date(data_type)
    found = _utf8(text).cast(data_type if is_day else pa.timestamp("us"))
    if pc.any(pc.less(found, pa.scalar(_FIRST_DAY if is_day else _FIRST_US, found.type))).as_py():
        raise ValueError("there is no year 0")
    return found.cast(data_type)


def instants(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Timestamps whose text ends in the offset of UTC."""
    return moments(pc.replace_substring_regex(_utf8(text), r"\+00$", ""), data_type)


def durations(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Hours, minutes and seconds that may be negative, or more than a day."""
    return _microseconds(text).cast(data_type)


def times_of_day(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Times before 24:00."""
    found = _microseconds(text)
    if pc.any(pc.greater_equal(found, _DAY_US)).as_py():
        raise ValueError("the day ends before 24:00")
    return found.cast(data_type)


def hexadecimal(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    r"""Bytes written as `\x00ff`."""
    return pa.array([None if one is None else bytes.fromhex(one[2:]) for one in text.to_pylist()], data_type)


def decimal_of(digits: int, scale: int) -> pa.DataType | None:
    """The smallest decimal of so many digits; None where there is none."""
    digits, scale = (digits - scale, 0) if scale < 0 else (max(digits, scale, 1), scale)
    if digits > MAX_DIGITS:
        return None
    return pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(digits, scale)


def _is_readable(column: TextColumn, value: pa.Scalar) -> bool:
    try:
        column.from_text(pa.array([value.as_py()], value.type), column.type)
    except (pa.ArrowException, ValueError):
        return False
    return True


def _utf8(text: pa.Array) -> pa.Array:
    return text if pt.is_string(text.type) else text.cast(pa.string())


def _microseconds(text: pa.Array) -> pa.Array:
    parts = pc.extract_regex(_utf8(text), _TIME)
    if parts.null_count != text.null_count:
        raise ValueError("not a time")
    number = {name: pc.struct_field(parts, name) for name in ("hours", "minutes", "seconds")}
    fraction = pc.utf8_rpad(pc.struct_field(parts, "fraction"), 6, "0")
    total = fraction.cast(pa.int64())
    for name, factor in (("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000)):
        total = pc.add(total, pc.multiply(number[name].cast(pa.int64()), factor))
    is_negative = pc.equal(pc.struct_field(parts, "sign"), "-")
    return pc.if_else(is_negative, pc.negate(total), total)
