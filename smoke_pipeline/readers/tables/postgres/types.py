"""The types of PostgreSQL by their numbers in the catalogue, and the Arrow type of each."""

import pyarrow as pa
import pyarrow.types as pt

from smoke_pipeline.readers.tables import types
from smoke_pipeline.readers.tables.types import FromText, TextColumn

_PLAIN = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    26: pa.uint32(),
    700: pa.float32(),
    701: pa.float64(),
}
_READ: dict[int, tuple[pa.DataType, FromText]] = {
    17: (pa.binary(), types.hexadecimal),
    1082: (pa.date32(), types.moments),
    1083: (pa.time64("us"), types.times_of_day),
    1114: (pa.timestamp("us"), types.moments),
    1184: (pa.timestamp("us", "UTC"), types.instants),
}
_NUMERIC = 1700
MONEY = 790
_MONEY_DIGITS = 19
"""Of the 64 bits that hold it."""


def column_of(name: str, oid: int, modifier: int, *, declared: str, money_scale: int) -> TextColumn:
    """How a column is read; a type without a home in Arrow is read as the text that PostgreSQL writes.

    Args:
        name: Its name.
        oid: Number of its type in the catalogue.
        modifier: What the type was declared with, as PostgreSQL packs it; -1 for nothing.
        declared: The type's name.
        money_scale: Decimals of the database's currency.
    """
    around = ("", "")
    data_type, from_text = _READ.get(oid, (_PLAIN.get(oid, pa.string()), types.plain))
    if oid == _NUMERIC and modifier != -1:
        data_type = types.decimal_of(*_digits_and_scale(modifier)) or pa.string()
    elif oid == MONEY:
        data_type, around = pa.decimal128(_MONEY_DIGITS, money_scale), ("CAST(", " AS numeric)")
    return TextColumn(name=name, declared=declared, type=data_type, from_text=from_text, around=around)


def csv_type_of(column: TextColumn) -> pa.DataType:
    """What Arrow's reader of CSV makes of the column; text, where that reader is not exact."""
    is_read_here = column.from_text is not types.plain or pt.is_decimal(column.type)
    return pa.string() if is_read_here else column.type


def _digits_and_scale(modifier: int) -> tuple[int, int]:
    packed = modifier - 4
    return (packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 0x400) - 0x400
