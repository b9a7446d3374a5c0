"""How long things are kept, in spans such as `7 days`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

_UNITS = {"d": 86_400, "day": 86_400, "days": 86_400, "h": 3600, "hour": 3600, "hours": 3600}
_SPAN = re.compile(rf"(?P<number>\d{{1,5}}) *(?P<unit>{'|'.join(_UNITS)})", re.ASCII)


def span_of(value: object) -> object:
    """`7 days`, `12 hours`, `7d` or `12h` as a span of time."""
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        return timedelta(seconds=int(found["number"]) * _UNITS[found["unit"]])
    if not isinstance(value, timedelta):
        raise ValueError("write a span such as 7 days or 12 hours")  # noqa: TRY004 - pydantic's
    return value


def words_of(span: timedelta) -> str:
    """The span as it is written in the settings."""
    hours = round(span.total_seconds() / 3600)
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"


Span = Annotated[
    timedelta,
    BeforeValidator(span_of),
    PlainSerializer(words_of, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^ *{_SPAN.pattern.replace('?P<number>', '').replace('?P<unit>', '')} *$",
        }
    ),
]


def _days(number: int) -> Any:
    """A default, which the schema shows as it is written."""
    span = timedelta(days=number)
    return Field(span, json_schema_extra={"default": words_of(span)})


class RetentionSettings(BaseModel):
    """How long things are kept before `smoke clean` takes them away; null keeps them for good."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    expire_after: Span | None = _days(7)
    """An active session that nobody went on with for so long expires."""
    uploads: Span | None = _days(7)
    """Files that were handed in; those of a session that may still go on stay."""
    completed: Span | None = _days(30)
    """Completed sessions, with their snapshots, reports and runs."""
    closed: Span | None = _days(30)
    """Failed, cancelled and expired sessions."""
    archived: Span | None = None
    """Archived sessions; they are kept unless a span is set."""
    temporary: Span | None = _days(1)
    """What a step that was killed left behind."""
