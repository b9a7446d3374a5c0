"""What a list is narrowed by; every value of a user is bound, never written into SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.records import Status
from smoke_pipeline.history.schema.sessions import comparison_results, test_files, test_sessions

ESCAPE = "\\"
CLOCKS_APART = timedelta(days=1)
"""A result, or a file, is younger than its session, but for what the clocks of two machines are apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Which sessions somebody may see who may not see all: one's own, and everybody's of some statuses."""

    client_id: str | None = None
    """Whose sessions are one's own; None where one has none."""
    statuses: tuple[Status, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilter:
    """Which sessions are meant; what is None or empty narrows nothing."""

    status: Status | None = None
    verdict: Verdict | None = None
    test_name: str | None = None
    """The whole name, or a pattern: `*` is any text, `?` one character."""
    test_type: str | None = None
    preset: str | None = None
    client_id: str | None = None
    since: datetime | None = None
    """Sessions that began then or later."""
    until: datetime | None = None
    """Sessions that began before then."""
    origin: str | None = None
    """Text, or a pattern, that the place of a taken side holds."""
    words: str | None = None
    """Text that the id or the name of the test holds, in letters of either case."""
    seen: Seen | None = None
    """What may be seen of them; None is everything."""


def like_pattern(text: str, *, anywhere: bool = False) -> str:
    """A LIKE pattern for a text in which `*` is any text and `?` one character; all else means itself.

    Args:
        text: What a user wrote.
        anywhere: Whether a text without `*` and `?` may stand anywhere.

    Raises:
        InvalidOptionError: No text of the history can be like that.
    """
    if not is_storable(text):
        raise InvalidOptionError(
            f"The pattern {text!r} has a character that no text of the history holds.",
            ("Write `?` for a character that cannot be written.",),
        )
    written = "".join(ESCAPE + letter if letter in "%_\\" else letter for letter in text)
    found = written.replace("*", "%").replace("?", "_")
    return f"%{found}%" if anywhere and found == written else found


def is_storable(text: str) -> bool:
    """Whether a text column of PostgreSQL can hold it."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def session_conditions(asked: SessionFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions on `test_sessions`, without that on the verdict."""
    columns = test_sessions.c
    equal = {
        columns.status: asked.status.value if asked.status else None,
        columns.test_type: asked.test_type,
        columns.preset: asked.preset,
        columns.client_id: asked.client_id,
    }
    for column, value in equal.items():
        if value is not None:
            yield column == value
    if asked.test_name is not None:
        yield columns.test_name.like(like_pattern(asked.test_name), escape=ESCAPE)
    if asked.since is not None:
        yield columns.created_at >= asked.since
    if asked.until is not None:
        yield columns.created_at < asked.until
    if asked.origin is not None:
        yield _was_read_from(asked.origin)
    if asked.words is not None:
        held = (columns.session_id, columns.test_name)
        yield or_(*(column.icontains(asked.words, autoescape=True) for column in held))
    if asked.seen is not None:
        shown = columns.status.in_([status.value for status in asked.seen.statuses])
        yield or_(columns.client_id == asked.seen.client_id, shown) if asked.seen.client_id else shown


def verdict_holds() -> ColumnElement[bool]:
    """Whether the newest result of a session is its verdict.

    It is none where a side was taken again since, or where the session failed afterwards.
    """
    columns = test_sessions.c
    judged = (Status.COMPLETED.value, Status.ARCHIVED.value)
    return (columns.step == "done") & columns.status.in_(judged) & columns.failure.is_(None)


def is_newest_result(since: datetime | None = None) -> ColumnElement[bool]:
    """Whether a row of `comparison_results` is the newest of its session.

    Args:
        since: Only sessions that began then or later are asked about, which lets the others' results unread.
    """
    newer = comparison_results.alias("newer")
    is_newer = exists().where(
        newer.c.session_id == comparison_results.c.session_id,
        newer.c.result_id > comparison_results.c.result_id,
    )
    if since is None:
        return ~is_newer
    found_at = comparison_results.c.created_at
    return ~is_newer.where(newer.c.created_at >= since - CLOCKS_APART) & (found_at >= since - CLOCKS_APART)


def _was_read_from(text: str) -> ColumnElement[bool]:
    taken = select(test_files.c.file_id).where(
        test_files.c.session_id == test_sessions.c.session_id,
        test_files.c.origin.like(like_pattern(text, anywhere=True), escape=ESCAPE),
    )
    return taken.exists()
