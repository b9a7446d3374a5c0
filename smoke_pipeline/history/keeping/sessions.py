"""Sessions that go: their sums are kept and their rows deleted in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, cast, delete, exists, func, select, types
from sqlalchemy.dialects import postgresql

from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.keeping.records import DailySums, KeptSession
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.history.runs.records import UNFINISHED
from smoke_pipeline.history.schema.keeping import metrics
from smoke_pipeline.history.schema.runs import jobs
from smoke_pipeline.history.schema.sessions import comparison_results, test_files, test_sessions

_S, _R = test_sessions.c, comparison_results.c
_LOOKED_AT = (
    _S.session_id,
    _S.status,
    _S.step,
    _S.version,
    _S.client_id,
    _S.preset,
    _S.test_folder,
    _S.created_at,
    _S.updated_at,
)
_KEY = ("day", "test_name", "test_type", "preset", "client_id")


class KeptSessions:
    """Every session, and how one is forgotten; each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def every(self) -> Sequence[KeptSession]:
        """All sessions, the oldest first."""
        is_open = jobs.c.status.in_([status.value for status in UNFINISHED])
        has_open_job = exists().where(jobs.c.session_id == _S.session_id, is_open).label("has_open_job")
        query = select(*_LOOKED_AT, has_open_job).order_by(_S.created_at, _S.session_id)
        with self._database.transaction() as connection:
            return [
                KeptSession(**{**row, "status": Status(row["status"]), "step": Step(row["step"])})
                for row in connection.execute(query).mappings()
            ]

    def specs(self, statuses: Sequence[Status]) -> Sequence[Mapping[str, Any]]:
        """The orders of the sessions of these statuses."""
        query = select(_S.spec).where(_S.status.in_([status.value for status in statuses]))
        with self._database.transaction() as connection:
            return list(connection.scalars(query))

    def forget(self, session: KeptSession) -> bool:
        """Add a session to the sums of its day and delete it with all that hangs on it.

        Returns:
            Whether it was deleted; nothing happens where it is gone, or was moved since it was looked at.
        """
        unmoved = select(_S.session_id).where(
            _S.session_id == session.session_id, _S.version == session.version
        )
        with self._database.transaction() as connection:
            if connection.execute(unmoved.with_for_update()).first() is None:
                return False
            _add_to_sums(connection, session.session_id)
            connection.execute(delete(test_sessions).where(_S.session_id == session.session_id))
            return True

    def sums(self) -> Sequence[DailySums]:
        """What all deleted sessions add up to, the oldest day first."""
        query = select(metrics).order_by(*(metrics.c[name] for name in _KEY))
        with self._database.transaction() as connection:
            return [DailySums(**row) for row in connection.execute(query).mappings()]


def _add_to_sums(connection: Connection, session_id: str) -> None:
    """One more session in the row of its day; what is there stays added up."""
    names = [column.name for column in metrics.columns]
    added = postgresql.insert(metrics).from_select(names, _sums_of(session_id))
    new = added.excluded
    summed: dict[str, ColumnElement] = {
        name: metrics.c[name] + new[name] for name in names if name not in (*_KEY, "match_score_least")
    }
    summed["match_score_least"] = func.least(metrics.c.match_score_least, new.match_score_least)
    connection.execute(added.on_conflict_do_update(index_elements=_KEY, set_=summed))


def _sums_of(session_id: str) -> Select:
    """The row of `metrics` that one session alone would make, in the order of its columns."""
    newest = _newest_result(session_id)
    r = newest.c
    counts = (r.verdict == verdict for verdict in ("passed", "failed", "unproven"))
    differing = r.mismatched_rows + r.source_only_rows + r.target_only_rows
    return (
        select(
            cast(func.timezone("UTC", _S.created_at), types.Date),
            _S.test_name,
            _S.test_type,
            _S.preset,
            _S.client_id,
            1,
            *(case((is_so, 1), else_=0) for is_so in counts),
            case((r.verdict.is_(None), 1), else_=0),
            func.coalesce(r.match_score, 0.0),
            r.match_score,
            func.coalesce(func.greatest(r.total_rows_source, r.total_rows_target), 0),
            func.coalesce(differing, 0),
            func.coalesce(r.comparison_time_seconds, 0.0),
            func.coalesce(_files_mb(session_id), 0.0),
        )
        .select_from(test_sessions.outerjoin(newest, r.session_id == _S.session_id))
        .where(_S.session_id == session_id)
    )


def _newest_result(session_id: str) -> Any:
    """The result that the session's verdict was read from; none where it never was completed."""
    completed = select(_S.session_id).where(_S.session_id == session_id, _S.step == Step.DONE.value)
    query = select(comparison_results).where(_R.session_id.in_(completed))
    return query.order_by(_R.result_id.desc()).limit(1).subquery()


def _files_mb(session_id: str) -> Any:
    """Megabytes of the newest snapshot of each side."""
    f = test_files.c
    newest = (
        select(f.file_size_mb)
        .where(f.session_id == session_id)
        .ext(postgresql.distinct_on(f.file_role))
        .order_by(f.file_role, f.file_id.desc())
        .subquery()
    )
    return select(func.sum(newest.c.file_size_mb)).scalar_subquery()
