"""The stand-in for an Oracle server: that the driver understands it, and what the driver does on its own.

Where the driver loses something, a test here says so: the reader works around it, and a newer driver may not.
"""

from decimal import Decimal

import oracledb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline_tests.oracle_standin.server import OracleStandIn
from smoke_pipeline_tests.oracle_standin.session import PROFILES
from smoke_pipeline_tests.oracle_standin.tables import Tables
from smoke_pipeline_tests.oracle_standin.values import decode_number, encode_number, moment
from smoke_pipeline_tests.readers.tables.oracle_rows import PASSWORD, behaviour


def connected(server: OracleStandIn) -> oracledb.Connection:
    return oracledb.connect(user="scott", password=PASSWORD, dsn=server.dsn, stmtcachesize=0)


def frame(declared: str, value: object, wanted: pa.DataType) -> object:
    """A value as the driver itself makes it an Arrow value of the wanted type."""
    tables = Tables()
    tables.create("T", {"A": declared}, [[value]])
    schema = pa.schema({"A": wanted})
    with OracleStandIn(tables, behaviour()) as server, connected(server) as connection:
        batches = connection.fetch_df_batches("SELECT A FROM T", size=10, requested_schema=schema)
        found = pa.concat_tables([pa.table(batch) for batch in batches])
    return found["A"][0]


@pytest.mark.parametrize(("profile", "version"), [(name, one.version) for name, one in PROFILES.items()])
def test_the_driver_takes_it_for_the_version_it_says(profile, version):
    with OracleStandIn(Tables(), behaviour(profile=profile)) as server, connected(server) as connection:
        assert connection.version == ".".join(map(str, version))
        assert connection.thin


def test_rows_and_types_come_through_a_plain_cursor():
    tables = Tables()
    tables.create("T", {"A": "NUMBER(5,2)", "B": "VARCHAR2(9)"}, [[Decimal("1.25"), "é"], [None, None]])

    with OracleStandIn(tables, behaviour()) as server, connected(server) as connection:
        cursor = connection.cursor()
        rows = cursor.execute("SELECT A, B FROM T").fetchall()
        described = [(one[0], one[1], one[4], one[5]) for one in cursor.description]

    assert rows == [(1.25, "é"), (None, None)]
    assert described == [
        ("A", oracledb.DB_TYPE_NUMBER, 5, 2),
        ("B", oracledb.DB_TYPE_VARCHAR, None, None),
    ]


@given(digits=st.integers(-(10**38) + 1, 10**38 - 1), exponent=st.integers(-88, 80))
def test_a_number_comes_back_as_it_was_sent(digits, exponent):
    number = Decimal(f"{digits}E{exponent}")

    assert decode_number(encode_number(number)) == number


def test_the_driver_overflows_a_scaled_decimal_unseen():
    assert frame("NUMBER", Decimal("9" * 38), pa.decimal128(38, 2)).as_py() != Decimal("9" * 38)


def test_the_driver_cuts_nanoseconds():
    value = frame("TIMESTAMP(9)", moment("2024-01-02 03:04:05.000000001"), pa.timestamp("ns"))

    assert value.value % 1000 == 0


def test_the_driver_forgets_the_offset_of_a_moment():
    value = frame("TIMESTAMP(6) WITH TIME ZONE", moment("2024-01-02 03:04:05", "+02:00"), pa.timestamp("us"))

    assert value.as_py().isoformat() == "2024-01-02T03:04:05"


def test_the_driver_takes_an_empty_lob_for_null():
    assert frame("CLOB", "", pa.large_string()).as_py() is None


def test_a_text_that_is_bound_plainly_does_not_find_a_padded_one():
    tables = Tables()
    tables.create("T", {"C": "CHAR(5)"}, [["a"]])

    with OracleStandIn(tables, behaviour()) as server, connected(server) as connection:
        assert connection.cursor().execute("SELECT C FROM T WHERE (C = :v1)", ["a"]).fetchall() == []
        assert connection.cursor().execute("SELECT C FROM T WHERE (C = 'a')").fetchall() == [("a    ",)]
