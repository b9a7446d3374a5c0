"""The few queries behind the meters; each is one pass over a table, or less."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Double, Select, and_, cast, func, select

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.history.answers.filters import is_newest_result
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.meters.records import Meters, Recent, Totals
from smoke_pipeline.history.records import JobStatus, Status, Step
from smoke_pipeline.history.runs.records import UNFINISHED
from smoke_pipeline.history.schema.keeping import metrics
from smoke_pipeline.history.schema.runs import jobs
from smoke_pipeline.history.schema.sessions import comparison_results, test_sessions

RECENTLY = timedelta(days=1)
QUANTILES = (0.5, 0.95, 1.0)
UNKNOWN = "unknown"

_S, _R = test_sessions.c, comparison_results.c


def read_meters(database: Database, now: datetime) -> Meters:
    """The meters as they stand.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    with database.transaction() as connection:
        return Meters(
            sessions=_sessions(connection),
            failures=_failures(connection),
            jobs=_jobs(connection),
            oldest_queued_at=_oldest_queued(connection),
            waiting_since=_waiting(connection),
            totals=_totals(connection),
            recent=_recent(connection, now - RECENTLY),
            database_bytes=_scalar(connection, select(func.pg_database_size(func.current_database()))),
        )


def _sessions(connection: Connection) -> Mapping[tuple[str, str], int]:
    query = select(_S.status, _S.step, func.count()).group_by(_S.status, _S.step)
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def _failures(connection: Connection) -> Mapping[str, int]:
    error = func.coalesce(_S.failure["error_type"].as_string(), UNKNOWN)
    query = select(error, func.count()).where(_S.status == Status.FAILED.value).group_by(error)
    return {row[0]: row[1] for row in connection.execute(query)}


def _jobs(connection: Connection) -> Mapping[str, int]:
    unfinished = [status.value for status in UNFINISHED]
    query = select(jobs.c.status, func.count()).where(jobs.c.status.in_(unfinished)).group_by(jobs.c.status)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {status: found.get(status, 0) for status in unfinished}


def _oldest_queued(connection: Connection) -> datetime | None:
    query = select(func.min(jobs.c.requested_at)).where(jobs.c.status == JobStatus.QUEUED.value)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def _waiting(connection: Connection) -> Mapping[str, datetime]:
    query = select(_S.step, func.min(_S.updated_at)).where(_S.status == Status.ACTIVE.value).group_by(_S.step)
    return {row[0]: row[1] for row in connection.execute(query)}


def _totals(connection: Connection) -> Totals:
    """Of the kept sessions and of the deleted ones, each counted as deleting it will count it."""
    kept = connection.execute(_kept()).mappings().one()
    gone = connection.execute(_gone()).mappings().one()
    summed: dict[str, Any] = {name: kept[name] + gone[name] for name in kept}
    return Totals(
        sessions=_scalar(connection, select(func.count()).select_from(test_sessions)) + gone["sessions"],
        verdicts={verdict.value: summed[verdict.value] for verdict in Verdict},
        rows_compared=summed["rows_compared"],
        rows_differing=summed["rows_differing"],
        comparison_seconds=summed["comparison_seconds"],
    )


def _kept() -> Select:
    larger = func.greatest(_R.total_rows_source, _R.total_rows_target)
    differing = _R.mismatched_rows + _R.source_only_rows + _R.target_only_rows
    is_done = and_(_S.session_id == _R.session_id, _S.step == Step.DONE.value)
    return (
        select(
            *(func.count().filter(_R.verdict == one.value).label(one.value) for one in Verdict),
            _sum(larger).label("rows_compared"),
            _sum(differing).label("rows_differing"),
            func.coalesce(func.sum(_R.comparison_time_seconds), 0.0).label("comparison_seconds"),
        )
        .select_from(comparison_results.join(test_sessions, is_done))
        .where(is_newest_result())
    )


def _gone() -> Select:
    names = ("sessions", *(one.value for one in Verdict), "rows_compared", "rows_differing")
    seconds = func.coalesce(func.sum(metrics.c.comparison_seconds), 0.0).label("comparison_seconds")
    return select(*(_sum(metrics.c[name]).label(name) for name in names), seconds)


def _sum(values: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(values), 0), BigInteger)


def _recent(connection: Connection, since: datetime) -> Recent:
    seconds = _R.comparison_time_seconds
    rows = func.sum(func.greatest(_R.total_rows_source, _R.total_rows_target))
    query = select(
        *(func.percentile_disc(one).within_group(seconds) for one in QUANTILES),
        cast(rows, Double) / func.nullif(func.sum(seconds), 0),
    ).where(_R.created_at >= since)
    *found, rate = connection.execute(query).one()
    told = {} if found[0] is None else dict(zip(QUANTILES, found, strict=True))
    return Recent(
        seconds=told,
        rows_per_second=rate,
        runs=_recent_runs(connection, since),
        run_seconds=_recent_run_seconds(connection, since),
    )


def _recent_runs(connection: Connection, since: datetime) -> Mapping[tuple[str, str], int]:
    query = (
        select(jobs.c.job_name, jobs.c.status, func.count())
        .where(jobs.c.ended_at >= since)
        .group_by(jobs.c.job_name, jobs.c.status)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def _recent_run_seconds(connection: Connection, since: datetime) -> Mapping[tuple[str, float], float]:
    took = cast(func.extract("epoch", jobs.c.ended_at - jobs.c.requested_at), Double)
    query = (
        select(jobs.c.job_name, *(func.percentile_disc(one).within_group(took) for one in QUANTILES))
        .where(jobs.c.ended_at >= since, jobs.c.status == JobStatus.SUCCEEDED.value)
        .group_by(jobs.c.job_name)
    )
    return {
        (name, quantile): value
        for name, *found in connection.execute(query)
        for quantile, value in zip(QUANTILES, found, strict=True)
    }


def _scalar(connection: Connection, query: Select) -> int:
    return int(connection.execute(query).scalar_one())
