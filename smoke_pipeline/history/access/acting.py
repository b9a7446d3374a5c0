"""Who acts now: a face says it once, and whatever is opened within belongs to that identity.

Each thread and each asynchronous task has its own answer, so that one server can act for many.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from smoke_pipeline.history.access.roles import LOCAL, Identity

_ACTING: ContextVar[Identity | None] = ContextVar("acting", default=None)


def acting(otherwise: Identity = LOCAL) -> Identity:
    """Who acts here; `otherwise` where no face has said it."""
    return _ACTING.get() or otherwise


@contextmanager
def acting_as(identity: Identity) -> Iterator[None]:
    """Let that identity act until the block ends."""
    token = _ACTING.set(identity)
    try:
        yield
    finally:
        _ACTING.reset(token)
