"""A world to hold sessions in: folders of the test, a history in memory, a clock that stands still."""

from dataclasses import replace

import pytest

from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Preset
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline_tests.fakes import FakeClock, FakeHistory


@pytest.fixture
def around(tmp_path):
    clock = FakeClock()
    data = tmp_path / "data"
    data.mkdir()
    return Surroundings(
        history=FakeHistory(clock), settings=load_settings(environ={}), data_folder=data, now=clock
    )


@pytest.fixture
def write(tmp_path):
    """Write a file of the test and get its path."""

    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    return write


def with_preset(around, **of_preset):
    """Surroundings whose one preset names these places."""
    preset = Preset.model_validate(of_preset)
    settings = around.settings.model_copy(update={"presets": {"development": preset}})
    return replace(around, settings=settings)


@pytest.fixture
def in_databases(around, mysql, postgres):
    """Surroundings that know a MariaDB and a PostgreSQL."""
    return with_preset(around, mysql={"warehouse": mysql}, postgres={"warehouse": postgres})
