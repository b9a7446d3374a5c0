"""The rows of the `mcp_smoke` tables as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest


class Status(StrEnum):
    """Whether a session is under way, and how it ended."""

    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ARCHIVED = "archived"


class Step(StrEnum):
    """What an active session waits for; a closed one keeps its last step."""

    AWAITING_SOURCE = "awaiting_source"
    AWAITING_ETL = "awaiting_etl"
    AWAITING_COMPARISON = "awaiting_comparison"
    AWAITING_REPORT = "awaiting_report"
    DONE = "done"


class Role(StrEnum):
    """What a person, or a program that acts for one, is to this installation."""

    ADMIN = "admin"
    DBA = "dba"
    USER = "user"
    BILLING = "billing"


class JobStatus(StrEnum):
    """How far a run that was asked for has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FileKind(StrEnum):
    """Why a file is kept."""

    UPLOAD = "upload"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A row of `test_sessions`."""

    session_id: str
    test_type: str
    """`statement`, `invoice`, `gl`, `database_table` or `upload`."""
    test_name: str = ""
    """The name under which sessions of the same test are compared over time."""
    preset: str
    spec: Mapping[str, Any]
    """The session's whole order, as `smoke_test.spec.SessionSpec` dumps it; never a secret."""
    test_folder: str
    """Folder of the session below the data folder, relative."""
    status: Status = Status.ACTIVE
    step: Step = Step.AWAITING_SOURCE
    version: int = 1
    """Counts the moves; who moves a session must name the version that was read."""
    client_id: str = "local"
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    failure: Mapping[str, Any] | None = None
    """`SmokePipelineError.to_dict()` of what ended a failed session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A row of `test_files`: a snapshot as it was taken; the newest of a side counts."""

    session_id: str
    file_role: Side
    manifest: SnapshotManifest
    file_path: str
    """Path of the snapshot's rows below the session's folder, relative."""
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecord:
    """A row of `comparison_results`; the newest of a session counts."""

    result_id: int
    session_id: str
    verdict: str
    passed: bool
    match_score: float
    threshold: float
    rows_source: int
    rows_target: int
    matched_rows: int
    mismatched_rows: int
    source_only_rows: int
    target_only_rows: int
    mismatch_by_column: Mapping[str, int]
    comparison_time_s: float
    memory_used_mb: float
    summary: Mapping[str, Any] = field(default_factory=dict)
    """The result as `report.summary` writes it."""
    zip_package_path: str | None = None
    """Path of the report bundle below the session's folder, once published."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step of a session: from the version that was read to a new state."""

    session_id: str
    version: int
    status: Status
    step: Step
    failure: Mapping[str, Any] | None = None
    spec: Mapping[str, Any] | None = None
    """The session's new order; None leaves it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundResult:
    """A comparison's outcome on its way into the history."""

    result: ComparisonResult
    summary: Mapping[str, Any]


def moved(session: SessionRecord, move: Move, now: datetime) -> SessionRecord:
    """The session after the move; a closed session keeps the moment at which it was closed."""
    is_closed = move.status is not Status.ACTIVE
    return replace(
        session,
        status=move.status,
        step=move.step,
        failure=move.failure,
        spec=session.spec if move.spec is None else move.spec,
        version=session.version + 1,
        updated_at=now,
        completed_at=(session.completed_at or now) if is_closed else None,
    )


def recorded(found: FoundResult, *, result_id: int, session_id: str, created_at: datetime) -> ResultRecord:
    """The row that a comparison's outcome becomes."""
    result = found.result
    return ResultRecord(
        result_id=result_id,
        session_id=session_id,
        verdict=result.verdict.value,
        passed=result.passed,
        match_score=result.match_score,
        threshold=float(result.threshold),
        rows_source=result.counts.source,
        rows_target=result.counts.target,
        matched_rows=result.counts.matched,
        mismatched_rows=result.counts.mismatched,
        source_only_rows=result.counts.source_only,
        target_only_rows=result.counts.target_only,
        mismatch_by_column=result.mismatch_by_column,
        comparison_time_s=result.engine.elapsed_s,
        memory_used_mb=result.engine.peak_memory_mb,
        summary=found.summary,
        created_at=created_at,
    )
