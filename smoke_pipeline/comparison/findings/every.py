"""`mismatches.parquet`: a line per cell that differs and per row that stands on one side alone, all of them.

The columns are those of `mismatches.csv`, and NULL is NULL. Lines are written as rows are compared, a row
group at a time, so the memory does not grow with them; their order is that in which they were found.
"""

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.comparison.columns import ROW, carried, shown_frame, shown_key_frame, side_columns, slices
from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.result import DifferenceKind
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.snapshots.manifest import Side

_LINES, _BYTES = 65_536, 16 * 1024**2
"""Lines, and bytes of them, that make a row group."""
_FIELDS = [
    *((name, pa.string()) for name in ("difference_type", "column", "source_value", "target_value")),
    ("source_row", pa.uint64()),
    ("target_row", pa.uint64()),
    ("in_flight", pa.bool_()),
]
_KIND = {Side.SOURCE: DifferenceKind.SOURCE_ONLY, Side.TARGET: DifferenceKind.TARGET_ONLY}


class EveryDifference:
    """Writes every difference down; the file is there when all is well at the end of the `with`.

    Raises:
        StorageFullError: The disk has no room; nothing is left behind.
        AccessDeniedError: We may not write there.
    """

    def __init__(self, plan: Plan, path: Path) -> None:
        self._plan = plan
        self._path = path
        self._schema = pa.schema([*((f"key:{name}", pa.string()) for name in plan.key), *_FIELDS])
        self._columns = {side: side_columns(plan, side) for side in Side}
        self._stack = ExitStack()
        self._held: list[pl.DataFrame] = []
        self._held_lines = self._held_bytes = 0
        self._lines = dict.fromkeys(DifferenceKind, 0)

    def __enter__(self) -> Self:
        with storage_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._stack.enter_context(replacing(self._path))
            self._file = self._stack.enter_context(unfinished.open("xb"))
            self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with storage_errors(self._path), self._stack:
            if error is None:
                self._write()
                self._writer.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                return
            with suppress(OSError, ValueError):
                self._writer.close()
            self._stack.pop_all().__exit__(kind, error, trace)

    def mismatched(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Write down each differing cell of aligned rows."""
        for here in slices(source.height, len(masks)):
            own = {place: mask[here] for place, mask in masks.items() if mask[here].any()}
            if own:
                cells = [self._cells(source[here], target[here], place, mask) for place, mask in own.items()]
                self._add(
                    DifferenceKind.MISMATCHED, pl.concat(cells).sort("source_row", "target_row", "column")
                )

    def one_sided(self, rows: pl.DataFrame, side: Side) -> None:
        """Write down rows that stand on one side alone, each as a JSON object."""
        for here in slices(rows.height, len(self._plan.columns)):
            self._add(_KIND[side], self._whole(rows[here], side))

    def require_complete(self, tally: Tally) -> None:
        """Hold that every difference that was counted was written down; else nobody gets to see the file."""
        counted = {
            DifferenceKind.MISMATCHED: sum(tally.mismatch_by_column.values()),
            DifferenceKind.SOURCE_ONLY: tally.source_only,
            DifferenceKind.TARGET_ONLY: tally.target_only,
        }
        if counted != self._lines:
            raise AssertionError(f"of {counted} differences, {self._lines} were written down")

    def _cells(self, source: pl.DataFrame, target: pl.DataFrame, place: int, mask: pl.Series) -> pl.DataFrame:
        """The lines of one column."""
        rows = mask.arg_true()
        ours, theirs = (
            columns[place].shown(frame[carried(place)].gather(rows))
            for columns, frame in zip(self._columns.values(), (source, target), strict=True)
        )
        return self._keys(source[rows], Side.SOURCE).with_columns(
            pl.lit(str(DifferenceKind.MISMATCHED)).alias("difference_type"),
            pl.lit(self._plan.columns[place].name).alias("column"),
            ours.alias("source_value"),
            theirs.alias("target_value"),
            source[ROW].gather(rows).alias("source_row"),
            target[ROW].gather(rows).alias("target_row"),
            pl.lit(value=False).alias("in_flight"),
        )

    def _whole(self, rows: pl.DataFrame, side: Side) -> pl.DataFrame:
        """The lines of rows of one side."""
        values = shown_frame(rows, self._plan, side, range(len(self._plan.columns)))
        values.columns = [column.name for column in self._plan.columns]
        objects = values.to_struct().struct.json_encode()
        nothing, nowhere = pl.lit(None, pl.String), pl.lit(None, pl.UInt64)
        is_source = side is Side.SOURCE
        return self._keys(rows, side).with_columns(
            pl.lit(str(_KIND[side])).alias("difference_type"),
            nothing.alias("column"),
            (objects if is_source else nothing).alias("source_value"),
            (nothing if is_source else objects).alias("target_value"),
            (rows[ROW] if is_source else nowhere).alias("source_row"),
            (nowhere if is_source else rows[ROW]).alias("target_row"),
            pl.lit(value=False).alias("in_flight"),
        )

    def _keys(self, rows: pl.DataFrame, side: Side) -> pl.DataFrame:
        """The keys as a person reads them; without a key, as many rows of nothing."""
        if not self._plan.key:
            return pl.DataFrame({ROW: rows[ROW]})
        keys = shown_key_frame(rows, self._plan, side)
        keys.columns = [f"key:{name}" for name in self._plan.key]
        return keys

    def _add(self, kind: DifferenceKind, lines: pl.DataFrame) -> None:
        self._lines[kind] += lines.height
        self._held.append(lines.select(self._schema.names))
        self._held_lines += lines.height
        self._held_bytes += int(lines.estimated_size())
        if self._held_lines >= _LINES or self._held_bytes >= _BYTES:
            self._write()

    def _write(self) -> None:
        """Write a row group of what is held."""
        if self._held:
            table = pl.concat(self._held).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self._schema)
            with storage_errors(self._path):
                self._writer.write_table(table)
            self._held.clear()
            self._held_lines = self._held_bytes = 0
