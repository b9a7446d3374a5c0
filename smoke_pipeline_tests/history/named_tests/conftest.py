"""A database of the test's own."""

import pytest

from smoke_pipeline.history.database import Database


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as opened:
        opened.migrate()
        yield opened
