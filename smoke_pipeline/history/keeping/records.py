"""Sessions and files as retention looks at them, as frozen values."""

from dataclasses import dataclass
from datetime import date, datetime

from smoke_pipeline.history.records import FileKind, Status, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """What decides how long a session is kept."""

    session_id: str
    status: Status
    step: Step
    version: int
    client_id: str
    preset: str
    test_folder: str
    created_at: datetime
    updated_at: datetime
    has_open_job: bool = False
    """Whether a run of it was asked for that has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A row of `files`: a file that was handed in or out."""

    file_id: int
    session_id: str | None
    kind: FileKind
    path: str
    """Below the data folder, relative."""
    size_bytes: int
    sha256: str | None
    client_id: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySums:
    """A row of `metrics`: what the deleted sessions of a day, a test and a client add up to."""

    day: date
    """The day in UTC on which the sessions were started."""
    test_name: str
    test_type: str
    preset: str
    client_id: str
    sessions: int
    passed: int
    failed: int
    unproven: int
    without_verdict: int
    match_score_sum: float
    """Over the sessions with a verdict."""
    match_score_least: float | None
    rows_compared: int
    """Rows of the larger side, summed over the sessions with a verdict."""
    rows_differing: int
    """Mismatched and one-sided rows."""
    comparison_seconds: float
    files_mb: float
    """Of the newest snapshot of each side, with a verdict or without."""
