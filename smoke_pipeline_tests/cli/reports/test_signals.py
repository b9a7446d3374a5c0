"""`POST /signals/etl-completed` as an ETL meets it."""

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from smoke_pipeline.cli.reports.signals import MOST_BYTES, NONCE, PATH, SIGNATURE, TIMESTAMP, signal_routes
from smoke_pipeline.settings.sections.signals import SignalSettings
from smoke_pipeline.smoke_test.signals.webhook import signature_of, untold
from smoke_pipeline_tests.smoke_test.conftest import around, write
from smoke_pipeline_tests.smoke_test.signals.conftest import started
from smoke_pipeline_tests.smoke_test.signals.notes import FakeNotes

__all__ = ["around", "started", "write"]

KEY = "a key of sixteen characters"


@pytest.fixture
def notes():
    return FakeNotes()


@pytest.fixture
def post(around, notes):
    settings = around.settings.model_copy(update={"signals": SignalSettings(webhook_key=KEY)})
    from dataclasses import replace

    app = Starlette(routes=[*signal_routes(replace(around, settings=settings), notes)])

    def post(message, nonce="nonce-0001", **headers):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        timestamp = str(int(around.now().timestamp()))
        signed = {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature_of(KEY, timestamp, nonce, body)}
        return TestClient(app).post(PATH, content=body, headers=signed | headers)

    return post


def test_a_signal_is_taken_and_the_same_one_is_refused(post, started, notes):
    message = {"session_id": started("webhook")}

    first, second = post(message), post(message)

    assert (first.status_code, first.json()) == (202, {"status": "taken", **message})
    assert (second.status_code, second.json()["error_type"]) == (409, "SessionConflictError")
    assert len(list(untold(notes))) == 1


@pytest.mark.parametrize(
    ("message", "headers", "status"),
    [
        pytest.param({"session_id": "x_1"}, {SIGNATURE: "0" * 64}, 401, id="a wrong signature"),
        pytest.param({"session_id": "x_1"}, {SIGNATURE: "ö".encode()}, 401, id="an odd signature"),
        pytest.param({"session_id": "x_1"}, {}, 404, id="an unknown session"),
        pytest.param(b"{}", {}, 400, id="no signal"),
        pytest.param(b" " * (MOST_BYTES + 1), {}, 413, id="too long"),
    ],
)
def test_everything_else_is_refused_in_json(post, message, headers, status):
    answer = post(message, **headers)

    assert answer.status_code == status
    assert answer.json()["status"] == "error"
    assert KEY not in answer.text


def test_a_session_that_waits_for_something_else_refuses(post, started):
    assert post({"session_id": started("manual")}).status_code == 409
