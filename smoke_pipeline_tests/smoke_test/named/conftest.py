"""A world whose history lies in a real PostgreSQL, which alone keeps named tests and baselines."""

from dataclasses import replace

import pytest

from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Role


@pytest.fixture
def kept(around, postgres_url, tmp_path):
    """The surroundings, with a database and a folder of named tests of the test's own."""
    folder = tmp_path / "tests"
    folder.mkdir()
    with Database(postgres_url) as database:
        database.migrate()
        yield replace(
            around,
            database=database,
            history=PostgresHistory(database, around.now),
            settings=around.settings.model_copy(update={"tests_dir": folder}),
        )


def acting_as(around, client_id, role=Role.USER):
    """The same place, asked by somebody else."""
    who = Identity(client_id=client_id, role=role, permissions=PERMISSIONS[role])
    return replace(around, identity=who)
