"""Records to write down, with as little in them as a test may need."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from smoke_pipeline.comparison.result import (
    ComparedColumns,
    ComparisonResult,
    EngineFacts,
    RowCounts,
    RowDifference,
)
from smoke_pipeline.history.records import FileRecord, FoundResult, Move, SessionRecord, Status, Step
from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def session(session_id: str = "upload_20260301_120000", **changes: Any) -> SessionRecord:
    record = SessionRecord(
        session_id=session_id,
        test_type="upload",
        test_name="regions",
        preset="development",
        spec={"source": {"kind": "path", "path": "/in/ä \0.csv"}, "comparison": {"key": ["b", "a"]}},
        test_folder=f"sessions/{session_id}",
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(record, **changes)


def manifest(side: Side = Side.SOURCE, **changes: Any) -> SnapshotManifest:
    found = SnapshotManifest(
        side=side,
        origin="/in/regions.csv",
        format="csv",
        rows=2,
        columns=(Column(name="id", type="string"), Column(name="na\0me", type="string")),
        size_bytes=3 * 1024**2,
        sha256="ab" * 32,
        encoding="utf-8",
        dialect=Dialect(delimiter=";", quote=None),
        taken_at=NOON,
    )
    return replace(found, **changes)


def file(session_id: str, side: Side = Side.SOURCE, **changes: Any) -> FileRecord:
    return FileRecord(
        session_id=session_id,
        file_role=side,
        manifest=manifest(side, **changes),
        file_path=f"{side.value}/rows.parquet",
        recorded_at=NOON,
    )


def found(
    *differences: RowDifference, counts: RowCounts | None = None, summary: Mapping[str, Any] | None = None
) -> FoundResult:
    result = ComparisonResult(
        counts=counts or RowCounts(matched=97, mismatched=1, source_only=2, target_only=3),
        threshold=Decimal("99.5"),
        source=manifest(Side.SOURCE),
        target=manifest(Side.TARGET),
        columns=ComparedColumns(compared=("id", "name")),
        mismatch_by_column={"name": 1},
        differences=differences,
        engine=EngineFacts(elapsed_s=1.25, peak_memory_mb=200.5),
    )
    return FoundResult(result=result, summary=summary or {"z": 1, "a": [None, "ü"]})


def move(
    of: SessionRecord, step: Step = Step.AWAITING_ETL, status: Status = Status.ACTIVE, **changes: Any
) -> Move:
    plain = Move(session_id=of.session_id, version=of.version, status=status, step=step)
    return replace(plain, **changes)
