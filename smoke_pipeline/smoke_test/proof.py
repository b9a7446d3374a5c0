"""When a comparison proves nothing, whatever it finds."""

from smoke_pipeline.snapshots.manifest import SnapshotManifest


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
    if allow_unchanged or not one_place or source.sha256 != target.sha256:
        return None
    return (
        f"{target.origin} did not change since the source was taken, "
        "so the ETL has probably not run; `allow_unchanged` accepts it."
    )
