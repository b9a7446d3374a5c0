"""The sensor that tells people how tests ended."""

from dataclasses import replace

import dagster as dg
import pytest

from smoke_pipeline.defs.notices.sensors import notices_sent
from smoke_pipeline.errors import StorageFullError
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.spec import read_order
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import fail_session
from smoke_pipeline_tests.smoke_test.keeping.conftest import around as plain
from smoke_pipeline_tests.smoke_test.keeping.conftest import database
from smoke_pipeline_tests.smoke_test.notices.servers import http_server

__all__ = ["database", "plain"]


@pytest.fixture
def posted(monkeypatch):
    with http_server() as (url, taken):
        monkeypatch.setenv("SMOKE_NOTICES__WEBHOOK__URL", url)
        yield taken


@pytest.fixture
def around(plain, posted):
    return replace(plain, settings=load_settings())


def tick(pipeline, instance):
    resources = {"smoke": pipeline.definitions.resources["smoke"]}
    with dg.build_sensor_context(instance=instance, resources=resources) as context:
        return notices_sent(context).skip_message


def test_a_session_that_fails_is_told_once(around, posted, pipeline, instance, write):
    tick(pipeline, instance)
    session_id = start_session(read_order({"source": {"path": write("a.csv", "id\n1\n")}}), around).session_id
    fail_session(session_id, StorageFullError("Full."), around)

    first, second = tick(pipeline, instance), tick(pipeline, instance)

    assert "was told" in first
    assert second == "Nothing has ended."
    assert [(told["session"], told["why"]) for *_, told in posted] == [(session_id, "failed")]


def test_without_an_address_the_history_is_not_even_opened(plain, instance):
    with dg.build_sensor_context(instance=instance, resources={"smoke": object()}) as context:
        assert notices_sent(context).skip_message == "Nobody is to be told anything."
