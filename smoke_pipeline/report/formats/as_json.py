"""`summary.json`: everything but the rows, for a program."""

from typing import Any

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.formats.base import as_json, text_format
from smoke_pipeline.report.formats.short_text import summary_text
from smoke_pipeline.report.summary import summarise
from smoke_pipeline.settings.model import ReportSettings

SCHEMA_VERSION = 1
"""Counted up when a key changes its meaning or goes; the schema is in docs/schemas."""


def summary_of(result: ComparisonResult, settings: ReportSettings | None = None) -> dict[str, Any]:
    """What `summary.json` holds: the same for the same input, whenever and wherever it was compared."""
    chosen = settings or ReportSettings()
    return {**summarise(result, chosen), **more_facts(result, chosen)}


def more_facts(result: ComparisonResult, settings: ReportSettings) -> dict[str, Any]:
    """What stands beside the counts."""
    return {
        "masked_columns": list(result.masked_columns),
        "summary_text": summary_text(result, settings),
        "schema_version": SCHEMA_VERSION,
    }


JSON = text_format(
    "json",
    "summary.json",
    lambda result, file, settings: file.write(as_json(summary_of(result, settings))),
)
