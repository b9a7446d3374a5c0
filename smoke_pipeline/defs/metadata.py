"""What the steps found, as Dagster's page shows and plots it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from smoke_pipeline.comparison.result import ComparisonResult
    from smoke_pipeline.settings.model import ReportSettings
    from smoke_pipeline.smoke_test.steps import PublishedReport
    from smoke_pipeline.snapshots.manifest import SnapshotManifest

Metadata = Mapping[str, Any]


def of_snapshot(manifest: "SnapshotManifest", folder: Path) -> Metadata:
    """The facts of one side."""
    from smoke_pipeline.snapshots.left_out import notes_of

    dialect = manifest.dialect
    found = {
        "dagster/row_count": manifest.rows,
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(column.name, column.type) for column in manifest.columns]
        ),
        "columns": len(manifest.columns),
        "origin": manifest.origin,
        "format": " in ".join(filter(None, (manifest.format, manifest.compression))),
        "size_mb": round(manifest.size_bytes / 1e6, 3),
        "sha256": manifest.sha256,
        "version": manifest.version,
        "seconds": manifest.seconds,
        "rows_per_s": round(manifest.rows / manifest.seconds) if manifest.seconds else None,
        "encoding": manifest.encoding,
        "delimiter": repr(dialect.delimiter) if dialect else None,
        "empty_lines": manifest.empty_lines,
        "reading": "; ".join(notes_of(manifest.reading)) or None,
        "snapshot": dg.MetadataValue.path(str(folder / f"{manifest.side}.parquet")),
    }
    return {name: value for name, value in found.items() if value is not None}


def of_comparison(result: "ComparisonResult", settings: "ReportSettings") -> Metadata:
    """The verdict in words, the counts as numbers that Dagster plots, and what differs by column."""
    from smoke_pipeline.report.summary import as_markdown, explanation_as_markdown, rating

    counts, explanation = result.counts, explanation_as_markdown(result)
    return {
        "summary": dg.MetadataValue.md(as_markdown(result, settings)),
        "verdict": result.verdict.value,
        "rating": rating(result, settings).name,
        "match_score": result.match_score,
        "threshold": float(result.threshold),
        "rows_source": counts.source,
        "rows_target": counts.target,
        "matched": counts.matched,
        "mismatched": counts.mismatched,
        "source_only": counts.source_only,
        "target_only": counts.target_only,
        **({"in_flight": result.recheck.in_flight} if result.recheck else {}),
        "duplicates_source": result.duplicates.source,
        "duplicates_target": result.duplicates.target,
        "key": ", ".join(result.key) or "none",
        "elapsed_s": round(result.engine.elapsed_s, 3),
        "peak_memory_mb": round(result.engine.peak_memory_mb, 1),
        "by_column": _by_column(result),
        **({"explanation": dg.MetadataValue.md(explanation)} if explanation else {}),
    }


def of_report(published: "PublishedReport", page: str, settings: "ReportSettings") -> Metadata:
    """Where the bundle lies, at which address its page is served, and what it tells."""
    from smoke_pipeline.report.summary import as_markdown

    return {
        "report": dg.MetadataValue.url(page),
        "zip": dg.MetadataValue.path(str(published.zip_path)),
        "size_mb": round(published.zip_path.stat().st_size / 1e6, 3),
        "match_score": published.result.match_score,
        "verdict": published.result.verdict.value,
        "summary": dg.MetadataValue.md(as_markdown(published.result, settings)),
    }


def _by_column(result: "ComparisonResult") -> dg.TableMetadataValue:
    """A line for each compared column, those that differ most first."""
    order = sorted(result.columns.compared, key=lambda name: (-result.mismatch_by_column.get(name, 0), name))
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {
                    "column": name,
                    "mismatched": result.mismatch_by_column.get(name, 0),
                    "equal_under_rule": sum(result.equal_under_rule.get(name, {}).values()),
                }
            )
            for name in order
        ],
        schema=dg.TableSchema(
            columns=[
                dg.TableColumn("column", "string"),
                dg.TableColumn("mismatched", "int", description="Mismatched cells"),
                dg.TableColumn("equal_under_rule", "int", description="Cells a rule forgave"),
            ]
        ),
    )
