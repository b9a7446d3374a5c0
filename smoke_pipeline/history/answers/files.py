"""Which files were read for which session, by whom and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Select, select, tuple_

from smoke_pipeline.history.answers.filters import ESCAPE, like_pattern
from smoke_pipeline.history.answers.paging import cursor_after, numbered_position, page_of
from smoke_pipeline.history.answers.records import FileLine, Page
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.schema.sessions import test_files, test_sessions
from smoke_pipeline.snapshots.manifest import Side

_FILE = ("file_id", "session_id", "origin", "file_path", "row_count", "file_size_mb", "downloaded_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFilter:
    """Which files are meant; what is None narrows nothing."""

    like: str | None = None
    """Text that the place or the path of the file holds, or a pattern: `*` is any text, `?` one character."""
    since: datetime | None = None
    until: datetime | None = None
    client_id: str | None = None


EVERY_FILE = FileFilter()


def session_files(database: Database, session_id: str) -> Sequence[FileLine]:
    """The snapshots that were taken for a session, in the order in which they were.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    query = session_files_query(session_id)
    with database.transaction() as connection:
        return tuple(_line(row) for row in connection.execute(query).mappings())


def session_files_query(session_id: str) -> Select:
    """The query of `session_files`."""
    columns = test_files.c
    return _files().where(columns.session_id == session_id).order_by(columns.downloaded_at, columns.file_id)


def touched_files(
    database: Database, asked: FileFilter = EVERY_FILE, *, limit: int = 50, cursor: str | None = None
) -> Page[FileLine]:
    """The files that were read, the newest first.

    Args:
        database: The history.
        asked: Which files.
        limit: How many at most.
        cursor: Where the page before ended.

    Raises:
        InvalidOptionError: The cursor or the pattern cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    query = touched_files_query(asked, limit=limit + 1, cursor=cursor)
    with database.transaction() as connection:
        lines = [_line(row) for row in connection.execute(query).mappings()]
    return page_of(lines, limit, lambda line: cursor_after(line.downloaded_at, line.file_id))


def touched_files_query(asked: FileFilter, *, limit: int, cursor: str | None = None) -> Select:
    """The query of `touched_files`."""
    columns = test_files.c
    conditions: list[ColumnElement[bool]] = []
    if asked.like is not None:
        pattern = like_pattern(asked.like, anywhere=True)
        is_like = columns.origin.like(pattern, escape=ESCAPE) | columns.file_path.like(pattern, escape=ESCAPE)
        conditions.append(is_like)
    if asked.since is not None:
        conditions.append(columns.downloaded_at >= asked.since)
    if asked.until is not None:
        conditions.append(columns.downloaded_at < asked.until)
    if asked.client_id is not None:
        conditions.append(test_sessions.c.client_id == asked.client_id)
    if cursor is not None:
        order = tuple_(columns.downloaded_at, columns.file_id)
        conditions.append(order < tuple_(*numbered_position(cursor)))
    newest = columns.downloaded_at.desc(), columns.file_id.desc()
    return _files().where(*conditions).order_by(*newest).limit(limit)


def _files() -> Select:
    shown = [test_files.c[name] for name in (*_FILE, "file_role")]
    whose = test_sessions.c.test_name, test_sessions.c.client_id
    return select(*shown, *whose).join_from(test_files, test_sessions)


def _line(row: RowMapping) -> FileLine:
    plain = {name: row[name] for name in (*_FILE, "test_name", "client_id")}
    return FileLine(**plain, file_role=Side(row["file_role"]))
