"""Values at the edges of Oracle's types, and the Arrow type that holds them."""

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa

NINES = "9" * 38

EXACT = [
    ("NUMBER(1)", pa.int64(), [0, 9, -9]),
    ("NUMBER(18)", pa.int64(), [10**18 - 1, -(10**18) + 1]),
    ("NUMBER(19)", pa.decimal128(19, 0), [Decimal(10**19 - 1)]),
    ("INTEGER", pa.decimal128(38, 0), [Decimal(NINES), Decimal("-" + NINES)]),
    ("NUMBER(18,4)", pa.decimal128(18, 4), [Decimal("12345678901234.5678"), Decimal("-0.0001")]),
    ("NUMBER(38,10)", pa.decimal128(38, 10), [Decimal("1" * 28 + "." + "1" * 10)]),
    ("NUMBER(38,38)", pa.decimal128(38, 38), [Decimal("0." + NINES)]),
    ("NUMBER(2,5)", pa.decimal128(5, 5), [Decimal("0.00012")]),
    ("NUMBER(5,-2)", pa.decimal128(7, 0), [Decimal(1_234_500)]),
    ("NUMBER(38,-20)", pa.decimal256(58, 0), [Decimal(NINES + "0" * 20)]),
    ("NUMBER", pa.decimal256(76, 38), [Decimal("0.1"), Decimal(NINES), Decimal("-1E-38")]),
    ("FLOAT", pa.decimal256(76, 38), [Decimal("123.456")]),
    ("BINARY_DOUBLE", pa.float64(), [0.1, -1e308, math.inf, -0.0]),
    ("BINARY_FLOAT", pa.float32(), [0.5, -1.25]),
    ("VARCHAR2(10)", pa.string(), ["é", " a ", "日本"]),
    ("NVARCHAR2(10)", pa.string(), ["é", "日本"]),
    ("RAW(4)", pa.binary(), [b"\x00\xff", b"a"]),
    ("BOOLEAN", pa.bool_(), [True, False]),
    ("DATE", pa.timestamp("s"), [dt.datetime(2024, 2, 29, 23, 59, 59), dt.datetime(1, 1, 1)]),
    ("DATE", pa.timestamp("s"), [dt.datetime(9999, 12, 31, 23, 59, 59)]),
    ("CLOB", pa.large_string(), ["a" * 70_000, "é" * 40_000]),
    ("NCLOB", pa.large_string(), ["日" * 40_000]),
    ("BLOB", pa.large_binary(), [b"\x00\xff" * 40_000]),
    ("ROWID", pa.string(), ["AAAR3sAAEAAAACXAAA"]),
    ("INTERVAL DAY(2) TO SECOND(6)", pa.duration("us"), [dt.timedelta(days=-99, microseconds=1)]),
]
"""Declared type, type in Arrow, and values."""
MOMENTS = [
    ("TIMESTAMP(0)", "timestamp[us]", "2024-01-02 03:04:05", "2024-01-02 03:04:05.000000"),
    ("TIMESTAMP(6)", "timestamp[us]", "9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
    ("TIMESTAMP(6)", "timestamp[us]", "0001-01-01 00:00:00.000001", "0001-01-01 00:00:00.000001"),
    ("TIMESTAMP(9)", "timestamp[ns]", "1969-12-31 23:59:59.999999999", "1969-12-31 23:59:59.999999999"),
    (
        "TIMESTAMP(9) WITH LOCAL TIME ZONE",
        "timestamp[ns, tz=UTC]",
        "2024-01-02 03:04:05.000000001",
        "2024-01-02 03:04:05.000000001Z",
    ),
    (
        "TIMESTAMP(6) WITH LOCAL TIME ZONE",
        "timestamp[us, tz=UTC]",
        "2024-01-02 03:04:05.5",
        "2024-01-02 03:04:05.500000Z",
    ),
]
"""Declared type, type in Arrow, and a moment as it is written and as it is read."""
