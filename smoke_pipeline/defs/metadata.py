"""What the steps found, as Dagster's page shows and plots it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from smoke_pipeline.comparison.result import ComparisonResult, HeldToBaseline
    from smoke_pipeline.settings.model import ReportSettings
    from smoke_pipeline.smoke_test.steps import PublishedReport
    from smoke_pipeline.snapshots.manifest import SnapshotManifest

Metadata = Mapping[str, Any]
MOST_ROWS, MOST_LINES, LONGEST = 20, 50, 80
"""Differing rows, lines of them, and characters of a value that are shown on Dagster's page."""


def of_snapshot(manifest: "SnapshotManifest", address: str) -> Metadata:
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
        "size_mb": round(manifest.size_bytes / 1e6, 6),
        "sha256": manifest.sha256,
        "version": manifest.version,
        "seconds": manifest.seconds,
        "rows_per_s": round(manifest.rows / manifest.seconds) if manifest.seconds else None,
        "encoding": manifest.encoding,
        "delimiter": repr(dialect.delimiter) if dialect else None,
        "empty_lines": manifest.empty_lines,
        "reading": "; ".join(notes_of(manifest.reading)) or None,
        "snapshot": dg.MetadataValue.path(address),
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
        **(_of_baseline(result.baseline) if result.baseline else {}),
        "duplicates_source": result.duplicates.source,
        "duplicates_target": result.duplicates.target,
        "mismatched_cells": sum(result.mismatch_by_column.values()),
        "columns_that_differ": len(result.mismatch_by_column),
        "key": ", ".join(result.key) or "none",
        "elapsed_s": round(result.engine.elapsed_s, 3),
        "peak_memory_mb": round(result.engine.peak_memory_mb, 1),
        "by_column": _by_column(result),
        **({"explanation": dg.MetadataValue.md(explanation)} if explanation else {}),
    }


def _of_baseline(baseline: "HeldToBaseline") -> Metadata:
    """What of the verdict is owed to differences that somebody accepted."""
    return {
        "baseline": baseline.sentence,
        "accepted_differences": baseline.accepted,
        "new_differences": baseline.new,
        "gone_differences": baseline.gone,
    }


def of_report(published: "PublishedReport", page: str, settings: "ReportSettings") -> Metadata:
    """Where the bundle lies, at which address its page is served, what it tells, and what to do about it."""
    from smoke_pipeline.report.formats.as_markdown import in_one_sentence, what_to_do
    from smoke_pipeline.report.summary import as_markdown, rating

    result, counts = published.result, published.result.counts
    told = [in_one_sentence(result), what_to_do(result), as_markdown(result, settings)]
    return {
        "report": dg.MetadataValue.url(page),
        "summary": dg.MetadataValue.md("\n\n".join(told)),
        "verdict": result.verdict.value,
        "rating": rating(result, settings).name,
        "match_score": result.match_score,
        "mismatched": counts.mismatched,
        "source_only": counts.source_only,
        "target_only": counts.target_only,
        "differing_rows": result.difference_count,
        "differing_rows_kept": len(result.differences),
        **({"first_differences": _first_differences(result)} if result.differences else {}),
        "holds": ", ".join(published.members),
        "zip": dg.MetadataValue.path(str(published.zip_path)),
        "size_mb": round(published.zip_path.stat().st_size / 1e6, 6),
    }


def _first_differences(result: "ComparisonResult") -> dg.TableMetadataValue:
    """The first differing rows, a line a cell; the page and the CSV have all that were kept."""
    from smoke_pipeline.comparison.result import DifferenceKind

    lines = []
    for row in result.differences[:MOST_ROWS]:
        key = ", ".join(_short(value) for value in row.key)
        if row.kind is DifferenceKind.MISMATCHED:
            lines += [
                (key, "mismatched", _short(cell.column), _short(cell.source), _short(cell.target))
                for cell in row.cells
            ]
        else:
            lines.append((key, row.kind.value.replace("_", "-"), "", "", ""))
    names = ("key", "difference", "column", "source", "target")
    return dg.MetadataValue.table(
        records=[dg.TableRecord(dict(zip(names, line, strict=True))) for line in lines[:MOST_LINES]],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in names]),
    )


def _short(value: str | None) -> str:
    from smoke_pipeline.report.visible import on_one_line

    if value is None:
        return "NULL"
    return on_one_line(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")


def _by_column(result: "ComparisonResult") -> dg.TableMetadataValue:
    """A line for each compared column, those that differ most first."""
    from smoke_pipeline.report.summary import by_count

    order = sorted(result.columns.compared, key=lambda name: (-result.mismatch_by_column.get(name, 0), name))
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {
                    "column": name,
                    "mismatched": result.mismatch_by_column.get(name, 0),
                    "patterns": ", ".join(
                        f"{pattern} {count}" for pattern, count in by_count(result.patterns.get(name, {}))
                    ),
                    "equal_under_rule": sum(result.equal_under_rule.get(name, {}).values()),
                }
            )
            for name in order
        ],
        schema=dg.TableSchema(
            columns=[
                dg.TableColumn("column", "string"),
                dg.TableColumn("mismatched", "int", description="Mismatched cells"),
                dg.TableColumn("patterns", "string", description="What kind of difference"),
                dg.TableColumn("equal_under_rule", "int", description="Cells a rule forgave"),
            ]
        ),
    )
