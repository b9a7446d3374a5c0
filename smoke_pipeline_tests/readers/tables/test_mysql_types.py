"""Every type of MySQL and MariaDB: the Arrow type it is read as, and the values at its edges."""

import datetime as dt
import struct
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline.readers.tables.mysql.types import Described, column_of
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.tables.servers import as_owner

pytestmark = [pytest.mark.services, pytest.mark.mariadb]

US = pa.timestamp("us")
UTC = pa.timestamp("us", "UTC")
ANY_SIGN = "a\0b'\"\\\n\r\t\x1aéЖ漢😀"


def read(mysql, **values) -> tuple[pa.Schema, list[tuple]]:
    values = values if "query" in values else {"table": "t"} | values
    with opened_table(mysql, TableRequest(database="mysql.main", **values)) as reader:
        return reader.schema, rows_of(reader)


def filled(fill, declared: str, *values: str) -> None:
    fill(f"CREATE TABLE t (a {declared})", *(f"INSERT INTO t VALUES ({value})" for value in values))


CASES = [
    ("TINYINT", pa.int8(), {"-128": -128, "127": 127}),
    ("TINYINT(1)", pa.int8(), {"TRUE": 1, "0": 0}),
    ("TINYINT UNSIGNED", pa.uint8(), {"255": 255}),
    ("SMALLINT", pa.int16(), {"-32768": -32768}),
    ("SMALLINT UNSIGNED", pa.uint16(), {"65535": 65535}),
    ("MEDIUMINT", pa.int32(), {"-8388608": -8388608}),
    ("MEDIUMINT UNSIGNED ZEROFILL", pa.uint32(), {"42": 42}),
    ("INT", pa.int32(), {"-2147483648": -(2**31)}),
    ("INT UNSIGNED", pa.uint32(), {"4294967295": 2**32 - 1}),
    ("BIGINT", pa.int64(), {"-9223372036854775808": -(2**63), "9223372036854775807": 2**63 - 1}),
    ("BIGINT UNSIGNED", pa.uint64(), {"18446744073709551615": 2**64 - 1}),
    ("BIGINT(20) ZEROFILL", pa.uint64(), {"7": 7}),
    ("DECIMAL(5,2)", pa.decimal128(5, 2), {"-999.99": Decimal("-999.99"), "0": Decimal("0.00")}),
    ("DECIMAL(5,2) UNSIGNED", pa.decimal128(5, 2), {"999.99": Decimal("999.99")}),
    ("DECIMAL(8,2) ZEROFILL", pa.decimal128(8, 2), {"12.5": Decimal("12.50")}),
    ("DECIMAL(38,0)", pa.decimal128(38, 0), {"9" * 38: Decimal("9" * 38)}),
    (
        "DECIMAL(65,30)",
        pa.decimal256(65, 30),
        {f"-{'9' * 35}.{'9' * 30}": Decimal(f"-{'9' * 35}.{'9' * 30}")},
    ),
    ("DECIMAL(38,38)", pa.decimal128(38, 38), {f"0.{'1' * 38}": Decimal(f"0.{'1' * 38}")}),
    (
        "DOUBLE",
        pa.float64(),
        {"0.1": 0.1, "1.7976931348623157e308": 1.7976931348623157e308, "5e-324": 5e-324},
    ),
    ("DOUBLE(10,2)", pa.float64(), {"12345678.12": 12345678.12}),
    ("BIT(1)", pa.uint64(), {"b'1'": 1}),
    ("BIT(9)", pa.uint64(), {"b'100000001'": 257}),
    ("BIT(64)", pa.uint64(), {"0xFFFFFFFFFFFFFFFF": 2**64 - 1}),
    ("YEAR", pa.int16(), {"1901": 1901, "2155": 2155, "'0000'": 0}),
    ("DATE", pa.date32(), {"'0001-01-01'": dt.date.min, "'9999-12-31'": dt.date.max}),
    ("DATETIME", US, {"'9999-12-31 23:59:59'": dt.datetime(9999, 12, 31, 23, 59, 59)}),
    ("DATETIME(6)", US, {"'0001-01-01 00:00:00.000001'": dt.datetime(1, 1, 1, 0, 0, 0, 1)}),
    ("DATETIME(3)", US, {"'2026-01-02 03:04:05.678'": dt.datetime(2026, 1, 2, 3, 4, 5, 678000)}),
    ("TIME", pa.duration("us"), {"'-838:59:59'": -dt.timedelta(hours=838, minutes=59, seconds=59)}),
    ("TIME(6)", pa.duration("us"), {"'838:59:58.999999'": dt.timedelta(0, 838 * 3600 + 3598, 999999)}),
    ("CHAR(5)", pa.string(), {"'ab'": "ab", "''": "", "' c  '": " c"}),
    ("VARCHAR(20)", pa.string(), {"'ab  '": "ab  ", "'NULL'": "NULL"}),
    ("LONGTEXT", pa.string(), {"REPEAT('x', 100000)": "x" * 100_000}),
    ("VARCHAR(9) CHARACTER SET latin1", pa.string(), {"'é€'": "é€"}),
    ("VARCHAR(9) CHARACTER SET sjis", pa.string(), {"'漢'": "漢"}),
    ("VARCHAR(9) CHARACTER SET utf16", pa.string(), {"'😀'": "😀"}),
    ("BINARY(4)", pa.binary(), {"'ab'": b"ab\0\0"}),
    ("VARBINARY(4)", pa.binary(), {"0x00FF": b"\x00\xff", "''": b""}),
    ("BLOB", pa.binary(), {"0xFFFE00": b"\xff\xfe\x00"}),
    ("JSON", pa.string(), {'\'{"b": 1.0, "a": "é"}\'': '{"b": 1.0, "a": "é"}'}),
    ("ENUM('x','é','')", pa.string(), {"'é'": "é", "''": ""}),
    ("SET('x','y')", pa.string(), {"'y,x'": "x,y", "''": ""}),
    ("UUID", pa.string(), {"'123E4567-e89b-12d3-a456-426655440000'": "123e4567-e89b-12d3-a456-426655440000"}),
    *[(kind, pa.string(), {"'é'": "é"}) for kind in ("TINYTEXT", "TEXT", "MEDIUMTEXT")],
    *[(kind, pa.binary(), {"0x00FF": b"\x00\xff"}) for kind in ("TINYBLOB", "MEDIUMBLOB", "LONGBLOB")],
    ("BOOLEAN", pa.int8(), {"TRUE": 1}),
    ("GEOMETRY", pa.binary(), {"Point(0, 0)": struct.pack("<IBIdd", 0, 1, 1, 0.0, 0.0)}),
    ("INET4", pa.string(), {"'10.0.0.1'": "10.0.0.1"}),
    ("INET6", pa.string(), {"'2001:DB8::1'": "2001:db8::1"}),
    ("POINT", pa.binary(), {"Point(1, 2)": struct.pack("<IBIdd", 0, 1, 1, 1.0, 2.0)}),
]


