"""What is claimed of a session, and whether it holds: the verdict in parts a person can point at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smoke_pipeline.comparison.result import ComparedColumns, ComparisonResult
from smoke_pipeline.errors import ColumnsDifferError
from smoke_pipeline.report.summary import accepted_words, shown_score
from smoke_pipeline.snapshots.manifest import SnapshotManifest

SNAPSHOT_IS_SANE = "snapshot_is_sane"
TARGET_CHANGED = "target_changed"
COLUMNS_MATCH = "columns_match"
MATCH_SCORE_REACHES_THRESHOLD = "match_score_reaches_threshold"
ROW_COUNTS_MATCH = "row_counts_match"
NO_DUPLICATE_KEYS = "no_duplicate_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim and what became of it."""

    name: str
    holds: bool
    because: str
    """One sentence."""
    is_grave: bool = True
    """Whether the session has no passed verdict where this does not hold; else it is worth a look."""
    facts: Mapping[str, float | int | str] = field(default_factory=dict)


def snapshot_is_sane(manifest: SnapshotManifest, *, rows_found: int) -> Claim:
    """Whether a snapshot can be read back as it was taken, and holds anything.

    Args:
        manifest: What was taken.
        rows_found: Rows that are in the snapshot on disk.
    """
    whole = manifest.rows == rows_found
    because = (
        f"{manifest.rows:,} rows of {len(manifest.columns)} columns were read back."
        if whole and rows_found
        else "The table has columns and no rows."
        if whole
        else f"{manifest.rows:,} rows were taken, {rows_found:,} are there."
    )
    return Claim(
        name=SNAPSHOT_IS_SANE,
        holds=whole and rows_found > 0,
        because=because,
        is_grave=not whole,
        facts={"rows": rows_found, "columns": len(manifest.columns)},
    )


def why_unproven(
    source: SnapshotManifest, target: SnapshotManifest, *, allow_unchanged: bool, one_place: bool
) -> str | None:
    """Why the two snapshots cannot tell whether the ETL did its work, as one sentence; None if they can.

    Args:
        source: The source as it was taken.
        target: The target as it was taken.
        allow_unchanged: Whether the session accepts a place that did not change.
        one_place: Whether both sides are read from the same place.
    """
    if allow_unchanged or not one_place or source.sha256 is None or source.sha256 != target.sha256:
        return None
    return (
        f"{target.origin} did not change since the source was taken, "
        "so the ETL has probably not run; `allow_unchanged` accepts it."
    )


def target_changed(unproven_because: str | None) -> Claim:
    """Whether the target is something else than the source was, where it should be."""
    return Claim(
        name=TARGET_CHANGED,
        holds=unproven_because is None,
        because=unproven_because or "The target is not the untouched source.",
    )


def columns_differ(error: ColumnsDifferError) -> Claim:
    """The claim that fell, and with it the comparison."""
    return Claim(name=COLUMNS_MATCH, holds=False, because=error.message)


def claims_of(result: ComparisonResult) -> Sequence[Claim]:
    """What is claimed of a finished comparison."""
    return (
        columns_match(result.columns),
        _match_score_reaches_threshold(result),
        _row_counts_match(result),
        _no_duplicate_keys(result),
    )


def columns_match(columns: ComparedColumns) -> Claim:
    """Whether both sides have the same columns."""
    only = (*columns.only_source, *columns.only_target)
    compared = len(columns.compared)
    return Claim(
        name=COLUMNS_MATCH,
        holds=not only,
        because=f"{compared} columns were compared; on one side alone: {', '.join(only) or 'none'}.",
        is_grave=False,
        facts={"compared": compared, "on_one_side_alone": len(only)},
    )


def _match_score_reaches_threshold(result: ComparisonResult) -> Claim:
    reached = "reaches" if result.reaches_threshold else "does not reach"
    sentence = f"{shown_score(result.counts)} {reached} the threshold {result.threshold}."
    return Claim(
        name=MATCH_SCORE_REACHES_THRESHOLD,
        holds=result.passed,
        because=" ".join(filter(None, (sentence, result.unproven_because, accepted_words(result)))),
        facts={
            "match_score": result.match_score,
            "threshold": float(result.threshold),
            "verdict": result.verdict.value,
        },
    )


def _row_counts_match(result: ComparisonResult) -> Claim:
    counts = result.counts
    return Claim(
        name=ROW_COUNTS_MATCH,
        holds=counts.source == counts.target,
        because=f"{counts.source:,} rows in the source, {counts.target:,} in the target.",
        is_grave=False,
        facts={"source": counts.source, "target": counts.target},
    )


def _no_duplicate_keys(result: ComparisonResult) -> Claim:
    doubles = result.duplicates
    if not result.key:
        return Claim(
            name=NO_DUPLICATE_KEYS,
            holds=True,
            because="Whole rows were compared, without a key that could repeat.",
            is_grave=False,
        )
    key = ", ".join(result.key)
    return Claim(
        name=NO_DUPLICATE_KEYS,
        holds=not (doubles.source or doubles.target),
        because=f"{doubles.source:,} repeated rows in the source, {doubles.target:,} in the target ({key}).",
        is_grave=False,
        facts={"source": doubles.source, "target": doubles.target},
    )
