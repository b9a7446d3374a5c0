"""A pytest plugin: files that a test's output must equal, byte for byte.

`pytest --regen` writes them anew; the change is then read in review. `pytest --pictures` draws the pictures
of Dagster's page for the documentation, which differ from run to run and are held to nothing.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "data" / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regen", action="store_true", help="write the golden files anew")
    parser.addoption("--pictures", action="store_true", help="draw the pictures of Dagster's page anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare bytes with the golden file of that name."""

    def check(name: str, found: bytes) -> None:
        path = FOLDER / name
        if request.config.getoption("--regen"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found)
        assert found.decode() == path.read_bytes().decode()

    return check
