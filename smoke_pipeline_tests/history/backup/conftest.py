"""Databases of a test's own: with tables, or without."""

import itertools

import psycopg
import pytest

from smoke_pipeline.history.database import Database

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(postgres_server):
    """A connection to the server, and a database with tables to copy others from."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE backup_with_tables")
        with Database(postgres_server.replace("/postgres?", "/backup_with_tables?")) as database:
            database.migrate()
        yield connection
        connection.execute("DROP DATABASE backup_with_tables WITH (FORCE)")


@pytest.fixture(scope="module")
def maker(server, postgres_server):
    """Makes databases, which go with the module."""
    made = {}

    def make(*, tables=True):
        name = f"backup_{next(_numbers)}"
        server.execute(f"CREATE DATABASE {name} TEMPLATE {'backup_with_tables' if tables else 'template0'}")
        made[name] = Database(postgres_server.replace("/postgres?", f"/{name}?"))
        return made[name]

    make.made = made
    yield make
    drop(server, made, list(made))


@pytest.fixture
def make_database(server, maker):
    """Makes databases of the test's own."""
    before = set(maker.made)
    yield maker
    drop(server, maker.made, [name for name in maker.made if name not in before])


def drop(server, made, names):
    for name in names:
        made.pop(name).close()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
