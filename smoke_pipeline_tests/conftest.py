"""Fixtures that several folders share."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from smoke_pipeline.history.server.embedded import start_embedded, stop_embedded
from smoke_pipeline.settings.load import LIVE_PREFIX, PREFIX
from smoke_pipeline_tests.fakes import FakeClock

pytest_plugins = [  # servers that several folders ask
    "smoke_pipeline_tests.cli.fixtures",
    "smoke_pipeline_tests.readers.storagegrid.fixtures",
    "smoke_pipeline_tests.readers.tables.fixtures",
]
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """Whoever runs the tests may have settings of their own; only those for live tests count here."""
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith(PREFIX) and not name.startswith(LIVE_PREFIX):
                environment.delenv(name)
        yield


@pytest.fixture
def anyio_backend() -> str:
    """What coroutines of tests run on."""
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until it is told to go on."""
    return FakeClock()


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that other users may pass through, unlike pytest's own; the server's user must."""
    folder = Path(tempfile.mkdtemp(prefix="smoke-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(open_folder: Path) -> Iterator[str]:
    """The URL of an embedded server of this test session."""
    folder = open_folder / "postgres"
    yield start_embedded(folder)
    stop_embedded(folder)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
