"""What an ETL posts: signed, taken once, kept until Dagster has heard of it."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from smoke_pipeline.errors import (
    InvalidOptionError,
    PermissionDeniedError,
    SessionConflictError,
    SessionNotFoundError,
    SessionStateError,
    SmokePipelineError,
)
from smoke_pipeline.settings.sections.signals import SignalSettings
from smoke_pipeline.smoke_test.signals.webhook import (
    Signed,
    note_told,
    signature_of,
    take_signal,
    untold,
)
from smoke_pipeline_tests.smoke_test.signals.notes import FakeNotes

KEY = "a key of sixteen characters"
SETTINGS = SignalSettings(webhook_key=SecretStr(KEY))


@pytest.fixture
def notes():
    return FakeNotes()


@pytest.fixture
def signed(around):
    def signed(message, *, nonce="nonce-0001", late_s=0, key=KEY):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        timestamp = str(int(around.now().timestamp()) - late_s)
        signature = signature_of(key, timestamp, nonce, body)
        return Signed(body=body, timestamp=timestamp, nonce=nonce, signature=signature)

    return signed


def test_a_signed_message_is_kept_until_dagster_has_heard_of_it(around, started, notes, signed):
    session_id = started("webhook")

    event = take_signal(signed({"session_id": session_id}), SETTINGS, around, notes)

    (kept,) = untold(notes)
    assert kept == ("nonce-0001", event)
    note_told(*kept, notes)
    assert list(untold(notes)) == []


def test_a_message_is_taken_once_even_after_it_was_told(around, started, notes, signed):
    message = signed({"session_id": started("webhook")})
    event = take_signal(message, SETTINGS, around, notes)
    note_told("nonce-0001", event, notes)

    with pytest.raises(SessionConflictError, match="came before"):
        take_signal(message, SETTINGS, around, notes)

    assert list(untold(notes)) == []


def test_the_sender_may_name_the_event_so_that_a_repetition_is_known(around, started, notes, signed):
    message = {"session_id": started("webhook"), "event": "load-7"}

    first = take_signal(signed(message), SETTINGS, around, notes)
    again = take_signal(signed(message, nonce="nonce-0002"), SETTINGS, around, notes)

    assert first.event == again.event == "webhook:load-7"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"key": "another key of that length"}, "signature", id="another key"),
        pytest.param({"late_s": 301}, "timestamp", id="too old"),
        pytest.param({"late_s": -301}, "timestamp", id="of the future"),
        pytest.param({"nonce": "short"}, "nonce", id="a short nonce"),
        pytest.param({"nonce": "with spaces in it"}, "nonce", id="an odd nonce"),
    ],
)
def test_a_message_that_cannot_be_trusted_is_refused(around, started, notes, signed, changed, sentence):
    message = signed({"session_id": started("webhook")}, **changed)

    with pytest.raises(PermissionDeniedError, match=sentence):
        take_signal(message, SETTINGS, around, notes)

    assert list(untold(notes)) == []


@pytest.mark.parametrize("part", ["body", "timestamp", "nonce", "signature"])
def test_nothing_of_a_message_can_be_changed(around, started, notes, signed, part):
    message = signed({"session_id": started("webhook")})
    value = getattr(message, part)
    tampered = (
        {"body": value + b" "} if part == "body" else {part: value[:-1] + ("1" if value[-1] != "1" else "2")}
    )

    with pytest.raises(PermissionDeniedError, match="signature"):
        take_signal(
            Signed(**{name: getattr(message, name) for name in Signed.__slots__} | tampered),
            SETTINGS,
            around,
            notes,
        )


def test_without_a_key_nothing_is_taken(around, started, notes, signed):
    with pytest.raises(PermissionDeniedError, match="takes no signals"):
        take_signal(signed({"session_id": started("webhook")}), SignalSettings(), around, notes)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"session_id": 7}', id="a number"),
        pytest.param(b'{"session_id": "../x"}', id="a path"),
        pytest.param(b'{"session_id": "a", "more": 1}', id="an unknown key"),
        pytest.param(b'{"session_id": "a", "event": "a b"}', id="an odd event"),
        pytest.param(b"[" * 10_000, id="nested"),
        pytest.param(b"\xff", id="no text"),
    ],
)
def test_a_body_that_is_no_signal_is_refused(around, notes, signed, body):
    with pytest.raises(InvalidOptionError, match="no ETL signal"):
        take_signal(signed(body), SETTINGS, around, notes)


def test_an_unknown_session_is_refused_and_logged(around, notes, signed, caplog):
    with caplog.at_level(logging.WARNING), pytest.raises(SessionNotFoundError):
        take_signal(signed({"session_id": "stmt_20200101_000000"}), SETTINGS, around, notes)

    assert "stmt_20200101_000000" in caplog.text


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        pytest.param({"etl": "manual"}, "waits for the ETL signal `manual`", id="another signal"),
        pytest.param({"etl": "webhook", "takes_source": False}, "no source yet", id="too early"),
    ],
)
def test_a_session_that_does_not_wait_for_it_refuses(around, started, notes, signed, order, sentence):
    session_id = started(**order)

    with pytest.raises(SessionStateError, match=sentence):
        take_signal(signed({"session_id": session_id}), SETTINGS, around, notes)

    assert list(untold(notes)) == []


def test_of_many_who_send_one_message_at_once_one_is_heard(around, started, notes, signed):
    message = signed({"session_id": started("webhook")})

    def send(_):
        try:
            return take_signal(message, SETTINGS, around, notes)
        except SmokePipelineError:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(16)))

    assert len([one for one in answers if one]) == 1


def test_the_key_stands_in_no_text(around, started, notes, signed):
    assert KEY not in repr(SETTINGS)
    with pytest.raises(PermissionDeniedError) as caught:
        take_signal(signed({"session_id": "a"}, key="another key of that length"), SETTINGS, around, notes)

    assert KEY not in str(caught.value.to_dict())
