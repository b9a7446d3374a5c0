"""`mismatches.parquet`: the kept differences with the columns of the CSV, where NULL is NULL."""

from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.report.formats.base import Format
from smoke_pipeline.report.mismatch_csv import whole_row
from smoke_pipeline.settings.model import ReportSettings

if TYPE_CHECKING:
    import pyarrow as pa

_LINES = 65_536
"""Lines that make a row group."""


def write_parquet(result: ComparisonResult, file: IO[bytes], settings: ReportSettings) -> None:
    """Write the kept differences, a row group at a time."""
    import pyarrow as pa  # noqa: PLC0415 - slow
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow

    del settings
    schema = _schema(result.key)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for lines in _batches(result):
            columns = zip(*lines, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _schema(key: Sequence[str]) -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 - slow

    texts = [*(f"key:{name}" for name in key), "difference_type", "column", "source_value", "target_value"]
    return pa.schema(
        [
            *(pa.field(name, pa.string()) for name in texts),
            pa.field("source_row", pa.uint64()),
            pa.field("target_row", pa.uint64()),
            pa.field("in_flight", pa.bool_()),
        ]
    )


def _batches(result: ComparisonResult) -> Iterator[list[tuple[object, ...]]]:
    lines: list[tuple[object, ...]] = []
    for difference in result.differences:
        lines.extend(_lines(difference))
        if len(lines) >= _LINES:
            yield lines
            lines = []
    if lines:
        yield lines


def _lines(row: RowDifference) -> Iterator[tuple[object, ...]]:
    start, end = (*row.key, str(row.kind)), (row.source_row, row.target_row, row.in_flight)
    if row.kind is DifferenceKind.MISMATCHED:
        yield from ((*start, cell.column, cell.source, cell.target, *end) for cell in row.cells)
        return
    values = whole_row(row)
    is_source = row.kind is DifferenceKind.SOURCE_ONLY
    yield (*start, None, values if is_source else None, None if is_source else values, *end)


PARQUET = Format(name="parquet", member="mismatches.parquet", write=write_parquet)
