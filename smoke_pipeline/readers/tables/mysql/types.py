"""The types of MySQL and MariaDB, as their results describe them, and the Arrow type of each."""

from dataclasses import dataclass

import pyarrow as pa

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline.readers.tables import types
from smoke_pipeline.readers.tables.types import FromText, TextColumn

_UNSIGNED = 32
_NOT_FIXED = 31
"""The scale of a FLOAT or DOUBLE that was declared without one."""
_WIDEST_SCALE = 38

_INTEGERS = {1: ("TINYINT", 8), 2: ("SMALLINT", 16), 3: ("INT", 32), 9: ("MEDIUMINT", 32), 8: ("BIGINT", 64)}
_MOMENTS = {
    7: ("TIMESTAMP", pa.timestamp("us", "UTC")),
    10: ("DATE", pa.date32()),
    12: ("DATETIME", pa.timestamp("us")),
    14: ("DATE", pa.date32()),
}
_TEXTS = {
    15: "VARCHAR",
    245: "JSON",
    247: "ENUM",
    248: "SET",
    249: "TINYBLOB",
    250: "MEDIUMBLOB",
    251: "LONGBLOB",
    252: "BLOB",
    253: "VARCHAR",
    254: "CHAR",
}
_JSON, _GEOMETRY, _DECIMALS, _FLOAT, _DOUBLE, _NULL, _TIME, _YEAR, _BIT = (
    245,
    255,
    (0, 246),
    4,
    5,
    6,
    11,
    13,
    16,
)
_AS_DOUBLE = ("(", ") * 1e0")
"""A FLOAT is written with six digits, a DOUBLE(10,2) with two decimals, a plain double with all it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A column of a result, as the server describes it."""

    name: str
    code: int
    """The number of its type."""
    flags: int
    length: int
    """Bytes, or characters of a number, at most."""
    scale: int
    is_binary: bool
    """Whether its bytes are no text."""
    charset: str | None = None
    """Of a text that UTF-8 may not hold."""

    @property
    def is_unsigned(self) -> bool:
        """Whether the number has no sign."""
        return bool(self.flags & _UNSIGNED)

    @property
    def digits(self) -> int:
        """Of a decimal: its length without sign and point."""
        return self.length - (self.scale > 0) - (not self.is_unsigned)


def column_of(found: Described, *, table: str) -> TextColumn:
    """How a column is read.

    Raises:
        UnsupportedColumnTypeError: Its type has no exact home.
    """
    if found.code in _INTEGERS:
        declared, bits = _INTEGERS[found.code]
        sign, name = (" UNSIGNED", f"uint{bits}") if found.is_unsigned else ("", f"int{bits}")
        return _column(found, declared + sign, pa.type_for_alias(name))
    if found.code in _DECIMALS:
        decimal = types.decimal_of(found.digits, found.scale)
        if decimal is not None and found.scale <= _WIDEST_SCALE:
            return _column(found, f"DECIMAL({found.digits},{found.scale})", decimal)
    if found.code in _MOMENTS:
        return _column(found, *_MOMENTS[found.code], types.moments)
    if found.code in _TEXTS:
        is_bytes = found.is_binary and found.code != _JSON
        return _column(found, _TEXTS[found.code], pa.binary() if is_bytes else pa.string())
    return _special(found, table)


def _special(found: Described, table: str) -> TextColumn:
    match found.code:
        case 4:
            column = _column(found, "FLOAT", pa.float32(), types.float32, _AS_DOUBLE)
        case 5:
            column = _column(found, "DOUBLE", pa.float64(), around=_as_double(found))
        case 6:
            column = _column(found, "NULL", pa.string())
        case 11:
            column = _column(found, "TIME", pa.duration("us"), types.durations)
        case 13:
            column = _column(found, "YEAR", pa.int16())
        case 16:
            column = _column(found, f"BIT({found.length})", pa.uint64(), around=("CAST(", " AS UNSIGNED)"))
        case 255:
            column = _column(found, "GEOMETRY", pa.binary())
        case _:
            raise UnsupportedColumnTypeError(
                f"Column {found.name!r} of {table} is of a type that cannot be read exactly, "
                f"number {found.code}.",
                suggestions=(
                    f"Read it as text, with the cast {found.name!r}: 'CAST({found.name} AS CHAR)'.",
                    "Name the other columns with columns.",
                ),
                context={"column": found.name, "type": found.code},
            )
    return column


def _as_double(found: Described) -> tuple[str, str]:
    return ("", "") if found.scale == _NOT_FIXED else _AS_DOUBLE


def _column(
    found: Described,
    declared: str,
    data_type: pa.DataType,
    from_text: FromText = types.plain,
    around: tuple[str, str] = ("", ""),
) -> TextColumn:
    return TextColumn(name=found.name, declared=declared, type=data_type, from_text=from_text, around=around)
