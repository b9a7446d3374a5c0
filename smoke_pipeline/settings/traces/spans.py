"""How the rooms and faces tell what took how long: `with span("step report", session_id=…)`.

Nothing is made until somebody listens; who sends spans is `settings.traces.sending`. A span carries what a
log may carry and nothing else: fields of the list in `settings.logs.telling`, with plain values.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Self

from smoke_pipeline.settings.logs.telling import Field, gathering, tellable

_WRITTEN = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A span of a trace, as other processes name it."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """The place as the W3C has it written."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    @classmethod
    def read(cls, traceparent: object) -> Self | None:
        """The place that somebody else wrote; None where it is none."""
        found = _WRITTEN.fullmatch(traceparent) if isinstance(traceparent, str) else None
        if found is None or not all(id_.strip("0") for id_ in found.groups()):
            return None
        return cls(trace_id=found[1], span_id=found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What took from one moment to another."""

    name: str
    place: Place
    parent: Place | None
    began_ns: int
    ended_ns: int
    fields: dict[str, Field] = field(default_factory=dict)
    error: str | None = None
    """The class of what went wrong."""


@dataclass(slots=True)
class _Listener:
    """Who sends the spans of this process."""

    hear: Callable[[Span], None] | None = None


_listener = _Listener()
_current: ContextVar[Place | None] = ContextVar("smoke_pipeline_span", default=None)


def listen(hear: Callable[[Span], None] | None) -> None:
    """Let every span that ends from now on be told; None for no more."""
    _listener.hear = hear


def is_heard() -> bool:
    """Whether anybody listens in this process."""
    return _listener.hear is not None


def traceparent() -> str | None:
    """The span that is under way, for another process to go on with; None without one."""
    current = _current.get()
    return current.traceparent if current and is_heard() else None


@contextmanager
def continuing(written: object) -> Iterator[None]:
    """Let spans within the block belong to one that another process wrote down, if it did."""
    token = _current.set(Place.read(written) or _current.get())
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def span(name: str, *, within: Place | None = None, **fields: Field) -> Iterator[None]:
    """A span of the block, with what is told within it; its error is told by its class alone."""
    if not is_heard():
        yield
        return
    parent = within or _current.get()
    place = Place(trace_id=parent.trace_id if parent else secrets.token_hex(16), span_id=secrets.token_hex(8))
    began, error, token = time.time_ns(), None, _current.set(place)
    with gathering() as told:
        try:
            yield
        except BaseException as stopped:  # the face of every block: what ended it goes on
            error = type(stopped).__name__
            raise
        finally:
            _current.reset(token)
            ended = Span(
                name=name,
                place=place,
                parent=parent,
                began_ns=began,
                ended_ns=max(began, time.time_ns()),
                fields=tellable({**told, **fields}),
                error=error or _text(told.get("error")),
            )
            send(ended)


def send(ended: Span) -> None:
    """Tell a span that has ended."""
    if _listener.hear is not None:
        _listener.hear(ended)


def of_run(run_id: str, written: object) -> tuple[Place, Place | None]:
    """The span of a run of Dagster, the same in each of its processes, and the one that asked for it."""
    digest, parent = hashlib.sha256(run_id.encode()).hexdigest(), Place.read(written)
    trace_id = parent.trace_id if parent else digest[:32]
    return Place(trace_id=trace_id, span_id=digest[32:48]), parent


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
