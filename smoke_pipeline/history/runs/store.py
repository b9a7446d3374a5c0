"""Jobs and their progress in PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, Select, select, update
from sqlalchemy.dialects import postgresql

from smoke_pipeline.errors import InvalidOptionError, RunNotFoundError
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.runs.records import UNFINISHED, JobRecord, JobRequest, RunProgress
from smoke_pipeline.history.schema.runs import jobs, run_progress

_OPEN = jobs.c.status.in_([status.value for status in UNFINISHED])


class Runs:
    """Jobs and their progress; each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def request(self, asked: JobRequest) -> JobRecord:
        """Write down that a run is wanted; the same idempotency key of a client gives the same job again.

        Raises:
            InvalidOptionError: The client used the key for another request.
        """
        row = self._row(asked, uuid4().hex, JobStatus.QUEUED, run_id=None)
        added = postgresql.insert(jobs).values(row).on_conflict_do_nothing().returning(jobs)
        with self._database.transaction() as connection:
            found = connection.execute(added).mappings().first()
            if found is None:
                found = connection.execute(_of_key(asked)).mappings().one()
        job = _job(found)
        if (job.job_name, job.session_id) != (asked.job_name, asked.session_id):
            raise InvalidOptionError(
                f"The idempotency key {asked.idempotency_key!r} was used for another request.",
                ("Use a key of its own for each request.",),
                {"job_id": job.job_id, "job_name": job.job_name},
            )
        return job

    def attach(self, job_id: str, run_id: str) -> JobRecord:
        """Write down which run of Dagster's the job became.

        Raises:
            RunNotFoundError: There is no such job.
        """
        change = update(jobs).where(jobs.c.job_id == job_id).values(run_id=run_id, updated_at=self._now())
        with self._database.transaction() as connection:
            found = connection.execute(change.returning(jobs)).mappings().first()
        if found is None:
            raise _no_such_job(job_id)
        return _job(found)

    def begun(self, run_id: str, asked: JobRequest, *, job_id: str | None = None) -> JobRecord:
        """Write down that a run works now, whoever launched it.

        Args:
            run_id: The run.
            asked: What it does, where nobody wrote that down before.
            job_id: The job that became this run, where it was requested here.
        """
        row = self._row(asked, job_id or run_id, JobStatus.RUNNING, run_id=run_id)
        with self._database.transaction() as connection:
            this = (jobs.c.run_id == run_id) | (jobs.c.job_id == row["job_id"])
            known = update(jobs).where(this, _OPEN)
            changes = {"run_id": run_id, "status": JobStatus.RUNNING.value, "updated_at": self._now()}
            if connection.execute(known.values(changes).returning(jobs.c.job_id)).first() is None:
                connection.execute(postgresql.insert(jobs).values(row).on_conflict_do_nothing())
            return _one(connection, select(jobs).where(this).limit(1))

    def settle(self, job_id: str, status: JobStatus, failure: Mapping[str, Any] | None = None) -> bool:
        """End a job; whether it had not ended before."""
        now = self._now()
        ended = {"status": status.value, "ended_at": now, "updated_at": now, "failure": failure}
        change = update(jobs).where(jobs.c.job_id == job_id, _OPEN).values(ended).returning(jobs.c.job_id)
        with self._database.transaction() as connection:
            return connection.execute(change).first() is not None

    def job(self, job_id: str) -> JobRecord:
        """One job.

        Raises:
            RunNotFoundError: There is no such job.
        """
        with self._database.transaction() as connection:
            found = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).mappings().first()
        if found is None:
            raise _no_such_job(job_id)
        return _job(found)

    def job_of(self, run_id: str) -> JobRecord | None:
        """The job that became a run."""
        with self._database.transaction() as connection:
            found = connection.execute(select(jobs).where(jobs.c.run_id == run_id)).mappings().first()
        return _job(found) if found else None

    def of_key(self, client_id: str, idempotency_key: str) -> JobRecord | None:
        """The job that a client asked for under a key."""
        asked = JobRequest(job_name="", client_id=client_id, idempotency_key=idempotency_key)
        with self._database.transaction() as connection:
            found = connection.execute(_of_key(asked)).mappings().first()
        return _job(found) if found else None

    def jobs(self, session_id: str) -> Sequence[JobRecord]:
        """The jobs of a session, the newest first."""
        return self._jobs(select(jobs).where(jobs.c.session_id == session_id))

    def unfinished(self) -> Sequence[JobRecord]:
        """The jobs that have not ended, the newest first."""
        return self._jobs(select(jobs).where(_OPEN))

    def tell(self, progress: RunProgress) -> None:
        """Replace what is known of a session's progress, unless something newer is.

        Raises:
            HistoryError: There is no such session.
        """
        row = {name: getattr(progress, name) for name in RunProgress.__dataclass_fields__}
        added = postgresql.insert(run_progress).values(row)
        newer = run_progress.c.updated_at <= added.excluded.updated_at
        with self._database.transaction() as connection:
            connection.execute(
                added.on_conflict_do_update(index_elements=["session_id"], set_=row, where=newer)
            )

    def progress(self, session_id: str) -> RunProgress | None:
        """How far the newest run of a session has come, if it ever told."""
        query = select(run_progress).where(run_progress.c.session_id == session_id)
        with self._database.transaction() as connection:
            found = connection.execute(query).mappings().first()
        return RunProgress(**found) if found else None

    def _jobs(self, query: Select) -> Sequence[JobRecord]:
        newest = query.order_by(jobs.c.requested_at.desc(), jobs.c.job_id)
        with self._database.transaction() as connection:
            return [_job(row) for row in connection.execute(newest).mappings()]

    def _row(self, asked: JobRequest, job_id: str, status: JobStatus, run_id: str | None) -> dict[str, Any]:
        now = self._now()
        return {
            "job_id": job_id,
            "session_id": asked.session_id,
            "job_name": asked.job_name,
            "run_id": run_id,
            "status": status.value,
            "client_id": asked.client_id,
            "idempotency_key": asked.idempotency_key,
            "requested_at": now,
            "updated_at": now,
        }


def _no_such_job(job_id: str) -> RunNotFoundError:
    return RunNotFoundError(
        f"There is no job {job_id!r}.", ("Look at the session: it names its jobs.",), {"job_id": job_id}
    )


def _of_key(asked: JobRequest) -> Select:
    """The job that a client asked for under the same key."""
    return select(jobs).where(
        jobs.c.client_id == asked.client_id, jobs.c.idempotency_key == asked.idempotency_key
    )


def _one(connection: Connection, query: Select) -> JobRecord:
    return _job(connection.execute(query).mappings().one())


def _job(row: RowMapping) -> JobRecord:
    return JobRecord(**{**row, "status": JobStatus(row["status"])})
