"""Small tables as snapshots, and the shortest way to compare two of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.readers.base import FileFacts, Reader
from smoke_pipeline.readers.types import plain_batch, plain_schema
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side

Rows = Sequence[Mapping[str, str | None]]


class TableReader(Reader):
    """Reads an Arrow table that is in memory already."""

    def __init__(self, table: pa.Table, format_: str) -> None:
        self._table = table
        self._format = format_

    @property
    def schema(self) -> pa.Schema:
        return plain_schema(self._table.schema, "the table")

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        for batch in self._table.to_batches(max_chunksize=chunk_rows):
            yield plain_batch(batch, self.schema)

    def facts(self, *, digest: bool = True) -> FileFacts:
        return FileFacts(format=self._format, size_bytes=self._table.nbytes, sha256="0" * 64)


def text_table(rows: Rows, columns: Sequence[str] | None = None) -> pa.Table:
    """A table of text; the columns are those of the first row unless they are named."""
    names = list(columns or rows[0])
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})


def compare_tables(
    source: pa.Table,
    target: pa.Table,
    *,
    formats: tuple[str, str] = ("parquet", "parquet"),
    chunk_rows: int = 65_536,
    rulesets: Mapping[str, Any] | None = None,
    **options: Any,
) -> ComparisonResult:
    """Compare two tables under the options of an options file."""
    sides = [
        InPlaceSnapshot(TableReader(table, format_), side, origin=f"{side}.{format_}")
        for table, format_, side in zip((source, target), formats, Side, strict=True)
    ]
    settings = ComparisonSettings(chunk_rows=chunk_rows)
    return compare_snapshots(*sides, parse_spec(options), settings=settings, rulesets=rulesets or {})


def compare_rows(
    source: Rows, target: Rows, *, columns: Sequence[str] | None = None, **rest: Any
) -> ComparisonResult:
    """Compare two lists of rows as two CSVs hold them."""
    names = columns or list((source or target)[0])
    return compare_tables(
        text_table(source, names), text_table(target, names), formats=("csv", "csv"), **rest
    )


def fall(result: ComparisonResult) -> tuple[int, int, int, int]:
    """Matched, mismatched, source-only, target-only."""
    counts = result.counts
    return counts.matched, counts.mismatched, counts.source_only, counts.target_only
