"""Pages that neither repeat nor miss a row while others add some.

A cursor names the last row that was seen by what the rows are ordered by, not by how many came before.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.filters import is_storable
from smoke_pipeline.history.answers.records import Page

T = TypeVar("T")


def page_of(items: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """The first `limit` of the items; one more of them was asked for, to know whether more follow."""
    shown = tuple(items[:limit])
    return Page(items=shown, next_cursor=cursor_of(shown[-1]) if len(items) > limit else None)


def cursor_after(moment: datetime, last: str | int) -> str:
    """The cursor for the rows after that one."""
    written = json.dumps([moment.isoformat(), last], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def session_position(cursor: str) -> tuple[datetime, str]:
    """Where a list of sessions goes on.

    Raises:
        InvalidOptionError: That is no cursor of such a list.
    """
    moment, last = _read(cursor)
    if not isinstance(last, str) or not is_storable(last):
        raise _no_cursor()
    return moment, last


def numbered_position(cursor: str) -> tuple[datetime, int]:
    """Where a list of numbered rows goes on.

    Raises:
        InvalidOptionError: That is no cursor of such a list.
    """
    moment, last = _read(cursor)
    if not isinstance(last, int) or not 0 <= last < 2**63:
        raise _no_cursor()
    return moment, last


def _read(cursor: str) -> tuple[datetime, Any]:
    try:
        written = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        moment, last = json.loads(written)
        found = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError):
        raise _no_cursor() from None
    if found.tzinfo is None:
        raise _no_cursor()
    return found, last


def _no_cursor() -> InvalidOptionError:
    return InvalidOptionError(
        "The cursor is not one that this list gave.", ("Ask without a cursor for the first page.",)
    )
