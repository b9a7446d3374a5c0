"""Links that prove themselves: what one may do with them, until when, and a signature."""

import base64
import hashlib
import hmac
import json
import time
from binascii import Error as BinasciiError
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from smoke_pipeline.errors import PermissionDeniedError, SettingsError
from smoke_pipeline.readers.disk import kept_key
from smoke_pipeline.settings.model import Settings

FILE_NAME = "launcher.key"
_LEAST = 32
"""Characters of a key; below, every key could be tried out."""
_LONGEST = 2000


class Purpose(StrEnum):
    """What a link is for; one for one thing opens no other."""

    UPLOAD = "upload"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a link permits."""

    purpose: Purpose
    subject: str
    """The upload, or the session of the report."""
    client_id: str = ""
    """Whose file it will be."""
    file_name: str = ""
    size_bytes: int = 0
    expires_at: int = 0
    """In seconds since the epoch."""


class Signer:
    """Makes and reads the tokens of links.

    Args:
        key: Who has it can make links.
        clock: Seconds since the epoch.
    """

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def __repr__(self) -> str:
        return "Signer(***)"

    def seconds_left(self, ticket: Ticket) -> int:
        """How long a ticket still holds."""
        return max(0, ticket.expires_at - int(self._clock()))

    def until(self, minutes: int) -> int:
        """When a ticket expires that is made now."""
        return int(self._clock()) + 60 * minutes

    def token(self, ticket: Ticket) -> str:
        """The ticket as a part of an address."""
        body = _text(json.dumps(asdict(ticket), separators=(",", ":"), sort_keys=True).encode())
        return f"{body}.{self._signature(body)}"

    def ticket(self, token: str, purpose: Purpose) -> Ticket:
        """What a token permits.

        Raises:
            PermissionDeniedError: It was not made here, is for something else, or has expired.
        """
        body, _, signature = token.partition(".")
        if len(token) > _LONGEST or not token.isascii():
            raise _refused()
        if not hmac.compare_digest(signature, self._signature(body)):
            raise _refused()
        try:
            ticket = Ticket(**json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
        except (ValueError, TypeError, BinasciiError) as error:
            raise _refused() from error
        if ticket.purpose != purpose or self.seconds_left(ticket) == 0:
            raise _refused()
        return ticket

    def _signature(self, body: str) -> str:
        return _text(hmac.digest(self._key, body.encode(), hashlib.sha256))


def signer_of(settings: Settings, folder: Path) -> Signer:
    """The signer of this installation; links that it made hold after a restart.

    Args:
        settings: They may hold the key.
        folder: The data folder, where the key lies otherwise; made if there is none.

    Raises:
        SettingsError: The key is too short.
        StorageFullError: The disk has no room for a new key.
        AccessDeniedError: The key cannot be read or written.
    """
    own = settings.launcher.signing_key
    key = own.get_secret_value() if own else kept_key(folder / FILE_NAME)
    if len(key) < _LEAST:
        raise SettingsError(
            f"The key that signs links has fewer than {_LEAST} characters.",
            ("Set launcher.signing_key to a long random text, or leave it out and let one be made.",),
        )
    return Signer(key.encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _refused() -> PermissionDeniedError:
    hint = "Ask for a new link: create_upload or get_report makes one."
    return PermissionDeniedError(
        "This link is not one of ours, is for something else, or has expired.",
        suggestions=(hint,),
        context={"your_role": None, "required_roles": [], "hint": hint},
    )
