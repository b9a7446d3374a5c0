"""Moments as people write them: a stretch of time ago, a day, or a moment."""

import re
from datetime import UTC, datetime, timedelta

from smoke_pipeline.errors import InvalidOptionError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime, flag: str) -> datetime:
    """`7d`, `12h`, `30m` or `2w` ago; a day such as `2026-11-21`; or a moment in ISO 8601; UTC if not said.

    Raises:
        InvalidOptionError: It is none of these.
    """
    ago = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise InvalidOptionError(
            f"{flag} {text!r} is no moment.",
            (f"Write it like {flag} 7d, {flag} 12h, or {flag} 2026-11-21.",),
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
