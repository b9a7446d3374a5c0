"""The rows of `jobs` and `run_progress` as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smoke_pipeline.history.records import JobStatus

UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)
"""A job of one of these goes on; every other has ended and never changes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A run that somebody asks for."""

    job_name: str
    session_id: str | None = None
    client_id: str = "local"
    idempotency_key: str | None = None
    """The client's own name of this request; asked for a second time, it is still the same job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A row of `jobs`."""

    job_id: str
    session_id: str | None
    job_name: str
    run_id: str | None
    """Dagster's run, once it was launched."""
    status: JobStatus
    client_id: str
    idempotency_key: str | None
    requested_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    failure: Mapping[str, Any] | None
    """`SmokePipelineError.to_dict()` of what ended a failed job."""

    @property
    def has_ended(self) -> bool:
        """Whether it never changes again."""
        return self.status not in UNFINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """A row of `run_progress`: how far the newest run of a session has come."""

    session_id: str
    run_id: str | None
    stage: str
    rows_done: int | None = None
    rows_total: int | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None
    updated_at: datetime
