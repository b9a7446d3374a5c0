"""Spans on their way to a receiver that is there, that refuses, that hangs, that is not there at all."""

import subprocess
import sys

import pytest
from pydantic import SecretStr

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.sections.telemetry import TelemetrySettings
from smoke_pipeline.settings.traces.sending import MOST_WAITING, Sender, trace_to
from smoke_pipeline.settings.traces.spans import Place, Span, is_heard
from smoke_pipeline_tests.settings.traces.receiver import receiving

KEY = "planted-key-of-the-receiver"


def a_span(number: int = 1, **fields) -> Span:
    place = Place(trace_id=f"{number:032x}", span_id=f"{number:016x}")
    return Span(
        name="step report", place=place, parent=None, began_ns=1, ended_ns=2_000_000_001, fields=fields
    )


def settings(url: str, **changes) -> TelemetrySettings:
    return TelemetrySettings(otlp_endpoint=url, **changes)


def test_a_span_arrives_with_its_fields_and_the_name_of_the_service():
    with receiving() as receiver:
        sender = Sender(settings(receiver.url, service_name="acme"))
        sender.take(a_span(rows=3, verdict="passed"))
        sender.close()

    (found,) = receiver.spans
    assert (found.name, found.service, found.parent_id) == ("step report", "acme", "")
    assert found.fields == {"smoke.rows": 3, "smoke.verdict": "passed"}
    assert (found.seconds, found.is_error) == (2, False)
    assert receiver.paths == ["/v1/traces"]


def test_the_headers_are_sent_and_never_shown():
    with receiving() as receiver:
        chosen = settings(f"{receiver.url}/v1/traces", otlp_headers=SecretStr(f"X-Key={KEY}, tenant = a=b"))
        sender = Sender(chosen)
        sender.take(a_span())
        sender.close()

    assert (receiver.headers[0]["x-key"], receiver.headers[0]["tenant"]) == (KEY, "a=b")
    assert KEY not in repr(chosen)
    assert receiver.paths == ["/v1/traces"]


@pytest.mark.parametrize("written", ["nothing", "=value", "a=b,c"])
def test_headers_that_cannot_be_read_are_refused_without_a_word_of_them(written):
    with pytest.raises(SettingsError, match=r"telemetry\.otlp_headers cannot be read") as refused:
        Sender(settings("http://127.0.0.1:9", otlp_headers=SecretStr(written)))

    assert written not in str(refused.value)


@pytest.mark.parametrize("status", [401, 503])
def test_a_receiver_that_refuses_loses_spans_and_stops_nothing(status):
    with receiving(status=status) as receiver:
        sender = Sender(settings(receiver.url, timeout_s=0.2))
        sender.take(a_span())
        sender.close()

    assert receiver.bodies


def test_a_receiver_that_is_not_there_stops_nothing():
    sender = Sender(settings("http://127.0.0.1:9", timeout_s=0.2))

    sender.take(a_span())
    sender.close()


def test_a_receiver_that_hangs_keeps_nobody_waiting_and_what_is_too_much_is_lost():
    with receiving(hangs=True) as receiver:
        sender = Sender(settings(receiver.url, timeout_s=0.2))
        for number in range(1, MOST_WAITING + 600):
            sender.take(a_span(number))
        sender.close()

        assert not receiver.goes_on.is_set()


def test_nothing_is_listened_to_where_nobody_asked_or_the_headers_are_wrong():
    trace_to(TelemetrySettings())
    trace_to(settings("http://127.0.0.1:9", otlp_headers=SecretStr("nothing")))

    assert not is_heard()


PROGRAM = """
import sys
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.traces.sending import trace_to
from smoke_pipeline.settings.traces.spans import is_heard
trace_to(load_settings().telemetry)
print(is_heard(), any(name.startswith(("opentelemetry", "requests")) for name in sys.modules))
"""


@pytest.mark.parametrize(
    ("variables", "said"),
    [({}, "False False"), ({"SMOKE_TELEMETRY__OTLP_ENDPOINT": "http://127.0.0.1:9"}, "True True")],
    ids=["off", "on"],
)
def test_what_sends_is_imported_only_where_it_is_wanted(variables, said):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == said
