"""The answers as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from smoke_pipeline.comparison.result import RowCounts, RowDifference
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.snapshots.manifest import Side

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of many, in order."""

    items: tuple[T, ...]
    next_cursor: str | None
    """What to ask for the items after these with; None where these are the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the comparison of a session found, where its verdict still holds."""

    result_id: int
    verdict: str
    match_score: float
    threshold: float
    counts: RowCounts
    seconds: float
    created_at: datetime
    zip_package_path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session as a list shows it."""

    session_id: str
    test_type: str
    test_name: str
    preset: str
    client_id: str
    status: Status
    step: Step
    test_folder: str
    created_at: datetime
    completed_at: datetime | None
    failure: Mapping[str, Any] | None
    found: Found | None
    """None where there is no verdict: not compared yet, or a side was taken again since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A snapshot, whose it is, and where its rows were read from."""

    file_id: int
    session_id: str
    test_name: str
    client_id: str
    file_role: Side
    origin: str
    file_path: str
    row_count: int
    file_size_mb: float
    downloaded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How the sessions of a stretch of time fared."""

    sessions: int
    passed: int
    failed: int
    unproven: int
    above_95: int
    """Sessions whose match score is above 95 %."""
    below_80: int
    """Sessions whose match score is below 80 %."""
    average_match_score: float | None
    busiest_client: str | None
    busiest_client_sessions: int
    deleted: int
    """Sessions of that time that were deleted since; they are in no other figure."""

    @property
    def without_verdict(self) -> int:
        """Sessions that are under way, failed, or were closed."""
        return self.sessions - self.passed - self.failed - self.unproven


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeClass:
    """How comparisons of about one size went."""

    rows_below: int | None
    """The class holds comparisons of fewer rows than this; None is the largest class."""
    comparisons: int
    average_rows: float
    average_seconds: float
    p95_seconds: float
    rows_per_second: float | None
    average_memory_mb: float
    average_files_mb: float | None
    hint: str = ""
    """What may make comparisons of this size quicker; empty where nothing stands out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One session of a test, or the sums over a day's sessions that were deleted since."""

    at: datetime
    """When the session began; for sums, the beginning of the day in UTC."""
    session_id: str | None
    """None for the sums of a day."""
    sessions: int
    passed: int
    failed: int
    unproven: int
    match_score: float | None
    """Of the session, or the average; None where nothing has a verdict."""
    match_score_least: float | None
    rows: int
    rows_differing: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowComparison:
    """A comparison that went through fewer rows a second than is usual for its test."""

    session_id: str
    test_name: str
    client_id: str
    created_at: datetime
    rows: int
    seconds: float
    rows_per_second: float
    usual_rows_per_second: float
    """The median of the earlier comparisons."""
    earlier: int
    """How many earlier comparisons that is drawn from."""

    @property
    def times_slower(self) -> float:
        """How many times as long as usual it took."""
        return self.usual_rows_per_second / self.rows_per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """How much a table of the history holds."""

    name: str
    rows: int
    size_bytes: int
    """With its indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How much the history holds."""

    database_bytes: int
    revision: str
    sessions_by_status: Mapping[str, int]
    tables: tuple[TableSize, ...]
    oldest_session_at: datetime | None
    newest_session_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedDifference:
    """A kept differing row and its place among the kept ones of its result."""

    row_index: int
    row: RowDifference
