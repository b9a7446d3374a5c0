"""Every type of PostgreSQL: the Arrow type it is read as, and the values at its edges."""

import datetime as dt
import math
import struct
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.reading import rows_of

pytestmark = pytest.mark.services

ANY_SIGN = "a,b'\"\\\n\r\t\x1a;éЖ漢😀"
TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))


def read(postgres, **values) -> tuple[pa.Schema, list[tuple]]:
    values = values if "query" in values else {"table": "t"} | values
    with opened_table(postgres, TableRequest(database="postgres.main", **values)) as reader:
        return reader.schema, rows_of(reader)


def filled(fill, declared: str, *values: str) -> None:
    fill(f"CREATE TABLE t (a {declared})", *(f"INSERT INTO t VALUES ({value})" for value in values))


INFINITIES = {"'Infinity'": float("inf"), "'-Infinity'": float("-inf")}
CASES = [
    ("int2", pa.int16(), {"-32768": -32768}),
    ("int4", pa.int32(), {"2147483647": 2**31 - 1}),
    ("int8", pa.int64(), {"-9223372036854775808": -(2**63), "9223372036854775807": 2**63 - 1}),
    ("oid", pa.uint32(), {"4294967295": 2**32 - 1}),
    ("bool", pa.bool_(), {"true": True, "false": False}),
    (
        "float8",
        pa.float64(),
        {"0.1": 0.1, "'5e-324'": 5e-324, "1.7976931348623157e308": 1.7976931348623157e308},
    ),
    ("float8 ", pa.float64(), INFINITIES),
    ("float4", pa.float32(), {"16777216": 16777216.0, "0.1": struct.unpack("f", struct.pack("f", 0.1))[0]}),
    ("numeric(5,2)", pa.decimal128(5, 2), {"-999.99": Decimal("-999.99"), "0": Decimal("0.00")}),
    ("numeric(38)", pa.decimal128(38, 0), {"9" * 38: Decimal("9" * 38)}),
    (
        "numeric(76,30)",
        pa.decimal256(76, 30),
        {f"-{'9' * 46}.{'9' * 30}": Decimal(f"-{'9' * 46}.{'9' * 30}")},
    ),
    ("numeric(5,-2)", pa.decimal128(7, 0), {"1234567": Decimal(1234600)}),
    ("numeric(2,4)", pa.decimal128(4, 4), {"0.0012": Decimal("0.0012")}),
    ("numeric(100,50)", pa.string(), {"1": "1." + "0" * 50}),
    (
        "numeric",
        pa.string(),
        {"1.50": "1.50", "'NaN'": "NaN", "'-Infinity'": "-Infinity", "1" * 99: "1" * 99},
    ),
    ("money", pa.decimal128(19, 2), {"'-92233720368547758.08'": Decimal("-92233720368547758.08")}),
    ("text", pa.string(), {"''": "", "'NULL'": "NULL", r"'\N'": r"\N", r"'\.'": r"\.", "' a '": " a "}),
    ("varchar(3)", pa.string(), {"'a  '": "a  "}),
    ("char(3)", pa.string(), {"'a'": "a  "}),
    ('"char"', pa.string(), {"'a'": "a"}),
    ("name", pa.string(), {"'a'": "a"}),
    ("bytea", pa.binary(), {r"'\x00ff'": b"\x00\xff", "''": b""}),
    ("date", pa.date32(), {"'0001-01-01'": dt.date.min, "'9999-12-31'": dt.date.max}),
    ("time", pa.time64("us"), {"'23:59:59.999999'": dt.time.max, "'00:00'": dt.time.min}),
    ("timetz", pa.string(), {"'03:04:05.6+02'": "03:04:05.6+02"}),
    (
        "timestamp",
        pa.timestamp("us"),
        {"'0001-01-01'": dt.datetime(1, 1, 1), "'9999-12-31 23:59:59.999999'": dt.datetime.max},
    ),
    ("timestamp(0)", pa.timestamp("us"), {"'2026-01-02 03:04:05'": dt.datetime(2026, 1, 2, 3, 4, 5)}),
    (
        "timestamptz",
        pa.timestamp("us", "UTC"),
        {
            "'2026-07-01 12:00:00.5+02'": dt.datetime(2026, 7, 1, 10, 0, 0, 500_000, tzinfo=dt.UTC),
            "'1800-01-01 00:00:00+00'": dt.datetime(1800, 1, 1, tzinfo=dt.UTC),
        },
    ),
    (
        "interval",
        pa.string(),
        {"'1 year -2 days 03:04:05.6'": "P1Y-2DT3H4M5.6S", "'1 day'": "P1D", "'24:00'": "PT24H"},
    ),
    ("json", pa.string(), {"""'{"b": 1.0,  "a": "é"}'""": '{"b": 1.0,  "a": "é"}'}),
    ("jsonb", pa.string(), {"""'{"b": 1.0,  "a": 2}'""": '{"a": 2, "b": 1.0}'}),
    ("uuid", pa.string(), {"'123E4567E89B12D3A456426655440000'": "123e4567-e89b-12d3-a456-426655440000"}),
    ("int4[]", pa.string(), {"'{1,NULL,3}'": "{1,NULL,3}", "'{}'": "{}", "'[0:1]={7,8}'": "[0:1]={7,8}"}),
    ("text[]", pa.string(), {"ARRAY['a,b', '', 'NULL', NULL]": '{"a,b","","NULL",NULL}'}),
    ("bit(3)", pa.string(), {"B'010'": "010"}),
    ("varbit", pa.string(), {"B'0'": "0", "B''": ""}),
    ("inet", pa.string(), {"'10.0.0.1/8'": "10.0.0.1/8"}),
    ("macaddr", pa.string(), {"'08:00:2B:01:02:03'": "08:00:2b:01:02:03"}),
    ("point", pa.string(), {"'(0.1,2)'": "(0.1,2)"}),
    ("int4range", pa.string(), {"'[1,4]'": "[1,5)"}),
    ("tsvector", pa.string(), {"'b a'": "'a' 'b'"}),
]


