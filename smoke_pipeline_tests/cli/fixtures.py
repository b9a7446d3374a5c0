"""One `smoke up` for all tests of a worker that only look at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smoke_pipeline_tests.cli.served import Served, serving


@pytest.fixture(scope="session")
def smoke_up(open_folder: Path) -> Iterator[Served]:
    with serving(open_folder / "served") as running:
        yield running
