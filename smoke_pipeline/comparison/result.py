"""What a comparison found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from smoke_pipeline.snapshots.manifest import SnapshotManifest


class Verdict(StrEnum):
    """What a person asks first."""

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"


class KeyMode(StrEnum):
    """How rows were aligned."""

    EXPLICIT = "explicit"
    AUTO = "auto"
    NONE = "none"


class DifferenceKind(StrEnum):
    """Why a row is in the list of differences."""

    MISMATCHED = "mismatched"
    SOURCE_ONLY = "source_only"
    TARGET_ONLY = "target_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """How the rows of the two sides fell."""

    matched: int = 0
    mismatched: int = 0
    source_only: int = 0
    target_only: int = 0

    @property
    def source(self) -> int:
        """Rows of the source."""
        return self.matched + self.mismatched + self.source_only

    @property
    def target(self) -> int:
        """Rows of the target."""
        return self.matched + self.mismatched + self.target_only

    @property
    def larger(self) -> int:
        """Rows of the side that has more; what the match score is measured against."""
        return max(self.source, self.target)

    @property
    def match_score(self) -> float:
        """Matched rows per hundred of the larger side; 100 where both are empty."""
        return 100 * self.matched / self.larger if self.larger else 100.0

    def reaches(self, threshold: Decimal) -> bool:
        """Whether the match score is at or above `threshold`, decided without rounding."""
        return 100 * self.matched >= threshold * self.larger if self.larger else threshold <= 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SideCounts:
    """A count for each side."""

    source: int = 0
    target: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDifference:
    """One cell that differs: both values as they were read, None for NULL."""

    column: str
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One row that differs, or stands on one side alone."""

    kind: DifferenceKind
    key: tuple[str | None, ...]
    """The key's values as read, from the source where both sides have the row; () without a key."""
    source_row: int | None = None
    """Number of the row on the source side, the first being 1."""
    target_row: int | None = None
    cells: tuple[CellDifference, ...] = ()
    """The cells that differ, by column name; () for a one-sided row."""
    values: Mapping[str, str | None] = field(default_factory=dict)
    """The whole row of a one-sided row, by column; {} for a mismatched one."""
    in_flight: bool = False
    """Whether its key was read again a while later, and nothing of that key differed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """One key that stands on several rows of a side."""

    key: tuple[str | None, ...]
    source_count: int
    target_count: int
    is_approximate: bool = False
    """Whether the group was too large for the pairing with the fewest changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedColumns:
    """Which columns were looked at; names are those of the source."""

    compared: tuple[str, ...]
    only_source: tuple[str, ...] = ()
    only_target: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Target name -> source name."""
    likely_renames: Mapping[str, str] = field(default_factory=dict)
    """Target name -> source name of columns on one side alone, as the first rows and the names suggest."""
    empty_is_null: tuple[str, ...] = ()
    """Columns where NULL and the empty text were one value, because a side is a CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvidence:
    """Why `key: auto` chose what it chose."""

    columns: tuple[str, ...]
    common_keys: int
    """Key values that both sides have."""
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An option that would make mismatched cells equal; nobody has applied it."""

    cells: int
    """How many of the cells it is proposed for it would make equal."""
    flags: tuple[str, ...]
    """The option as arguments of `smoke compare`; () where the short hand cannot say it."""
    options: Mapping[str, Any]
    """The option as an options file holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Mismatched cells of one column that have something in common."""

    column: str
    pattern: str | None
    """None for those that show no pattern."""
    cells: int
    of: int
    """All mismatched cells of the column."""
    shared: str | None = None
    """What most of the cells have in common beside the pattern: a factor, an offset, a format, a column."""
    shared_by: int = 0
    """How many of the cells have it."""
    is_representation: bool
    """Whether the values are the same, written in another way."""
    source: str | None
    """The shortest example, as the source has it; None for NULL."""
    target: str | None
    sentence: str
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """What was found when the differing keys were read again after a while; it never changes the counts."""

    waited_s: float
    """How long was waited before they were."""
    keys: int = 0
    """Keys that were read again."""
    mismatched: int = 0
    """Mismatched rows in flight: nothing of their key differs any more."""
    source_only: int = 0
    target_only: int = 0
    not_rechecked: int = 0
    """Differing rows whose keys were not read again."""
    impossible_because: str | None = None
    """Why nothing was read again, as a sentence; None where it was."""

    @property
    def in_flight(self) -> int:
        """Differing rows in flight, of all kinds."""
        return self.mismatched + self.source_only + self.target_only


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToBaseline:
    """How a result was held to the differences that somebody accepted; it never changes the counts."""

    accepted_by: str
    accepted_at: str
    """The day, such as `2026-03-01`."""
    reason: str
    accepted: int = 0
    """Differences that were accepted."""
    new: int = 0
    """Differences that nobody accepted, or that there are more of than were accepted."""
    gone: int = 0
    """Accepted differences that are there no more."""
    not_held_because: str | None = None
    """Why the differences were not held to the baseline, as a sentence; None where they were."""

    @property
    def holds(self) -> bool:
        """Whether the differences were looked up, one by one."""
        return self.not_held_because is None

    @property
    def sentence(self) -> str:
        """What a person is told beside the verdict, so that nothing accepted is taken for equal."""
        who = f"accepted by {self.accepted_by} on {self.accepted_at} ({self.reason})"
        if self.not_held_because is not None:
            return f"{self.not_held_because} It was {who}."
        beside = [f"{count:,} {word}" for count, word in ((self.new, "new"), (self.gone, "gone")) if count]
        plural = "" if self.accepted == 1 else "s"
        return "; ".join([f"{self.accepted:,} difference{plural} {who}", *beside]) + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """How the answer was found; it never changes the answer."""

    tier: str = "parsed"
    """`byte`, `raw`, `parsed`, `spark` or `pushdown`: how identical rows were found."""
    fallback: str | None = None
    """Why the rows were parsed or read though there is a quicker way; None where they were not."""
    chunks: int = 1
    spilled_bytes: int = 0
    residue_rows: int = 0
    """Rows, of both sides together, that did not meet an identical one while they were read."""
    judged_cells: int = 0
    """Cells that differed as read and were put before datacompy."""
    segments: int = 0
    """Segments whose checksums were compared in the database, where it was done there."""
    segments_read: int = 0
    """Those of them whose rows were read."""
    rows_read: int | None = None
    """Rows, of both sides together, that left the database; None where the comparison was not done there."""
    elapsed_s: float = 0.0
    peak_memory_mb: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonResult:
    """Everything that is known after a comparison."""

    counts: RowCounts
    threshold: Decimal
    source: SnapshotManifest
    target: SnapshotManifest
    columns: ComparedColumns
    key: tuple[str, ...] = ()
    key_mode: KeyMode = KeyMode.NONE
    key_evidence: KeyEvidence | None = None
    unproven_because: str | None = None
    """Why there is no verdict though the rows were compared, as one sentence."""
    duplicates: SideCounts = SideCounts()
    """Rows beyond the first of each repeated key."""
    duplicate_groups: tuple[DuplicateGroup, ...] = ()
    """The first repeated keys in key order, as many as differences are kept."""
    duplicate_group_count: int = 0
    approximate_groups: int = 0
    mismatch_by_column: Mapping[str, int] = field(default_factory=dict)
    """Every mismatched cell, by column; columns without one are left out."""
    equal_under_rule: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Column -> rule -> cells that match only because of it."""
    patterns: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Column -> pattern -> mismatched cells of that kind."""
    explanation: tuple[Cluster, ...] = ()
    """The mismatched cells by what they have in common: the worst column first, its largest cluster first."""
    differences: tuple[RowDifference, ...] = ()
    """The kept differing rows, by canonical key or as `sort_by` says."""
    engine: EngineFacts = EngineFacts()
    recheck: Recheck | None = None
    """None where no recheck was asked for."""
    masked_columns: tuple[str, ...] = ()
    """Columns of which values are shown masked; () while nothing is."""
    baseline: HeldToBaseline | None = None
    """None where the test has no baseline."""

    @property
    def match_score(self) -> float:
        """Matched rows per hundred of the larger side."""
        return self.counts.match_score

    @property
    def reaches_threshold(self) -> bool:
        """Whether the match score is at or above the threshold."""
        return self.counts.reaches(self.threshold)

    @property
    def verdict(self) -> Verdict:
        """Failed where too many rows differ; else unproven where something speaks against a passed one.

        With a baseline, failed where a difference is new, and no failure where all of them were accepted.
        """
        if self.baseline is not None and self.baseline.holds:
            if self.baseline.new:
                return Verdict.FAILED
        elif not self.reaches_threshold:
            return Verdict.FAILED
        return Verdict.UNPROVEN if self.unproven_because else Verdict.PASSED

    @property
    def passed(self) -> bool:
        """Whether the verdict is passed."""
        return self.verdict is Verdict.PASSED

    @property
    def difference_count(self) -> int:
        """Differing rows in all, kept or not."""
        return self.counts.mismatched + self.counts.source_only + self.counts.target_only
