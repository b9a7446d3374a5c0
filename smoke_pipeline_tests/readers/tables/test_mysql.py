"""MySQL and MariaDB: what is read, in one snapshot, and what is refused."""

import pytest

from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.reading import rows_of

pytestmark = [pytest.mark.services, pytest.mark.mariadb]


def request(table: str | None = "t", **values) -> TableRequest:
    return TableRequest(database="mysql.main", table=table, **values)


def test_rows_are_those_of_the_table(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a INT, b VARCHAR(9))", "INSERT INTO t VALUES (1, 'x'), (NULL, ''), (3, NULL)")

    with opened_table(mysql, request()) as reader:
        assert reader.schema.names == ["a", "b"]
        assert rows_of(reader) == [(1, "x"), (None, ""), (3, None)]
        print(reader.facts())
