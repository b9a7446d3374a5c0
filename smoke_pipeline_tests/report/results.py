"""Comparison results as the tests of this room want them."""

from datetime import UTC, datetime
from decimal import Decimal

from smoke_pipeline.comparison.result import (
    CellDifference,
    Cluster,
    ComparedColumns,
    ComparisonResult,
    DifferenceKind,
    DuplicateGroup,
    EngineFacts,
    KeyEvidence,
    KeyMode,
    Proposal,
    RowCounts,
    RowDifference,
    SideCounts,
)
from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest


def manifest(
    side: Side, rows: int, *, origin: str | None = None, columns: tuple[str, ...] = ("id", "amount")
):
    return SnapshotManifest(
        side=side,
        origin=origin or f"exports/{side}.csv",
        format="csv",
        rows=rows,
        columns=tuple(Column(name=name, type="string") for name in columns),
        size_bytes=rows * 20,
        sha256="ab" * 32,
        encoding="utf-8",
        dialect=Dialect(),
    )


def result(counts: RowCounts | None = None, **changes) -> ComparisonResult:
    """A result of which only the counts matter, unless something is changed."""
    counts = counts or RowCounts(matched=3)
    given = {
        "counts": counts,
        "threshold": Decimal(100),
        "source": manifest(Side.SOURCE, counts.source),
        "target": manifest(Side.TARGET, counts.target),
        "columns": ComparedColumns(compared=("id", "amount")),
        "key": ("id",),
        "key_mode": KeyMode.EXPLICIT,
    }
    return ComparisonResult(**{**given, **changes})


def mismatch(key: str | None, *cells: tuple[str, str | None, str | None], rows: tuple[int, int] = (1, 1)):
    return RowDifference(
        kind=DifferenceKind.MISMATCHED,
        key=(key,),
        source_row=rows[0],
        target_row=rows[1],
        cells=tuple(CellDifference(column=name, source=one, target=other) for name, one, other in cells),
    )


def one_sided(kind: DifferenceKind, values: dict[str, str | None], row: int) -> RowDifference:
    is_source = kind is DifferenceKind.SOURCE_ONLY
    return RowDifference(
        kind=kind,
        key=(values["id"],),
        source_row=row if is_source else None,
        target_row=None if is_source else row,
        values=values,
    )


def cluster(
    column: str,
    pattern: str | None,
    *,
    cells: int,
    of: int,
    example: tuple[str | None, str | None],
    shared: str | None = None,
    proposal: Proposal | None = None,
) -> Cluster:
    return Cluster(
        column=column,
        pattern=pattern,
        cells=cells,
        of=of,
        shared=shared,
        shared_by=cells if shared else 0,
        is_representation=proposal is not None,
        source=example[0],
        target=example[1],
        sentence=f"{cells} of {of} differences is {pattern or 'a change'}.",
        proposal=proposal,
    )


def rich() -> ComparisonResult:
    """A result with something in every field."""
    columns = ("id", "amount", "städte", "note")
    counts = RowCounts(matched=95, mismatched=3, source_only=1, target_only=2)
    return ComparisonResult(
        counts=counts,
        threshold=Decimal("99.5"),
        source=manifest(Side.SOURCE, counts.source, columns=columns),
        target=SnapshotManifest(
            side=Side.TARGET,
            origin="exports/target.zip",
            format="csv",
            compression="zip",
            member="inner/target.tsv",
            rows=counts.target,
            columns=tuple(Column(name=name, type="string") for name in (*columns, "loaded_at")),
            size_bytes=5_432_100,
            sha256="cd" * 32,
            encoding="windows-1252",
            dialect=Dialect(delimiter="\t", quote=None, escape="\\"),
            empty_lines=2,
            taken_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        ),
        columns=ComparedColumns(
            compared=columns,
            only_target=("loaded_at",),
            ignored=("loaded_by",),
            renamed={"remark": "note"},
            likely_renames={"loaded_at": "load_time"},
            empty_is_null=("note",),
        ),
        key=("id",),
        key_mode=KeyMode.AUTO,
        key_evidence=KeyEvidence(
            columns=("id",),
            common_keys=98,
            reason="id is unique and never NULL on both sides, with 98 keys common to both.",
        ),
        duplicates=SideCounts(source=1, target=2),
        duplicate_groups=(
            DuplicateGroup(key=("7",), source_count=2, target_count=2),
            DuplicateGroup(key=(None,), source_count=1, target_count=2, is_approximate=True),
        ),
        duplicate_group_count=2,
        approximate_groups=1,
        mismatch_by_column={"amount": 2, "note": 2},
        equal_under_rule={"städte": {"trim": 4, "ignore_case": 1}, "amount": {"abs_tol": 3}},
        patterns={"amount": {"sign": 1, "scaled": 1}, "note": {"null_empty": 1}},
        explanation=(
            cluster("amount", "scaled", cells=1, of=2, shared="x0.01", example=("100", "1.00")),
            cluster("amount", "sign", cells=1, of=2, example=("1.50", "-1.50")),
            cluster(
                "note",
                "null_empty",
                cells=1,
                of=2,
                example=(None, ""),
                proposal=Proposal(
                    cells=1,
                    flags=("--rule", "note:empty_is_null"),
                    options={"rules": {"note": {"empty_is_null": True}}},
                ),
            ),
            cluster("note", None, cells=1, of=2, example=("tab\tand\u00a0space ", "x" * 50)),
        ),
        differences=(
            mismatch(None, ("amount", "1.50", "-1.50"), ("note", None, ""), rows=(3, 4)),
            mismatch("2", ("amount", "100", "1.00"), rows=(2, 2)),
            mismatch("20", ("note", "tab\tand\u00a0space ", 'say "hi"\r\nagain'), rows=(20, 21)),
            one_sided(DifferenceKind.SOURCE_ONLY, dict.fromkeys(columns, "5"), 5),
            one_sided(
                DifferenceKind.TARGET_ONLY, {"id": "6", "amount": None, "städte": "Köln", "note": ""}, 6
            ),
            one_sided(DifferenceKind.TARGET_ONLY, dict.fromkeys(columns, "=1+1"), 7),
        ),
        engine=EngineFacts(chunks=3, judged_cells=12, elapsed_s=1.25, peak_memory_mb=180.5),
    )
