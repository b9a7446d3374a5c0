"""The same rows in two databases are the same rows here."""

import datetime as dt
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.readers.base import FileFacts
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.tables.servers import as_owner

pytestmark = [pytest.mark.services, pytest.mark.mariadb]

MYSQL = "id BIGINT, n DECIMAL(60,5), s VARCHAR(50), b BLOB, d DATE, m DATETIME(6), f DOUBLE, i SMALLINT"
POSTGRES = "id bigint, n numeric(60,5), s varchar(50), b bytea, d date, m timestamp, f float8, i smallint"
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.none() | st.decimals(min_value=Decimal(-(10**50)), max_value=Decimal(10**50), places=5),
        st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50),
        st.none() | st.binary(max_size=20),
        st.none() | st.dates(),
        st.none() | st.datetimes(),
        st.none() | st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
        st.none() | st.integers(-(2**15), 2**15 - 1),
    ),
    max_size=20,
)


def facts(database, kind: str) -> FileFacts:
    with opened_table(database, TableRequest(database=f"{kind}.main", table="pairs")) as reader:
        list(reader.batches(7))
        return reader.facts()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_the_same_rows_have_the_same_digest(mysql, postgres, postgres_owner, rows):
    marks = ", ".join(["%s"] * 8)
    with as_owner(mysql.port) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE TABLE pairs ({MYSQL})")
        cursor.executemany(f"INSERT INTO pairs VALUES ({marks})", [spelled(row) for row in rows])
    with psycopg.connect(postgres_owner, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS pairs")
        owner.execute(f"CREATE TABLE pairs ({POSTGRES})")
        owner.cursor().executemany(f"INSERT INTO pairs VALUES ({marks})", rows)

    one, other = facts(mysql, "mysql"), facts(postgres, "postgres")

    assert (one.sha256, one.size_bytes) == (other.sha256, other.size_bytes)


def spelled(row: tuple) -> tuple:
    """Years with four digits, where PyMySQL writes the year 1 as `1`."""
    return tuple(str(value) if isinstance(value, dt.date) else value for value in row)
