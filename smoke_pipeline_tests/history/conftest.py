"""One history after the other: the fake and the real one keep the same promises."""

import pytest

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline_tests.fakes import FakeHistory


@pytest.fixture(
    params=[
        pytest.param("fake"),
        pytest.param("postgres", marks=pytest.mark.services),
    ]
)
def history(request, clock):
    if request.param == "fake":
        yield FakeHistory(clock)
        return
    with Database(request.getfixturevalue("postgres_url")) as database:
        database.migrate()
        yield PostgresHistory(database, clock)
