"""A run that was asked for, and its progress, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smoke_pipeline.history.records import JobStatus

ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A row of `jobs`: written before the run is launched, so that no run is lost with its launcher."""

    job_id: str
    session_id: str | None
    job_name: str
    """The job of Dagster: `take_source`, `take_target`, `compare` or `verify`."""
    run_id: str | None = None
    """Dagster's; None until the run is known to be launched."""
    status: JobStatus = JobStatus.QUEUED
    client_id: str
    idempotency_key: str | None = None
    requested_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    failure: Mapping[str, Any] | None = None
    """`SmokePipelineError.to_dict()` of what ended a failed run."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRecord:
    """A row of `run_progress`: how far the newest run of a session has come."""

    session_id: str
    run_id: str | None
    stage: str
    rows_done: int | None = None
    rows_total: int | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None
    updated_at: datetime

    @property
    def percent(self) -> float | None:
        """0 to 100, where the whole is known."""
        for done, total in ((self.rows_done, self.rows_total), (self.bytes_done, self.bytes_total)):
            if done is not None and total:
                return min(100.0, 100 * done / total)
        return None