@pytest.mark.parametrize(("declared", "data_type", "values"), CASES, ids=[case[0] for case in CASES])
def test_a_type_is_read_exactly(mysql, fill_mysql, declared, data_type, values):
    filled(fill_mysql, declared, *values, "NULL")

    schema, rows = read(mysql)

    assert schema == pa.schema({"a": data_type})
    assert rows == [*((value,) for value in values.values()), (None,)]


@pytest.mark.parametrize("declared", [case[0] for case in CASES])
def test_a_column_of_a_query_is_read_as_that_of_a_table(mysql, fill_mysql, declared):
    values = next(values for name, _, values in CASES if name == declared)
    filled(fill_mysql, declared, *values, "NULL")

    assert read(mysql, query="SELECT a FROM t") == read(mysql)


def test_a_column_of_nothing_but_null_is_read(mysql, fill_mysql):
    filled(fill_mysql, "INT", "NULL")

    assert read(mysql)[1] == [(None,)]
    assert read(mysql, query="SELECT NULL AS n FROM t")[1] == [(None,)]


def test_text_keeps_every_sign(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a TEXT CHARACTER SET utf8mb4)")
    with as_owner(mysql.port) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (%s)", (ANY_SIGN,))

    assert read(mysql)[1] == [(ANY_SIGN,)]


