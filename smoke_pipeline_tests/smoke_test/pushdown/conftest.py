"""Pairs of tables in one database."""

import pytest

from smoke_pipeline_tests.readers.tables.fixtures import Served
from smoke_pipeline_tests.smoke_test.pushdown.answers import Pair


@pytest.fixture
def pair(served: Served) -> Pair:
    """Two tables of one database, in one database after the other."""
    return Pair(served.kind, served.settings, served.fill)


@pytest.fixture
def postgres_pair(postgres, fill_postgres) -> Pair:
    """Two tables of PostgreSQL."""
    return Pair("postgres", postgres, fill_postgres)


@pytest.fixture
def mysql_pair(mysql, fill_mysql) -> Pair:
    """Two tables of MariaDB."""
    return Pair("mysql", mysql, fill_mysql)
