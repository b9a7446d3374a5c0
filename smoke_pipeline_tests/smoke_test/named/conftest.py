"""A world whose history lies in a real PostgreSQL, which alone keeps named tests and baselines."""

from dataclasses import replace

import psycopg
import pytest

from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Role


@pytest.fixture(scope="module")
def database(postgres_server):
    """One database for the tests of a module, which empty it."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE named_tests")
        with Database(postgres_server.replace("/postgres?", "/named_tests?")) as opened:
            opened.migrate()
            yield opened
        connection.execute("DROP DATABASE named_tests WITH (FORCE)")


@pytest.fixture
def kept(around, database, tmp_path):
    """The surroundings, with an empty history and a folder of named tests of the test's own."""
    folder = tmp_path / "tests"
    folder.mkdir()
    with database.transaction() as connection:
        connection.exec_driver_sql("TRUNCATE mcp_smoke.test_sessions, mcp_smoke.baselines CASCADE")
    return replace(
        around,
        database=database,
        history=PostgresHistory(database, around.now),
        settings=around.settings.model_copy(update={"tests_dir": folder}),
    )


def acting_as(around, client_id, role=Role.USER):
    """The same place, asked by somebody else."""
    who = Identity(client_id=client_id, role=role, permissions=PERMISSIONS[role])
    return replace(around, identity=who)