@pytest.mark.parametrize(("declared", "data_type", "values"), CASES, ids=[case[0] for case in CASES])
def test_a_type_is_read_exactly(postgres, fill_postgres, declared, data_type, values):
    filled(fill_postgres, declared, *values, "NULL")

    schema, rows = read(postgres)

    assert schema == pa.schema({"a": data_type})
    assert rows == [*((value,) for value in values.values()), (None,)]
    assert read(postgres, query="SELECT a FROM t") == (schema, rows)


def test_types_that_a_user_made_are_read_as_what_they_are(postgres, fill_postgres):
    fill_postgres(
        "CREATE TYPE mood AS ENUM ('so-so', 'ok')",
        "CREATE DOMAIN price AS numeric(7,2) CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (x int, y text)",
        "CREATE TABLE t (m mood, p price, r pair)",
        "INSERT INTO t VALUES ('ok', 1.5, '(1,\"a b\")')",
    )

    schema, rows = read(postgres)

    assert schema == pa.schema({"m": pa.string(), "p": pa.decimal128(7, 2), "r": pa.string()})
    assert rows == [("ok", Decimal("1.50"), '(1,"a b")')]


def test_text_keeps_every_sign(postgres, postgres_owner):
    with psycopg.connect(postgres_owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a text)")
        connection.execute("INSERT INTO t VALUES (%s)", [ANY_SIGN])

    assert read(postgres)[1] == [(ANY_SIGN,)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(TEXTS, st.one_of(st.none(), st.binary()), st.floats(), st.floats(width=32)), max_size=30
    )
)
def test_rows_come_back_to_their_last_bit(postgres, postgres_owner, rows):
    with psycopg.connect(postgres_owner, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (a text, b bytea, d float8, f float4)")
        connection.cursor().executemany("INSERT INTO t VALUES (%s, %s, %s, %s)", rows)

    found = read(postgres)[1]

    assert [row[:2] for row in found] == [row[:2] for row in rows]
    assert [bits(*row[2:]) for row in found] == [bits(*row[2:]) for row in rows]


def bits(*numbers: float) -> bytes:
    """Of numbers; PostgreSQL writes every NaN alike."""
    return struct.pack("<dd", *(math.nan if math.isnan(number) else number for number in numbers))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, max_size=30))
def test_a_single_column_tells_null_from_the_empty_text(postgres, postgres_owner, texts):
    with psycopg.connect(postgres_owner, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (a text)")
        connection.cursor().executemany("INSERT INTO t VALUES (%s)", [(text,) for text in texts])

    assert read(postgres)[1] == [(text,) for text in texts]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("date", "10000-01-01"),
        ("timestamp", "-infinity"),
        ("timestamp", "0044-03-15 00:00:00 BC"),
        ("timestamptz", "infinity"),
        ("timestamptz", "294276-12-31 23:59:59+00"),
        ("time", "24:00:00"),
        ("numeric(5,2)", "NaN"),
    ],
)
def test_a_value_that_arrow_cannot_hold_is_refused_with_the_way_out(postgres, fill_postgres, declared, value):
    usual = {"time": "'01:02'", "numeric(5,2)": "1"}.get(declared, "'2026-01-02'")
    filled(fill_postgres, declared, usual, f"'{value}'")

    with pytest.raises(UnsupportedColumnTypeError) as caught:
        read(postgres)

    assert f"'a' of t is of type {declared.removesuffix('tz')}" in caught.value.message
    assert repr(value) in caught.value.message
    assert "CAST(a AS text)" in caught.value.suggestions[0]
    assert read(postgres, casts={"a": "CAST(a AS text)"})[1][1] == (value,)
