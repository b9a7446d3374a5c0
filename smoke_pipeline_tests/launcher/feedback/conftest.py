"""A GitHub of the test's own, and settings that lead to it."""

import pytest

from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.sections.feedback import FeedbackSettings
from smoke_pipeline_tests.launcher.feedback.github_server import REPOSITORY, TOKEN, serving_github


@pytest.fixture
def github():
    with serving_github() as server:
        yield server


@pytest.fixture
def feedback(github) -> FeedbackSettings:
    return FeedbackSettings(repository=REPOSITORY, token=TOKEN, url=github.url)


@pytest.fixture
def settings(feedback):
    return load_settings(environ={}).model_copy(update={"feedback": feedback})
