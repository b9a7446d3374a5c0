"""How the rooms tell what happened: `tell("side taken", rows=10)`, with the ids of what is under way.

Nothing is said until `settings.logs.setup` was asked for. What may be told is listed in `FIELDS`: a field
that is not listed, or whose value is not plain, is left out, so that no value of a table reaches a log.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TypeGuard

EVENTS = "smoke_pipeline.events"
"""The logger of events."""
TOLD = "told"
"""Where a log record carries its fields."""
FIELDS = frozenset(
    {
        "session_id",
        "run_id",
        "service",
        "command",
        "job",
        "step",
        "tool",
        "side",
        "verdict",
        "status",
        "error",
        "method",
        "route",
        "rows",
        "columns",
        "bytes",
        "rows_source",
        "rows_target",
        "matched",
        "mismatched",
        "source_only",
        "target_only",
        "seconds",
        "exit_status",
        "port",
        "pid",
    }
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:/{} <>-]{0,200}", re.ASCII)

Field = str | int | float | bool | None

_log = logging.getLogger(EVENTS)
_log.addHandler(logging.NullHandler())  # else Python itself would print what nobody asked for
_gathered: ContextVar[dict[str, "Field"] | None] = ContextVar("smoke_pipeline_gathered", default=None)
_about: ContextVar[Mapping[str, Field]] = ContextVar("smoke_pipeline_about", default=MappingProxyType({}))


@contextmanager
def about(**ids: Field) -> Iterator[None]:
    """Let everything that is told within the block carry these ids."""
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


@contextmanager
def gathering() -> Iterator[Mapping[str, Field]]:
    """Everything that is told within the block, the last of each name."""
    gathered: dict[str, Field] = {}
    token = _gathered.set(gathered)
    try:
        yield gathered
    finally:
        _gathered.reset(token)


def tell(event: str, **fields: Field) -> None:
    """Tell what happened; `event` is a fixed text."""
    _gather(fields)
    _log.info(event, extra={TOLD: fields})


def warn(event: str, **fields: Field) -> None:
    """Tell what went wrong; `event` is a fixed text, and an error is told by its class alone."""
    _gather(fields)
    _log.warning(event, extra={TOLD: fields})


def _gather(fields: Mapping[str, Field]) -> None:
    gathered = _gathered.get()
    if gathered is not None:
        gathered.update(fields)


def tellable(fields: Mapping[str, object]) -> dict[str, Field]:
    """The ids of what is under way and of `fields` what may be told."""
    return {
        name: value
        for name, value in {**_about.get(), **fields}.items()
        if name in FIELDS and _is_plain(value)
    }


def _is_plain(value: object) -> TypeGuard[Field]:
    if isinstance(value, str):
        return _PLAIN.fullmatch(value) is not None
    return isinstance(value, bool | int | float)
