"""What an ETL posts when it is done: signed, taken once, and kept until Dagster has heard of it.

The signature is the HMAC-SHA256 of `v1:<timestamp>:<nonce>:` and the body, in hexadecimal digits.
"""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from pydantic import Field, ValidationError

from smoke_pipeline.errors import (
    InvalidOptionError,
    PermissionDeniedError,
    SessionConflictError,
    SessionError,
    SessionStateError,
)
from smoke_pipeline.settings.model import Model
from smoke_pipeline.settings.sections.signals import SignalSettings
from smoke_pipeline.smoke_test.orders.etl import WebhookEtl
from smoke_pipeline.smoke_test.signals.events import EtlEvent
from smoke_pipeline.smoke_test.signals.verifying import why_not_waiting
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of

KIND = "etl_webhook"
"""Under which the notes lie in the cache."""
KEPT = timedelta(days=7)
_NONCE = re.compile(r"[A-Za-z0-9_.-]{8,100}", re.ASCII)
_LOGGER = logging.getLogger(__name__)


class Notes(Protocol):
    """Where a signal is kept; `history.keeping.cache` keeps this promise."""

    def add(self, kind: str, key: str, value: Any, *, span: timedelta = ...) -> bool:
        """Keep a value unless one is kept already; whether it was added."""

    def put(self, kind: str, key: str, value: Any, *, span: timedelta = ...) -> None:
        """Keep a value in place of an older one."""

    def kept(self, kind: str, *, without: str | None = None) -> Mapping[str, Any]:
        """Everything of a kind, by its keys; or only that in which a field is not true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What arrived."""

    body: bytes
    timestamp: str
    """Seconds since 1970, as the sender's clock says."""
    nonce: str
    """A word that the sender uses once."""
    signature: str


class _Message(Model):
    session_id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$")]
    event: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")] | None = None


def signature_of(key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """How a message is signed."""
    signed = f"v1:{timestamp}:{nonce}:".encode() + body
    return hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def take_signal(signed: Signed, settings: SignalSettings, around: Surroundings, notes: Notes) -> EtlEvent:
    """Take a signal: keep it for Dagster, once.

    Args:
        signed: What arrived.
        settings: The key, and how far clocks may differ.
        around: Where the sessions are.
        notes: Where signals are kept.

    Raises:
        PermissionDeniedError: The signature is not right, or too old.
        InvalidOptionError: The body is no signal.
        SessionNotFoundError: There is no such session.
        SessionStateError: The session waits for no webhook, or not any more.
        SessionConflictError: The very message came before.
    """
    _require_signature(signed, settings, around.now())
    message = _message(signed.body)
    try:
        _require_waiting(message.session_id, around)
    except SessionError as error:
        _LOGGER.warning("An ETL signal was refused: %s", error.message)
        raise
    event = message.event or signed.nonce
    kept = {"session_id": message.session_id, "event": event, "is_told": False}
    if not notes.add(KIND, signed.nonce, kept, span=KEPT):
        raise SessionConflictError(
            "This message came before; a message is taken once.", ("Sign a new one with a nonce of its own.",)
        )
    return _event(kept)


def untold(notes: Notes) -> Iterator[tuple[str, EtlEvent]]:
    """The signals of which Dagster has not heard, with the nonces under which they are kept."""
    for nonce, kept in notes.kept(KIND, without="is_told").items():
        yield nonce, _event(kept)


def note_told(nonce: str, event: EtlEvent, notes: Notes) -> None:
    """Write down that Dagster has heard; the nonce stays taken."""
    kept = {"session_id": event.session_id, "event": event.event.removeprefix("webhook:"), "is_told": True}
    notes.put(KIND, nonce, kept, span=KEPT)


def _event(kept: Mapping[str, Any]) -> EtlEvent:
    return EtlEvent(session_id=kept["session_id"], event=f"webhook:{kept['event']}", told_by="webhook")


def _require_signature(signed: Signed, settings: SignalSettings, now: datetime) -> None:
    key = settings.webhook_key
    if key is None:
        raise _refused("This installation takes no signals.", "Set `signals.webhook_key`.")
    wanted = signature_of(key.get_secret_value(), signed.timestamp, signed.nonce, signed.body)
    if not hmac.compare_digest(wanted.encode(), signed.signature.encode()):
        raise _refused("The signature is not right.", "Sign timestamp, nonce and body with the shared key.")
    if not _NONCE.fullmatch(signed.nonce):
        raise _refused("The nonce is no word of 8 to 100 letters and digits.", "Use a random one each time.")
    seconds = int(signed.timestamp) if re.fullmatch(r"\d{1,12}", signed.timestamp, re.ASCII) else None
    if seconds is None or abs(now.timestamp() - seconds) > settings.webhook_skew_s:
        raise _refused(
            f"The timestamp is more than {settings.webhook_skew_s} s from our clock.",
            "Sign with the time of now, in seconds since 1970.",
        )


def _refused(message: str, hint: str) -> PermissionDeniedError:
    _LOGGER.warning("An ETL signal was refused: %s", message)
    return PermissionDeniedError(message, suggestions=(hint,), context={"hint": hint})


def _message(body: bytes) -> _Message:
    try:
        return _Message.model_validate(json.loads(body))
    except (ValueError, RecursionError, ValidationError):
        raise InvalidOptionError(
            "The body is no ETL signal.", ('Post JSON such as {"session_id": "stmt_20260204_093000"}.',)
        ) from None


def _require_waiting(session_id: str, around: Surroundings) -> None:
    session = around.history.session(session_id)
    if because := why_not_waiting(session):
        raise SessionStateError(because, ("Start a new session.",), {"session_id": session_id})
    etl = spec_of(session).etl
    if not isinstance(etl, WebhookEtl):
        raise SessionStateError(
            f"Session {session_id} waits for the ETL signal `{etl.kind}`, and not for `webhook`.",
            ("Start the session with: etl: webhook.",),
            {"session_id": session_id},
        )
