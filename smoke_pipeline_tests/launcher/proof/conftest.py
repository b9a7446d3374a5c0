"""Conversations over a store, a database and files, with a Dagster that runs the real steps."""

import pytest

from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Preset
from smoke_pipeline.settings.sections.launcher import LauncherSettings
from smoke_pipeline_tests.launcher.conftest import ERAS
from smoke_pipeline_tests.launcher.proof.recording import RecordedTalk


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def places():
    """What the preset can read; a module names its own."""
    return {}


@pytest.fixture
def settings(places, root):
    preset = Preset(description="Tests.").model_copy(update=places)
    changes = {"presets": {"development": preset}, "launcher": LauncherSettings(roots=(root,))}
    return load_settings(environ={}).model_copy(update=changes)


@pytest.fixture(params=ERAS)
async def recorded(request, connect):
    """A conversation in one era of the protocol, then in the other."""
    async with connect(request.param) as talk:
        yield RecordedTalk(talk.client)
