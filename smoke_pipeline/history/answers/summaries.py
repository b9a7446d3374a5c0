"""Sums over a stretch of time: how the sessions fared, and how quick comparisons of each size were."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.dialects import postgresql

from smoke_pipeline.history.answers.filters import CLOCKS_APART, is_newest_result, verdict_holds
from smoke_pipeline.history.answers.records import SizeClass, Summary
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.schema.keeping import metrics
from smoke_pipeline.history.schema.sessions import comparison_results, test_files, test_sessions

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
"""Where one class of sizes ends and the next begins, in rows of the larger side."""
LONG_S = 300.0
"""An average time from which a class gets a hint."""
SLOW_SHARE = 0.5
"""A class below this share of the rate of the best one gets a hint."""

_result = comparison_results.c


def summary(database: Database, *, since: datetime, client_id: str | None = None) -> Summary:
    """How the sessions that began since then fared.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    with database.transaction() as connection:
        sums = connection.execute(summary_query(since, client_id)).mappings().one()
        busiest = connection.execute(_busiest_query(since, client_id)).first()
        deleted = connection.execute(_deleted_query(since, client_id)).scalar_one()
    return Summary(
        **sums,
        busiest_client=busiest[0] if busiest else None,
        busiest_client_sessions=busiest[1] if busiest else 0,
        deleted=int(deleted),
    )


def summary_query(since: datetime, client_id: str | None = None) -> Select:
    """The query behind the sums of `summary`."""
    return (
        select(
            func.count().label("sessions"),
            *(
                func.count().filter(_result.verdict == verdict).label(verdict)
                for verdict in ("passed", "failed", "unproven")
            ),
            func.count().filter(_result.match_score > 95).label("above_95"),
            func.count().filter(_result.match_score < 80).label("below_80"),
            func.avg(_result.match_score).label("average_match_score"),
        )
        .select_from(
            test_sessions.outerjoin(
                comparison_results,
                and_(
                    _result.session_id == test_sessions.c.session_id, is_newest_result(since), verdict_holds()
                ),
            )
        )
        .where(*_began(since, client_id))
    )


def performance(database: Database, *, since: datetime, client_id: str | None = None) -> Sequence[SizeClass]:
    """How comparisons of each size went since then, the smallest class first, with hints.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    with database.transaction() as connection:
        found = connection.execute(performance_query(since, client_id)).mappings()
        return with_hints([SizeClass(**row) for row in found])


def performance_query(since: datetime, client_id: str | None = None) -> Select:
    """The query of `performance`."""
    one = _comparisons(since, client_id)
    below = case(*((one.c.rows < size, size) for size in SIZES), else_=null()).label("rows_below")
    seconds = one.c.comparison_time_seconds
    return (
        select(
            below,
            func.count().label("comparisons"),
            cast(func.avg(one.c.rows), Double).label("average_rows"),
            func.avg(seconds).label("average_seconds"),
            func.percentile_cont(0.95).within_group(seconds).label("p95_seconds"),
            (cast(func.sum(one.c.rows), Double) / func.nullif(func.sum(seconds), 0)).label("rows_per_second"),
            func.avg(one.c.memory_used_mb).label("average_memory_mb"),
            func.avg(one.c.files_mb).label("average_files_mb"),
        )
        .group_by(below)
        .order_by(below.asc().nulls_last())
    )


def with_hints(classes: Sequence[SizeClass]) -> Sequence[SizeClass]:
    """The classes, with a hint where comparisons take long or go through few rows a second."""
    best = max((one.rows_per_second or 0.0 for one in classes), default=0.0)
    return tuple(replace(one, hint=_hint(one, best)) for one in classes)


def _hint(one: SizeClass, best: float) -> str:
    is_small = one.rows_below is not None and one.rows_below <= SIZES[1]
    if is_small:
        return ""  # Their time is that of the start, which no setting shortens.
    if one.average_seconds >= LONG_S:
        return "Compare in parts side by side: raise `comparison.partitions`."
    if one.rows_per_second is not None and one.rows_per_second < SLOW_SHARE * best:
        return "Rows may wait on disk: raise `comparison.memory` and leave `streaming_threshold` unset."
    return ""


def _comparisons(since: datetime, client_id: str | None) -> Subquery:
    """Each comparison whose verdict holds, with the size of what was compared."""
    files = _files_since(since)
    return (
        select(
            func.greatest(_result.total_rows_source, _result.total_rows_target).label("rows"),
            _result.comparison_time_seconds,
            _result.memory_used_mb,
            files.c.files_mb,
        )
        .join_from(test_sessions, comparison_results)
        .outerjoin(files, files.c.session_id == test_sessions.c.session_id)
        .where(is_newest_result(since), verdict_holds(), *_began(since, client_id))
        .subquery()
    )


def _files_since(since: datetime) -> Subquery:
    """The size of the newest snapshots of each session that began since then."""
    columns = test_files.c
    newest = (
        select(columns.session_id, columns.file_size_mb)
        .ext(postgresql.distinct_on(columns.session_id, columns.file_role))
        .where(columns.downloaded_at >= since - CLOCKS_APART)
        .order_by(columns.session_id, columns.file_role, columns.file_id.desc())
        .subquery()
    )
    size = func.sum(newest.c.file_size_mb).label("files_mb")
    return select(newest.c.session_id, size).group_by(newest.c.session_id).subquery()


def _busiest_query(since: datetime, client_id: str | None) -> Select:
    """Who began the most sessions; of several the first by name."""
    client, times = test_sessions.c.client_id, func.count()
    query = select(client, times).where(*_began(since, client_id)).group_by(client)
    return query.order_by(times.desc(), client).limit(1)


def _deleted_query(since: datetime, client_id: str | None) -> Select:
    query = select(func.coalesce(func.sum(metrics.c.sessions), 0))
    query = query.where(metrics.c.day >= since.astimezone(UTC).date())
    return query if client_id is None else query.where(metrics.c.client_id == client_id)


def _began(since: datetime, client_id: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [test_sessions.c.created_at >= since]
    if client_id is not None:
        conditions.append(test_sessions.c.client_id == client_id)
    return conditions
