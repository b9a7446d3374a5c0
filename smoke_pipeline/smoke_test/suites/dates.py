"""The days that a matrix names by their first and their last."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from smoke_pipeline.settings.model import Model

TODAY = re.compile(r"today(?:-(\d{1,4})d)?", re.ASCII)
_WRITTEN = re.compile(r"(?:%[YymdjGV]|[0-9A-Za-z _./-])+", re.ASCII)


class Every(StrEnum):
    """Which days from the first to the last are meant."""

    DAY = "day"
    WEEK = "week"
    """The first day, and every seventh after it."""
    MONTH = "month"
    """The first of each month."""
    MONTH_END = "month-end"
    """The last day of each month."""


def as_day(value: Any) -> str:
    """A day as it was written, of whatever YAML made of it.

    Raises:
        ValueError: It is no day.
    """
    text = str(value)
    if not TODAY.fullmatch(text):
        try:
            text = date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(f"{text!r} is no day such as 2026-01-31, today or today-30d") from None
    return text


def _as_written(text: str) -> str:
    if not _WRITTEN.fullmatch(text) or "%" not in text:
        raise ValueError("it is written with %Y, %y, %m, %d, %j, %G and %V, such as %Y%m%d")
    return text


Day = Annotated[str, BeforeValidator(as_day)]


class Dates(Model):
    """The values of a parameter that are days."""

    first: Day = Field(alias="from")
    """The first day that may be one: `2026-01-31`, `today`, or `today-30d` for thirty days before; in UTC."""
    last: Day = Field(alias="to")
    """The last day that may be one."""
    every: Every = Every.DAY
    """`day`, `week`, `month` or `month-end`."""
    format: Annotated[str, AfterValidator(_as_written)] = "%Y-%m-%d"
    """How a day is written as a value, such as `%Y%m%d`."""

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not TODAY.fullmatch(self.first) and not TODAY.fullmatch(self.last) and self.first > self.last:
            raise ValueError(f"{self.first} comes after {self.last}")
        return self

    def values(self, today: date, most: int) -> tuple[str, ...]:
        """The days as values, at most so many; each once, where several are written alike."""
        written = (day.strftime(self.format) for day in self.days(today))
        return tuple(islice(_once(written), most))

    def days(self, today: date) -> Iterator[date]:
        """The days that are meant, the first one first."""
        day, last = _day(self.first, today), _day(self.last, today)
        while day <= last:
            found = _of_its_month(day, self.every)
            if day <= found <= last:
                yield found
            following = _following(day, self.every)
            if following is None:
                return
            day = following


def _once(values: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value


def _day(text: str, today: date) -> date:
    found = TODAY.fullmatch(text)
    return today - timedelta(days=int(found[1] or 0)) if found else date.fromisoformat(text)


def _of_its_month(day: date, every: Every) -> date:
    """The day that is meant of the month of `day`; the day itself where months do not matter."""
    match every:
        case Every.MONTH:
            return day.replace(day=1)
        case Every.MONTH_END:
            return day.replace(day=monthrange(day.year, day.month)[1])
        case _:
            return day


def _following(day: date, every: Every) -> date | None:
    """Where the next one is looked for; None at the end of all days."""
    step = timedelta(days=1 if every is Every.DAY else 7)
    if every in {Every.MONTH, Every.MONTH_END}:
        step = timedelta(days=monthrange(day.year, day.month)[1] - day.day + 1)
    return day + step if date.max - day >= step else None
