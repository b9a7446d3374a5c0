"""What only a real Oracle can tell; it needs a user that may create tables in its own schema.

SMOKE_LIVE_ORACLE_DSN, SMOKE_LIVE_ORACLE_USER and SMOKE_LIVE_ORACLE_PASSWORD say where.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import oracledb
import pyarrow as pa
import pytest

from smoke_pipeline.errors import AccessDeniedError, ObjectNotFoundError, QueryTimeoutError
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import Oracle
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.tables.filters import ORACLE, PLAIN
from smoke_pipeline_tests.readers.tables.finding import not_found_again
from smoke_pipeline_tests.readers.tables.oracle_values import EXACT, MOMENTS

pytestmark = pytest.mark.live

PREFIX, NAMES = "SMOKE_LIVE_ORACLE_", ("dsn", "user", "password")
TABLE = "SMOKE_LIVE_T"
NOT_COMPARED = ("CLOB", "NCLOB", "BLOB", "ROWID")
"""Types without an equals sign, and one whose values a table cannot be given."""
NEW = ("BOOLEAN",)
"""Types that older servers do not have."""
FILTERED = """
    CREATE TABLE SMOKE_LIVE_T (ID NUMBER(10), AMOUNT NUMBER(10,2), NAME VARCHAR2(20), BOOKED DATE,
    AT NUMBER(10), "Mixed Case" VARCHAR2(20), "100%" NUMBER(10))
