"""Sessions, the newest first, a page at a time."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, select, true, tuple_

from smoke_pipeline.comparison.result import RowCounts
from smoke_pipeline.history.answers.filters import (
    SessionFilter,
    is_storable,
    session_conditions,
    verdict_holds,
)
from smoke_pipeline.history.answers.paging import cursor_after, page_of, session_position
from smoke_pipeline.history.answers.records import Found, Page, SessionLine
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.history.schema.sessions import comparison_results, test_sessions

EVERY_SESSION = SessionFilter()

_SHOWN = (
    "session_id",
    "test_type",
    "test_name",
    "preset",
    "client_id",
    "status",
    "step",
    "test_folder",
    "created_at",
    "completed_at",
    "failure",
)
_FOUND = (
    "result_id",
    "verdict",
    "match_score",
    "threshold",
    "matched_rows",
    "mismatched_rows",
    "source_only_rows",
    "target_only_rows",
    "comparison_time_seconds",
    "zip_package_path",
)


def sessions_page(
    database: Database, asked: SessionFilter = EVERY_SESSION, *, limit: int = 50, cursor: str | None = None
) -> Page[SessionLine]:
    """Sessions that the filter means, the newest first.

    Args:
        database: The history.
        asked: Which sessions.
        limit: How many at most.
        cursor: Where the page before ended.

    Raises:
        InvalidOptionError: The cursor or a pattern cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if asked.words is not None and not is_storable(asked.words):
        return Page(items=(), next_cursor=None)
    query = sessions_query(asked, limit=limit + 1, cursor=cursor)
    with database.transaction() as connection:
        lines = [_line(row) for row in connection.execute(query).mappings()]
    return page_of(lines, limit, lambda line: cursor_after(line.created_at, line.session_id))


def all_session_ids(database: Database) -> Sequence[str]:
    """The ids of all sessions, the oldest first.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    columns = test_sessions.c
    with database.transaction() as connection:
        query = select(columns.session_id).order_by(columns.created_at, columns.session_id)
        return tuple(connection.scalars(query))


def sessions_query(asked: SessionFilter, *, limit: int, cursor: str | None = None) -> Select:
    """The query of `sessions_page`."""
    newest = _newest_result()
    shown = [test_sessions.c[name] for name in _SHOWN]
    found = [newest.c[name] for name in _FOUND]
    query = (
        select(*shown, *found, newest.c.created_at.label("compared_at"))
        .select_from(test_sessions.outerjoin(newest, true()))
        .where(*session_conditions(asked))
        .order_by(test_sessions.c.created_at.desc(), test_sessions.c.session_id.desc())
        .limit(limit)
    )
    if asked.verdict is not None:
        query = query.where(newest.c.verdict == asked.verdict.value)
    return query.where(_comes_after(cursor)) if cursor is not None else query


def _newest_result() -> FromClause:
    """The result that is the verdict of a session; nothing where it has none."""
    query = select(comparison_results).where(
        comparison_results.c.session_id == test_sessions.c.session_id, verdict_holds()
    )
    return (
        query.order_by(comparison_results.c.result_id.desc()).limit(1).correlate(test_sessions).lateral("r")
    )


def _comes_after(cursor: str) -> ColumnElement[bool]:
    order = tuple_(test_sessions.c.created_at, test_sessions.c.session_id)
    return order < tuple_(*session_position(cursor))


def _line(row: RowMapping) -> SessionLine:
    plain = {name: row[name] for name in _SHOWN}
    return SessionLine(
        **plain | {"status": Status(row["status"]), "step": Step(row["step"])}, found=_found(row)
    )


def _found(row: RowMapping) -> Found | None:
    if row["result_id"] is None:
        return None
    return Found(
        result_id=row["result_id"],
        verdict=row["verdict"],
        match_score=row["match_score"],
        threshold=row["threshold"],
        counts=RowCounts(
            matched=row["matched_rows"],
            mismatched=row["mismatched_rows"],
            source_only=row["source_only_rows"],
            target_only=row["target_only_rows"],
        ),
        seconds=row["comparison_time_seconds"],
        created_at=row["compared_at"],
        zip_package_path=row["zip_package_path"],
    )
