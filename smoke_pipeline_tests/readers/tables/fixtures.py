"""Private servers, and connections that fill their tables."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from smoke_pipeline.history.server.embedded import start_embedded, stop_embedded
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import Database, MySql, Postgres
from smoke_pipeline_tests.readers.tables.servers import as_owner, mariadb

_numbers = itertools.count(1)

Fill = Callable[..., None]
"""Runs statements that make and fill tables."""


@pytest.fixture(scope="session")
def mysql(open_folder) -> Iterator[MySql]:
    """A MariaDB of this test session; its user may only read."""
    with mariadb(open_folder / "mariadb") as settings:
        yield settings


@pytest.fixture
def fill_mysql(mysql) -> Iterator[Fill]:
    """Runs statements in a database that is emptied afterwards."""
    with as_owner(mysql.port) as connection:

        def fill(*statements: str) -> None:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

        yield fill
        fill("DROP DATABASE smoke", "CREATE DATABASE smoke CHARACTER SET utf8mb4")


@pytest.fixture(scope="session")
def postgres_of_tables(open_folder) -> Iterator[str]:
    """The URL of a PostgreSQL of this test session, one that asks the user `reader` for a password."""
    folder = open_folder / "postgres-of-tables"
    url = start_embedded(folder)
    rules = folder / "pgdata" / "pg_hba.conf"
    rules.write_text("local all reader scram-sha-256\n" + rules.read_text())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'geheim€'")
        connection.execute("GRANT pg_read_all_data TO reader")
        connection.execute("CREATE ROLE stranger LOGIN")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    stop_embedded(folder)


@pytest.fixture
def postgres_owner(postgres_of_tables) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    name = f"tables_{next(_numbers)}"
    with psycopg.connect(postgres_of_tables, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_of_tables.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres(postgres_owner) -> Postgres:
    """How a user who may only read reaches that database."""
    url = urlsplit(postgres_owner)
    return Postgres(
        host=parse_qs(url.query)["host"][0],
        user="reader",
        password="geheim€",
        database=url.path.removeprefix("/"),
    )


@pytest.fixture
def fill_postgres(postgres_owner) -> Iterator[Fill]:
    """Runs statements in that database."""
    with psycopg.connect(postgres_owner, autocommit=True) as connection:

        def fill(*statements: str) -> None:
            for statement in statements:
                connection.execute(statement)

        yield fill


@dataclass(frozen=True)
class Served:
    """A database of a test, whichever it is."""

    kind: str
    settings: Database
    fill: Fill

    def opened(self, table: str | None = "t", **values) -> AbstractContextManager[Reader]:
        """A table of it, or a query."""
        table = None if "query" in values else table
        request = TableRequest(database=f"{self.kind}.main", table=table, **values)
        return opened_table(self.settings, request)

    def given(self, **settings) -> "Served":
        """The same with other settings."""
        return Served(self.kind, self.settings.model_copy(update=settings), self.fill)


@pytest.fixture(
    params=[pytest.param("mysql", marks=pytest.mark.mariadb), "postgres"], ids=["mariadb", "postgres"]
)
def served(request) -> Served:
    """One database after the other: both keep the same promises."""
    kind = request.param
    fill = request.getfixturevalue(f"fill_{kind}")
    return Served(kind, request.getfixturevalue(kind), fill)
