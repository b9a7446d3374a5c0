"""The checks: claims of a session, reported by the assets that find out whether they hold.

A check that fails leaves its run green: whether a session passed is read from here and from the history,
never from the status of a run. Only a snapshot that cannot be trusted stops what comes after it; a comparison
that fails its checks still gets its report.
"""

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.partitions import smoke_sessions

if TYPE_CHECKING:
    from smoke_pipeline.smoke_test.results.claims import Claim

SOURCE = dg.AssetKey(["smoke_test", "source_snapshot"])
ETL = dg.AssetKey(["smoke_test", "etl_completed"])
TARGET = dg.AssetKey(["smoke_test", "target_snapshot"])
COMPARISON = dg.AssetKey(["smoke_test", "comparison"])
REPORT = dg.AssetKey(["smoke_test", "report"])


def _spec(name: str, asset: dg.AssetKey, description: str, *, blocking: bool = False) -> dg.AssetCheckSpec:
    """A check of each session; that checks have partitions is young in Dagster, whose version we pin."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(
            name, asset=asset, description=description, blocking=blocking, partitions_def=smoke_sessions
        )


VERDICT = "match_score_reaches_threshold"
"""The check that tells the verdict."""
_SANE = "The snapshot can be read back as it was taken, and holds rows."

SOURCE_CHECKS = (_spec("snapshot_is_sane", SOURCE, _SANE, blocking=True),)
TARGET_CHECKS = (
    _spec("snapshot_is_sane", TARGET, _SANE, blocking=True),
    _spec(
        "target_changed",
        TARGET,
        "Read from the source's place, the target is not the same bytes again; if it is, nothing is proven.",
    ),
)
COMPARISON_CHECKS = (
    _spec("columns_match", COMPARISON, "Both sides have the same columns, after renames and ignores."),
    _spec(
        VERDICT,
        COMPARISON,
        "The session passed: enough rows match, and the target is not the untouched source.",
    ),
    _spec("row_counts_match", COMPARISON, "Both sides have as many rows."),
    _spec("no_duplicate_keys", COMPARISON, "No key stands on several rows of a side."),
)


def results_of(
    claims: "Sequence[Claim]", asset: dg.AssetKey, *, page: str | None = None
) -> "Iterator[dg.AssetCheckResult]":
    """The claims as Dagster records them.

    Args:
        claims: What is claimed of the asset.
        asset: The asset.
        page: Where the report is read, to which the verdict leads.
    """
    for claim in claims:
        link = {"report": dg.MetadataValue.url(page)} if page and claim.name == VERDICT else {}
        yield dg.AssetCheckResult(
            check_name=claim.name,
            asset_key=asset,
            passed=claim.holds,
            severity=dg.AssetCheckSeverity.ERROR if claim.is_grave else dg.AssetCheckSeverity.WARN,
            description=claim.because,
            metadata={**link, **claim.facts},
        )
