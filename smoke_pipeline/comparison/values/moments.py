"""Dates, times and instants: one spelling each, to the nanosecond."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from smoke_pipeline.comparison.values.families import Family

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,9}))?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r" ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_PLACES = {"millisecond": 3, "microsecond": 6}
_COARSE = {"day": 10, "hour": 13, "minute": 16, "second": 19}
_MIDNIGHT = "0000-00-00 00:00:00"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date with a time of day: the wall clock, the fraction of its second, and whether it is UTC."""

    clock: datetime
    """Without a zone."""
    fraction: str = ""
    """Digits after the second's point, without zeros at the end."""
    is_instant: bool = False

    @property
    def spelling(self) -> str:
        """`2026-01-02 03:04:05.5`, whatever the zone it was written in."""
        return self.clock.isoformat(" ", "seconds") + (f".{self.fraction}" if self.fraction else "")

    @property
    def canonical(self) -> str:
        """The spelling with the letter of its family."""
        return (Family.INSTANT if self.is_instant else Family.TIMESTAMP) + self.spelling


def read_date(text: str) -> str | None:
    """The canonical date that `text` writes as `YYYY-MM-DD`, or None."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return Family.DATE + date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def read_time(text: str) -> str | None:
    """The canonical time of day that `text` writes as `HH:MM:SS`, or None."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        time.fromisoformat(found[1])
    except ValueError:
        return None
    return Family.TIME + found[1] + _point(found[2])


def read_moment(text: str) -> Moment | None:
    """The moment that `text` writes as ISO 8601 does, with a time of day; or None."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    day, minutes, seconds, fraction, offset = found.groups()
    zone = "" if offset is None else "+00:00" if offset in "Zz" else offset
    try:
        clock = datetime.fromisoformat(f"{day} {minutes}:{seconds or '00'}{zone}")
        return _plain(clock, (fraction or "").rstrip("0"))
    except (ValueError, OverflowError):
        return None


def read_formatted(text: str, formats: tuple[str, ...]) -> Moment | None:
    """The moment that `text` writes in one of the `strptime` formats, or None."""
    for template in formats:
        try:
            clock = datetime.strptime(text, template)  # noqa: DTZ007 - a value may have no zone
            fraction = f"{clock.microsecond:06d}".rstrip("0")
            return _plain(clock.replace(microsecond=0), fraction)
        except (ValueError, OverflowError):
            continue
    return None


def from_canonical(value: str) -> Moment | None:
    """The moment of a canonical date, timestamp or instant; a date is its midnight."""
    text = value[1:] + (_MIDNIGHT[10:] if value[0] == Family.DATE else "")
    found = read_moment(text)
    if found is None:
        return None
    return Moment(found.clock, found.fraction, is_instant=value[0] == Family.INSTANT)


def in_zone(moment: Moment, zone: str) -> Moment | None:
    """The instant at which the clocks of `zone` showed this; an instant stays what it is.

    None where it lies before the year 1 or after 9999 in UTC, as the last evening of 9999 does in New York.
    """
    if moment.is_instant:
        return moment
    try:
        return _plain(moment.clock.replace(tzinfo=ZoneInfo(zone)), moment.fraction)
    except OverflowError:
        return None


def cut(moment: Moment, precision: str) -> Moment:
    """The moment without what is finer than `precision`."""
    if precision in _PLACES:
        fraction = moment.fraction[: _PLACES[precision]].rstrip("0")
        return Moment(moment.clock, fraction, moment.is_instant)
    kept = moment.spelling[: _COARSE[precision]]
    clock = datetime.fromisoformat(kept + _fill(kept))
    return Moment(clock, "", moment.is_instant)


def _fill(kept: str) -> str:
    return " 00:00:00" if len(kept) == 10 else ":00:00" if len(kept) == 13 else _MIDNIGHT[len(kept) :]


def _plain(clock: datetime, fraction: str) -> Moment:
    if clock.tzinfo is None:
        return Moment(clock, fraction)
    return Moment(clock.astimezone(UTC).replace(tzinfo=None), fraction, is_instant=True)


def _point(fraction: str | None) -> str:
    digits = (fraction or "").rstrip("0")
    return f".{digits}" if digits else ""