def test_a_timestamp_is_the_instant_it_was_written_at(mysql, fill_mysql):
    fill_mysql(
        "CREATE TABLE t (a TIMESTAMP(6) NULL)",
        "SET time_zone = '+02:00'",
        "INSERT INTO t VALUES ('2026-07-01 12:00:00.000001')",
    )

    schema, rows = read(mysql)

    assert schema == pa.schema({"a": UTC})
    assert rows == [(dt.datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=dt.UTC),)]


def without_sign_of_zero(width: int) -> st.SearchStrategy[list[float]]:
    """Numbers that MySQL can write: it knows neither infinity nor the sign of zero."""
    numbers = st.floats(width=width, allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
    return st.lists(numbers, min_size=20, max_size=60)


@settings(max_examples=10, deadline=None)
@given(singles=without_sign_of_zero(32), doubles=without_sign_of_zero(64))
def test_a_number_is_read_to_its_last_bit(mysql, singles, doubles):
    rows = [(place, *pair) for place, pair in enumerate(zip(singles, doubles, strict=False))]
    with as_owner(mysql.port) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE numbers (id INT, f FLOAT, d DOUBLE)")
        cursor.executemany("INSERT INTO numbers VALUES (%s, %s, %s)", rows)

    schema, found = read(mysql, table="numbers")

    assert schema == pa.schema({"id": pa.int32(), "f": pa.float32(), "d": pa.float64()})
    assert [struct.pack("<idd", *row) for row in found] == [struct.pack("<idd", *row) for row in rows]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("DATE", "0000-00-00"),
        ("DATE", "2026-00-00"),
        ("DATE", "0000-01-01"),
        ("DATETIME", "0000-00-00 00:00:00"),
        ("TIMESTAMP NULL", "0000-00-00 00:00:00"),
    ],
)
def test_a_date_that_is_none_is_refused_with_the_way_out(mysql, fill_mysql, declared, value):
    fill_mysql("SET sql_mode = ''")
    filled(fill_mysql, declared, "'2026-01-02'", f"'{value}'")

    with pytest.raises(UnsupportedColumnTypeError, match=f"'a' of t.*{value}") as caught:
        read(mysql)

    assert "CAST(a AS CHAR)" in caught.value.suggestions[0]
    assert read(mysql, casts={"a": "CAST(a AS CHAR)"})[1][1] == (value,)


@pytest.mark.parametrize(
    ("charset", "lost"), [("sjis", "_sjis 0x8540"), ("cp1251", "_cp1251 0x98"), ("ascii", "_binary 0xff")]
)
def test_text_that_utf_8_does_not_hold_is_refused_and_never_read_as_question_marks(
    mysql, fill_mysql, charset, lost
):
    filled(fill_mysql, f"VARCHAR(9) CHARACTER SET {charset}, b INT", "'a', 1", f"{lost}, 2")

    with pytest.raises(UnsupportedColumnTypeError, match=f"'a' of t.*{charset}") as caught:
        read(mysql)

    assert "CAST(a AS BINARY)" in caught.value.suggestions[0]
    assert read(mysql, where_clause="b = 1")[1] == [("a", 1)]
    assert read(mysql, casts={"a": "CAST(a AS BINARY)"})[1][1] == (
        bytes.fromhex(lost[-lost[::-1].index("x") :]),
        2,
    )


def test_a_type_nobody_knows_is_refused_with_the_way_out():
    described = Described(name="a", code=242, flags=0, length=4, scale=0, is_binary=True)

    with pytest.raises(UnsupportedColumnTypeError, match=r"'a' of t.*number 242") as caught:
        column_of(described, table="t")

    assert "CAST(a AS CHAR)" in caught.value.suggestions[0]
