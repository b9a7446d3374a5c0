"""The types of Oracle, as its results describe them, and the Arrow type of each.

The driver reads most of them into Arrow itself; what it would round, cut or overflow, the database writes as
text.
"""

from dataclasses import dataclass

import oracledb
import pyarrow as pa
import pyarrow.compute as pc

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline.readers.tables import types
from smoke_pipeline.readers.tables.query import quoted
from smoke_pipeline.readers.tables.types import FromText, TextColumn

_ANYWHERE = -127
"""The scale of a number whose point may be anywhere."""
_INT64_DIGITS, _DECIMAL_DIGITS = 18, 38
_WIDEST = pa.decimal256(76, 38)
_US_SCALE = 6
_AS_NUMBER = ("TO_CHAR(", ", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')")
_MOST_DAYS = {_US_SCALE: 100_000_000, 9: 100_000}
"""Days that an interval of microseconds, or of nanoseconds, has room for."""
_INTERVAL = (
    r"^(?P<sign>[+-])(?P<days>\d+) (?P<hours>\d\d):(?P<minutes>\d\d):(?P<seconds>\d\d)"
    r"(?:\.(?P<fraction>\d{1,9}))?$"
)

_PLAIN = {
    oracledb.DB_TYPE_VARCHAR: ("VARCHAR2", pa.string()),
    oracledb.DB_TYPE_NVARCHAR: ("NVARCHAR2", pa.string()),
    oracledb.DB_TYPE_CHAR: ("CHAR", pa.string()),
    oracledb.DB_TYPE_NCHAR: ("NCHAR", pa.string()),
    oracledb.DB_TYPE_RAW: ("RAW", pa.binary()),
    oracledb.DB_TYPE_BINARY_DOUBLE: ("BINARY_DOUBLE", pa.float64()),
    oracledb.DB_TYPE_BINARY_FLOAT: ("BINARY_FLOAT", pa.float32()),
    oracledb.DB_TYPE_BOOLEAN: ("BOOLEAN", pa.bool_()),
    oracledb.DB_TYPE_DATE: ("DATE", pa.timestamp("s")),
    oracledb.DB_TYPE_CLOB: ("CLOB", pa.large_string()),
    oracledb.DB_TYPE_NCLOB: ("NCLOB", pa.large_string()),
    oracledb.DB_TYPE_BLOB: ("BLOB", pa.large_binary()),
}
LOBS = ("CLOB", "NCLOB", "BLOB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A column of a result, as the database describes it."""

    name: str
    type: oracledb.DbType
    precision: int
    scale: int
    size: int
    """Bytes of a value, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleColumn:
    """How a column is read."""

    told: TextColumn
    fetched: pa.DataType
    """What the driver makes of it."""

    @property
    def is_lob(self) -> bool:
        """Whether it is of any length, and may be empty without being NULL."""
        return self.told.declared in LOBS


def column_of(found: Described, *, table: str) -> OracleColumn:
    """How a column is read.

    Raises:
        UnsupportedColumnTypeError: Its type has no exact home.
    """
    if found.type in _PLAIN:
        declared, data_type = _PLAIN[found.type]
        return _column(found, declared, data_type)
    if found.type is oracledb.DB_TYPE_NUMBER:
        column = _number(found)
    elif found.type is oracledb.DB_TYPE_TIMESTAMP:
        column = _timestamp(found)
    elif found.type is oracledb.DB_TYPE_TIMESTAMP_LTZ:
        column = _instant(found)
    elif found.type is oracledb.DB_TYPE_TIMESTAMP_TZ:
        form = f'SYYYY-MM-DD"T"HH24:MI:SS{_fraction(found)}TZH:TZM'
        around = ("TO_CHAR(", f", '{form}')")
        column = _column(found, f"TIMESTAMP({found.scale}) WITH TIME ZONE", pa.string(), _trimmed, around)
    elif found.type is oracledb.DB_TYPE_INTERVAL_DS:
        column = _interval(found)
    elif found.type in (oracledb.DB_TYPE_ROWID, oracledb.DB_TYPE_UROWID):
        column = _column(found, "ROWID", pa.string(), around=("ROWIDTOCHAR(", ")"))
    else:
        column = None
    if column is None:
        raise _unsupported(found, table)
    return column


def _number(found: Described) -> OracleColumn | None:
    digits, scale = found.precision, found.scale
    if not digits or scale == _ANYWHERE:
        return _column(found, "NUMBER", _WIDEST, types.plain, _AS_NUMBER)
    declared = f"NUMBER({digits},{scale})"
    if scale == 0 and digits <= _INT64_DIGITS:
        return _column(found, declared, pa.int64())
    decimal = types.decimal_of(digits, scale)
    if decimal is None:
        return None
    if digits + abs(scale) <= _DECIMAL_DIGITS:
        return _column(found, declared, decimal)
    return _column(found, declared, decimal, types.plain, _AS_NUMBER)  # the driver would overflow unseen


def _timestamp(found: Described) -> OracleColumn:
    declared = f"TIMESTAMP({found.scale})"
    if found.scale <= _US_SCALE:
        return _column(found, declared, pa.timestamp("us"))
    around = ("TO_CHAR(", f", 'SYYYY-MM-DD HH24:MI:SS{_fraction(found)}')")
    return _column(found, declared, pa.timestamp("ns"), _nanoseconds, around)


def _instant(found: Described) -> OracleColumn:
    declared = f"TIMESTAMP({found.scale}) WITH LOCAL TIME ZONE"
    if found.scale <= _US_SCALE:
        around = ("SYS_EXTRACT_UTC(", ")")
        return _column(found, declared, pa.timestamp("us", "UTC"), _in_utc, around, pa.timestamp("us"))
    around = ("TO_CHAR(SYS_EXTRACT_UTC(", f"), 'SYYYY-MM-DD HH24:MI:SS{_fraction(found)}')")
    return _column(found, declared, pa.timestamp("ns", "UTC"), _nanoseconds, around)


def _interval(found: Described) -> OracleColumn | None:
    scale = _US_SCALE if found.scale <= _US_SCALE else 9
    if 10**found.precision > _MOST_DAYS[scale]:
        return None
    declared = f"INTERVAL DAY({found.precision}) TO SECOND({found.scale})"
    data_type = pa.duration("us" if scale == _US_SCALE else "ns")
    return _column(found, declared, data_type, _durations, ("TO_CHAR(", ")"))


def _column(
    found: Described,
    declared: str,
    data_type: pa.DataType,
    from_fetched: FromText | None = None,
    around: tuple[str, str] = ("", ""),
    fetched: pa.DataType | None = None,
) -> OracleColumn:
    """A column; the driver makes text of what has SQL around it, unless it is told otherwise."""
    told = TextColumn(
        name=found.name,
        declared=declared,
        type=data_type,
        from_text=from_fetched or types.plain,
        around=around,
    )
    return OracleColumn(told=told, fetched=fetched or (pa.string() if around[0] else data_type))


def _unsupported(found: Described, table: str) -> UnsupportedColumnTypeError:
    kind = found.type.name.removeprefix("DB_TYPE_")
    name = quoted(found.name, "oracle")
    start = f"Read it with the cast {found.name!r}:"
    way_out = {
        "INTERVAL_YM": f"{start} 'EXTRACT(YEAR FROM {name}) * 12 + EXTRACT(MONTH FROM {name})'.",
        "INTERVAL_DS": f"{start} 'TO_CHAR({name})'.",
        "NUMBER": f"{start} 'TO_CHAR({name})'.",
    }
    return UnsupportedColumnTypeError(
        f"Column {found.name!r} of {table} is of type {kind}, which cannot be read exactly.",
        (
            way_out.get(kind, "Read a view that writes it as text."),
            "Leave it out: name the other columns with columns.",
        ),
        {"column": found.name, "type": kind},
    )


def _fraction(found: Described) -> str:
    return f".FF{found.scale}" if found.scale else ""


def _trimmed(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Text without the blank that stands for the sign of a year."""
    return pc.utf8_ltrim_whitespace(text).cast(data_type)


def _nanoseconds(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    return _trimmed(text, pa.timestamp("ns")).cast(data_type)


def _in_utc(moments: pa.Array, data_type: pa.DataType) -> pa.Array:
    return moments.cast(data_type)


def _durations(text: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Days, hours, minutes and seconds as one number; the days were found to fit."""
    parts = pc.extract_regex(text, _INTERVAL)
    if parts.null_count != text.null_count:
        raise ValueError("not an interval")
    second = 10**9 if data_type.unit == "ns" else 10**6
    fraction = pc.utf8_rpad(pc.struct_field(parts, "fraction"), 9, "0").cast(pa.int64())
    total = pc.divide(fraction, 10**9 // second)
    for name, seconds in (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1)):
        number = pc.struct_field(parts, name).cast(pa.int64())
        total = pc.add_checked(total, pc.multiply_checked(number, seconds * second))
    is_negative = pc.equal(pc.struct_field(parts, "sign"), "-")
    return pc.if_else(is_negative, pc.negate(total), total).cast(data_type)
