"""One world for all tests of a module that only look at it."""

import psycopg
import pytest

from smoke_pipeline_tests.cli.access.world import made_world


@pytest.fixture(scope="module")
def shared(postgres_server, tmp_path_factory):
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shared_access")
        url = postgres_server.replace("/postgres?", "/shared_access?")
        yield made_world(url, str(tmp_path_factory.mktemp("data")))
        connection.execute("DROP DATABASE shared_access WITH (FORCE)")


@pytest.fixture
def world(postgres_url, tmp_path):
    return made_world(postgres_url, str(tmp_path / "data"))
