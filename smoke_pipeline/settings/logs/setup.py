"""Where what is told goes: to stderr, as words or as JSON."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import Processor

from smoke_pipeline.settings.logs.telling import EVENTS, TOLD, tellable
from smoke_pipeline.settings.sections.logs import LoggingSettings

_Told = MutableMapping[str, Any]
_Redact = Callable[[str], str]
_ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None]
DEEPEST = 20
"""Places of a traceback that are told, the innermost."""


def set_up_logs(
    settings: LoggingSettings, *, service: str, redact: _Redact = str, owns_process: bool = True
) -> None:
    """Let what is told from now on go to stderr; stdout belongs to answers and protocols.

    Args:
        settings: How, and from which importance on.
        service: Which part of the product this process is.
        redact: Takes out of a text what looks like a secret.
        owns_process: Whether what libraries log goes there, too; else theirs is left as it is.
    """
    level = getattr(logging, settings.level.upper())
    handler = _ToStderr()
    handler.setFormatter(_formatter(settings, service, redact))
    events = logging.getLogger(EVENTS)
    events.setLevel(level)
    events.handlers = [handler]
    events.propagate = False
    if owns_process:
        of_libraries = logging.INFO if level == logging.DEBUG else max(level, logging.WARNING)
        logging.basicConfig(level=of_libraries, handlers=[handler], force=True)


class _ToStderr(logging.Handler):
    """Writes to what stderr is now, and not to what it was."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # nobody reads any more: a log that cannot be written stops nothing
            self.handleError(record)


def _formatter(settings: LoggingSettings, service: str, redact: _Redact) -> logging.Formatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if settings.format == "json" else _as_words
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        ],
        processors=[_with_fields(service), _places_of_errors, _redacted(redact), _in_order, renderer],
        use_get_message=True,
    )


def _with_fields(service: str) -> Processor:
    def add(_logger: object, _method: str, told: _Told) -> _Told:
        record = told.pop("_record")
        told.pop("_from_structlog", None)
        if record.name != EVENTS:
            told["logger"] = record.name
        return dict(told) | tellable({"service": service, **getattr(record, TOLD, {})})

    return add


def _places_of_errors(_logger: object, _method: str, told: _Told) -> _Told:
    """Instead of a traceback the class and the places of an error: its words may quote what was read."""
    found = told.pop("exc_info", None)
    told.pop("stack_info", None)
    if isinstance(found, tuple) and found[0] is not None:
        told["error"] = found[0].__name__
        told["places"] = _places(found[2])
    return told


def _places(traceback: TracebackType | None) -> list[str]:
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append(f"{Path(code.co_filename).name}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return found[-DEEPEST:]


def _redacted(redact: _Redact) -> Processor:
    def take_out(_logger: object, _method: str, told: _Told) -> _Told:
        return {name: redact(value) if isinstance(value, str) else value for name, value in told.items()}

    return take_out


def _in_order(_logger: object, _method: str, told: _Told) -> _Told:
    first = {name: told[name] for name in ("time", "level", "event", "service") if name in told}
    return first | {name: told[name] for name in sorted(told) if name not in first}


def _as_words(_logger: object, _method: str, told: _Told) -> str:
    begun = f"{told.pop('time')} {told.pop('level').upper()} {told.pop('service', '')}: {told.pop('event')}"
    places = told.pop("places", ())
    rest = " ".join(f"{name}={value}" for name, value in told.items())
    return "\n  at ".join([f"{begun} {rest}".rstrip(), *places])
