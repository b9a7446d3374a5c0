"""Times as people write them on the command line: `90d`, `12h`, `2026-03-01`."""

import re
from datetime import UTC, datetime, timedelta

import click

_LENGTH = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Length(click.ParamType):
    """A length of time, such as `30s`, `15m`, `1h`, `90d` or `4w`."""

    name = "length of time"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The length; click tells where it is none."""
        if isinstance(value, timedelta):
            return value
        found = _LENGTH.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no length of time; write it like 15m, 1h or 90d.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


class Since(click.ParamType):
    """A moment: how long ago, or a date of the calendar, which is read as UTC."""

    name = "moment"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The moment; click tells where it is none."""
        if isinstance(value, datetime):
            return value
        try:
            if _LENGTH.fullmatch(value):
                return datetime.now(UTC) - Length().convert(value, param, ctx)
            moment = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no moment; write it like 7d or 2026-03-01.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


LENGTH = Length()
SINCE = Since()
