"""How a key looks, and what is kept of it: its first characters and its SHA-256, never the key."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

MARK = "smk_"
SHOWN = len(MARK) + 4
"""Characters of a key by which a person tells one from another."""

_SECRET = re.compile(rf"{MARK}[A-Za-z0-9_-]{{8,}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A key as it is handed out; it does not show itself."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.shown_prefix}…"

    @property
    def shown_prefix(self) -> str:
        """What may be shown of it."""
        return self.text[:SHOWN]

    @property
    def digest(self) -> str:
        """What is kept of it."""
        return digest_of(self.text)


def new_secret() -> Secret:
    """A key that nobody can guess: 256 random bits."""
    return Secret(text=f"{MARK}{secrets.token_urlsafe(32)}")


def digest_of(text: str) -> str:
    """The SHA-256 of a key, in hexadecimal; keys are random, so no salt is needed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def without_secrets(text: str) -> str:
    """The text with whatever looks like a key taken out."""
    return _SECRET.sub(f"{MARK}***", text)