"""
NO_NUMBER = ("TO_NUMBER(name) = 1", "amount = 1.10 / 0")


@pytest.fixture
def database() -> Oracle:
    return Oracle.model_validate({name: os.environ[f"{PREFIX}{name.upper()}"] for name in NAMES})


@pytest.fixture
def owner(database) -> Iterator[oracledb.Connection]:
    """A connection that creates the table, which is gone afterwards."""
    password = database.password.get_secret_value()
    with oracledb.connect(user=database.user, password=password, dsn=database.dsn) as connection:
        yield connection
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM USER_TABLES WHERE TABLE_NAME = :1", [TABLE])
            if cursor.fetchone()[0]:
                cursor.execute(f"DROP TABLE {TABLE} PURGE")


@contextmanager
def opened(database: Oracle, **request: Any) -> Iterator[Reader]:
    asked = TableRequest.model_validate({"database": "oracle.live", "table": TABLE, **request})
    with opened_table(database, asked) as reader:
        yield reader


def whole(database: Oracle, **request: Any) -> pa.Table:
    with opened(database, **request) as reader:
        return pa.Table.from_batches(reader.batches(1000), reader.schema)


def fill(owner: oracledb.Connection, create: str, insert: str, rows: list[list[Any]]) -> None:
    with owner.cursor() as cursor:
        cursor.execute(create)
        for row in rows:
            if any(isinstance(value, float) for value in row):  # infinity is no NUMBER
                cursor.setinputsizes(oracledb.DB_TYPE_BINARY_DOUBLE)
            cursor.execute(insert, row)
    owner.commit()


@pytest.mark.parametrize(
    ("declared", "data_type", "values"), [case for case in EXACT if case[0] not in (*NEW, "ROWID")]
)
def test_values_are_exact(database, owner, declared, data_type, values):
    rows = [[value] for value in [*values, None]]
    fill(owner, f"CREATE TABLE {TABLE} (A {declared})", f"INSERT INTO {TABLE} VALUES (:1)", rows)

    found = whole(database)["A"]

    assert found.type == data_type
    assert Counter(found.to_pylist()) == Counter([*values, None])


@pytest.mark.parametrize(
    ("declared", "values"),
    [(declared, values) for declared, _, values in EXACT if declared not in (*NEW, *NOT_COMPARED)],
)
def test_a_value_of_any_type_is_found_again(database, owner, declared, values):
    rows = [[value] for value in [*values, None]]
    fill(owner, f"CREATE TABLE {TABLE} (A {declared})", f"INSERT INTO {TABLE} VALUES (:1)", rows)

    with opened(database) as reader:
        assert not_found_again(reader, "A") == []


@pytest.mark.parametrize(("declared", "data_type", "text", "read"), MOMENTS)
def test_moments_are_exact(database, owner, declared, data_type, text, read):
    moment = f"TO_TIMESTAMP_TZ('{text} +00:00', 'YYYY-MM-DD HH24:MI:SS.FF TZH:TZM')"
    moment = moment.replace("SS.FF", "SS.FF" if "." in text else "SS")
    value = moment if "LOCAL" in declared else f"CAST({moment} AS {declared})"
    fill(owner, f"CREATE TABLE {TABLE} (A {declared})", f"INSERT INTO {TABLE} VALUES ({value})", [[]])

    found = whole(database)["A"]

    assert str(found.type) == data_type
    assert found.cast(pa.string()).to_pylist() == [read]


def test_a_moment_with_a_zone_keeps_its_offset(database, owner):
    create = f"CREATE TABLE {TABLE} (A TIMESTAMP WITH TIME ZONE)"
    value = "TO_TIMESTAMP_TZ('2024-01-02 03:04:05.5 -02:30', 'YYYY-MM-DD HH24:MI:SS.FF TZH:TZM')"
    fill(owner, create, f"INSERT INTO {TABLE} VALUES ({value})", [[]])

    assert whole(database)["A"].to_pylist() == ["2024-01-02T03:04:05.500000-02:30"]


def test_blanks_empty_texts_and_empty_lobs_are_told_apart(database, owner):
    create = f"CREATE TABLE {TABLE} (ID NUMBER(5), C CHAR(3), V VARCHAR2(3), L CLOB, B BLOB)"
    fill(owner, create, f"INSERT INTO {TABLE} VALUES (1, 'a', '', EMPTY_CLOB(), EMPTY_BLOB())", [[]])
    with owner.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (ID) VALUES (2)")
    owner.commit()

    assert sorted(map(tuple, (row.values() for row in whole(database).to_pylist()))) == [
        (1, "a  ", None, "", b""),
        (2, None, None, None, None),
    ]


def test_a_table_is_read_as_it_was_when_it_was_opened(database, owner):
    fill(owner, f"CREATE TABLE {TABLE} (A NUMBER(5))", f"INSERT INTO {TABLE} VALUES (:1)", [[1]])

    with opened(database) as reader:
        first = rows_of(reader)
        with owner.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE}")
        owner.commit()

        assert rows_of(reader) == first == [(1,)]


@pytest.mark.parametrize("text", [*PLAIN, *(one for one in ORACLE if one not in NO_NUMBER)])
def test_a_filter_selects_what_its_text_selects(database, owner, text):
    row = [1, Decimal("1.10"), "Abe", dt.datetime(2024, 1, 2, 3, 4, 5), 3, "m", 1]
    rows = [row, [2, Decimal("-0.5"), "O'Brien", None, 1, "x", 2], [3, None, None, None, None, None, None]]
    fill(owner, FILTERED, f"INSERT INTO {TABLE} VALUES (:1, :2, :3, :4, :5, :6, :7)", rows)
    with owner.cursor() as cursor:
        plain = text.removeprefix("WHERE ")
        expected = cursor.execute(f"SELECT ID FROM {TABLE} WHERE {plain} ORDER BY ID").fetchall()

    found = whole(database, where_clause=text, columns=("ID",))

    assert sorted(found["ID"].to_pylist()) == [number for (number,) in expected]


def test_failures_are_told_in_our_words(database, owner):
    with pytest.raises(ObjectNotFoundError), opened(database, table="SMOKE_LIVE_MISSING") as reader:
        rows_of(reader)
    wrong = database.model_copy(update={"password": None})
    with pytest.raises(AccessDeniedError), opened(wrong):
        pass


def test_a_statement_that_takes_too_long_is_stopped(database, owner):
    quick = database.model_copy(update={"statement_timeout_s": 0.5})
    query = "SELECT COUNT(*) AS n FROM all_objects a, all_objects b, all_objects c"

    with pytest.raises(QueryTimeoutError), opened(quick, table=None, query=query) as reader:
        rows_of(reader)
