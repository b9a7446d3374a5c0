"""What MySQL itself does where the other tests ask MariaDB; it needs a user that may create tables.

SMOKE_LIVE_MYSQL_HOST, _PORT, _USER, _PASSWORD and _DATABASE say where. One table, `smoke_live_t`, is created
and dropped.
"""

import os
from collections.abc import Iterator

import pyarrow as pa
import pymysql
import pytest

from smoke_pipeline.errors import QueryFailedError, QueryTimeoutError, UnsupportedColumnTypeError
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import MySql
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.tables.finding import not_found_again
from smoke_pipeline_tests.readers.tables.test_mysql_types import CASES

pytestmark = pytest.mark.live

PREFIX, NAMES = "SMOKE_LIVE_MYSQL_", ("host", "port", "user", "password", "database")
TABLE = "smoke_live_t"
OF_MARIADB = ("UUID", "INET4", "INET6")
CASES_OF_BOTH = [case for case in CASES if case[0] not in OF_MARIADB]


@pytest.fixture
def mysql() -> MySql:
    return MySql.model_validate({name: os.environ[f"{PREFIX}{name.upper()}"] for name in NAMES})


@pytest.fixture
def owner(mysql) -> Iterator[pymysql.cursors.Cursor]:
    connection = pymysql.connect(
        host=mysql.host,
        port=mysql.port,
        user=mysql.user,
        password=mysql.password.get_secret_value(),
        database=mysql.database,
        autocommit=True,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        yield cursor
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def read(mysql, **values) -> tuple[pa.Schema, list[tuple]]:
    values = values if "query" in values else {"table": TABLE} | values
    with opened_table(mysql, TableRequest(database="mysql.live", **values)) as reader:
        return reader.schema, rows_of(reader)


@pytest.mark.parametrize(
    ("declared", "data_type", "values"), CASES_OF_BOTH, ids=[case[0] for case in CASES_OF_BOTH]
)
def test_a_type_is_read_exactly(mysql, owner, declared, data_type, values):
    owner.execute(f"CREATE TABLE {TABLE} (a {declared})")
    for value in [*values, "NULL"]:
        owner.execute(f"INSERT INTO {TABLE} VALUES ({value})")

    schema, rows = read(mysql)

    assert schema == pa.schema({"a": data_type})
    assert rows == [*((value,) for value in values.values()), (None,)]
    assert read(mysql, query=f"SELECT a FROM {TABLE}") == (schema, rows)


@pytest.mark.parametrize(("declared", "values"), [(case[0], case[2]) for case in CASES_OF_BOTH])
def test_a_value_of_any_type_is_found_again(mysql, owner, declared, values):
    owner.execute(f"CREATE TABLE {TABLE} (a {declared})")
    for value in [*values, "NULL"]:
        owner.execute(f"INSERT INTO {TABLE} VALUES ({value})")

    with opened_table(mysql, TableRequest(database="mysql.live", table=TABLE)) as reader:
        if declared == "JSON":
            with pytest.raises(QueryFailedError, match="which is JSON"):
                not_found_again(reader, "a")
        else:
            assert not_found_again(reader, "a") == []


def test_text_that_utf_8_does_not_hold_is_refused(mysql, owner):
    owner.execute(f"CREATE TABLE {TABLE} (a VARCHAR(9) CHARACTER SET sjis)")
    owner.execute(f"INSERT INTO {TABLE} VALUES (_sjis 0x8540)")

    with pytest.raises(UnsupportedColumnTypeError, match="sjis"):
        read(mysql)


def test_a_statement_that_takes_too_long_is_stopped(mysql, owner):
    owner.execute(f"CREATE TABLE {TABLE} (a INT)")
    owner.executemany(f"INSERT INTO {TABLE} VALUES (%s)", [(number,) for number in range(2000)])
    slow = f"SELECT COUNT(*) AS n FROM {TABLE} a, {TABLE} b, {TABLE} c WHERE a.a + b.a + c.a < 0"

    with pytest.raises(QueryTimeoutError):
        read(mysql.model_copy(update={"statement_timeout_s": 0.2}), query=slow, confirm_large=True)
