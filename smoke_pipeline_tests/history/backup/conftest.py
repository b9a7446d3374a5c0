"""Two databases: one with a history, one to bring it to."""

import itertools

import psycopg
import pytest

from smoke_pipeline.history.database import Database

_numbers = itertools.count(1)


@pytest.fixture
def make_database(postgres_server):
    """Makes databases of the test's own, with tables or without."""
    names, opened = [], []
    with psycopg.connect(postgres_server, autocommit=True) as connection:

        def make(*, tables=True):
            name = f"backup_{next(_numbers)}"
            connection.execute(f"CREATE DATABASE {name}")
            names.append(name)
            database = Database(postgres_server.replace("/postgres?", f"/{name}?"))
            opened.append(database)
            if tables:
                database.migrate()
            return database

        yield make
        for database in opened:
            database.close()
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
