"""What the tests of commands share."""

import pytest

from smoke_pipeline_tests.cli.served import Served


@pytest.fixture(scope="session")
def served(smoke_up: Served) -> Served:
    """A `smoke up` that is only looked at."""
    return smoke_up
