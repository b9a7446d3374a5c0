"""A real database with its tables, and people of each role."""

import pytest

from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.access.keys import Keys
from smoke_pipeline.history.database import Database


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as database:
        database.migrate()
        yield database


@pytest.fixture
def keys(database, clock):
    return Keys(database, clock)


@pytest.fixture
def log(database, clock):
    return AuditLog(database, clock, stopwatch=lambda: clock().timestamp())
