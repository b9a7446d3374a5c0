"""One database with tables for the tests of a module."""

import itertools

import psycopg
import pytest

from smoke_pipeline.history.database import Database
from smoke_pipeline_tests.history.answers.filled import empty

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def module_database(postgres_server):
    name = f"answers_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        with Database(postgres_server.replace("/postgres?", f"/{name}?")) as made:
            made.migrate()
            yield made
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(module_database):
    """Tables without sessions."""
    empty(module_database)
    return module_database
