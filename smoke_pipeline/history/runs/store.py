"""The tables `jobs` and `run_progress`."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select, update
from sqlalchemy.dialects.postgresql import insert

from smoke_pipeline.errors import RunNotFoundError
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.runs.records import ENDED, JobRecord, ProgressRecord
from smoke_pipeline.history.schema.runs import jobs, run_progress

_OPEN = [status.value for status in JobStatus if status not in ENDED]


class RunStore:
    """Runs that were asked for. Each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def request(
        self, job_name: str, session_id: str | None, client_id: str, *, idempotency_key: str | None = None
    ) -> tuple[JobRecord, bool]:
        """Write down that a run is wanted, before anybody launches it.

        Returns:
            The job, and whether it is new: the same key of the same client names the job it named before.

        Raises:
            HistoryError: There is no such session.
        """
        now = self._now()
        job = JobRecord(
            job_id=f"job_{uuid.uuid4().hex[:16]}",
            session_id=session_id,
            job_name=job_name,
            client_id=client_id,
            idempotency_key=idempotency_key,
            requested_at=now,
            updated_at=now,
        )
        with self._database.transaction() as connection:
            added = insert(jobs).values(_row(job)).on_conflict_do_nothing().returning(jobs.c.job_id)
            if connection.execute(added).first() is not None:
                return job, True
            same = select(jobs).where(
                jobs.c.client_id == client_id, jobs.c.idempotency_key == idempotency_key
            )
            return _job(connection.execute(same).mappings().one()), False

    def attach(self, job_id: str, run_id: str) -> JobRecord:
        """Note which run it became.

        Raises:
            RunNotFoundError: There is no such job.
        """
        return self._changed(job_id, run_id=run_id)

    def settle(self, job_id: str, status: JobStatus, failure: Mapping[str, Any] | None = None) -> JobRecord:
        """Note how far it has come; one that has ended stays as it ended.

        Raises:
            RunNotFoundError: There is no such job.
        """
        ended = {"ended_at": self._now()} if status in ENDED else {}
        return self._changed(job_id, status=status.value, failure=failure and dict(failure), **ended)

    def job(self, job_id: str) -> JobRecord:
        """One job.

        Raises:
            RunNotFoundError: There is no such job.
        """
        with self._database.transaction() as connection:
            return _found(connection, job_id)

    def of_run(self, run_id: str) -> JobRecord | None:
        """The job that became that run, if it was asked for here."""
        return next(iter(self._jobs(select(jobs).where(jobs.c.run_id == run_id))), None)

    def of_session(self, session_id: str, *, limit: int = 20) -> Sequence[JobRecord]:
        """The jobs of a session, the newest first."""
        found = select(jobs).where(jobs.c.session_id == session_id)
        return self._jobs(found.order_by(jobs.c.requested_at.desc(), jobs.c.job_id).limit(limit))

    def under_way(self) -> Sequence[JobRecord]:
        """All jobs that have not ended, the oldest first."""
        return self._jobs(select(jobs).where(jobs.c.status.in_(_OPEN)).order_by(jobs.c.requested_at))

    def tell(self, progress: ProgressRecord) -> None:
        """Note how far a session's run has come, in place of what was noted before.

        Raises:
            HistoryError: There is no such session.
        """
        row = asdict(progress)
        told = insert(run_progress).values(row)
        newest = told.on_conflict_do_update(index_elements=[run_progress.c.session_id], set_=row)
        with self._database.transaction() as connection:
            connection.execute(newest)

    def progress(self, session_id: str) -> ProgressRecord | None:
        """How far the newest run of a session has come, if it has told."""
        found = select(run_progress).where(run_progress.c.session_id == session_id)
        with self._database.transaction() as connection:
            row = connection.execute(found).mappings().first()
        return ProgressRecord(**row) if row else None

    def _changed(self, job_id: str, **values: Any) -> JobRecord:
        """Change a job that has not ended."""
        row = update(jobs).where(jobs.c.job_id == job_id, jobs.c.status.in_(_OPEN))
        with self._database.transaction() as connection:
            connection.execute(row.values(updated_at=self._now(), **values))
            return _found(connection, job_id)

    def _jobs(self, query: Select[Any]) -> Sequence[JobRecord]:
        with self._database.transaction() as connection:
            return [_job(row) for row in connection.execute(query).mappings()]


def _found(connection: Connection, job_id: str) -> JobRecord:
    row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).mappings().first()
    if row is None:
        raise RunNotFoundError(
            f"There is no job {job_id!r}.",
            ("Look at the session: it names its jobs.",),
            {"job_id": job_id},
        )
    return _job(row)


def _row(job: JobRecord) -> dict[str, Any]:
    return {name: getattr(job, name) for name in JobRecord.__dataclass_fields__} | {
        "status": job.status.value
    }


def _job(row: RowMapping) -> JobRecord:
    return JobRecord(**dict(row) | {"status": JobStatus(row["status"])})
