"""PostgreSQL: what is read, in one snapshot, and what is refused."""

import pytest

from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.reading import rows_of

pytestmark = pytest.mark.services


def request(table: str | None = "t", **values) -> TableRequest:
    return TableRequest(database="postgres.main", table=table, **values)


def test_rows_are_those_of_the_table(postgres, fill_postgres):
    fill_postgres("CREATE TABLE t (a int, b text)", "INSERT INTO t VALUES (1, 'x'), (NULL, ''), (3, NULL)")

    with opened_table(postgres, request()) as reader:
        assert reader.schema.names == ["a", "b"]
        assert rows_of(reader) == [(1, "x"), (None, ""), (3, None)]
        print(reader.facts())
