"""What is read, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over all sessions, those that were deleted too."""

    sessions: int
    verdicts: Mapping[str, int]
    """Verdict -> sessions that have it."""
    rows_compared: int
    """Rows of the larger side."""
    rows_differing: int
    comparison_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Comparisons and runs of the last day."""

    seconds: Mapping[float, float]
    """Quantile -> how long a comparison takes; empty where there was none."""
    rows_per_second: float | None
    runs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Job and status -> runs that ended."""
    run_seconds: Mapping[tuple[str, float], float] = field(default_factory=dict)
    """Job and quantile -> how long runs that succeeded took from being asked for to their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Everything that is read of the history."""

    sessions: Mapping[tuple[str, str], int]
    """Status and step -> sessions that are kept."""
    failures: Mapping[str, int]
    """Class of the error -> failed sessions that are kept."""
    jobs: Mapping[str, int]
    """Status -> runs that have not ended."""
    oldest_queued_at: datetime | None
    """Since when a run waits to begin."""
    waiting_since: Mapping[str, datetime]
    """Step -> since when the active session waits there that waits longest."""
    totals: Totals
    recent: Recent
    database_bytes: int
