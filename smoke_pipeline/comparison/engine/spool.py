"""Both sides on their way to the comparison: in memory while they fit, then on disk by key.

A chunk holds every row whose key falls into it, of both sides, so each can be compared alone.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.columns import bytes_of
from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.scratch import Overflow

CHUNKS = 64
"""Into how many chunks rows are dealt once they are on disk."""
_SEED = 20_251
_WRITING = pa.ipc.IpcWriteOptions(compression="lz4")
IN_MEMORY = 8
"""What is held may take one part in so many of the budget; aligning and comparing take the rest."""

Hashed = Callable[[pl.DataFrame, Side], pl.DataFrame | None]
"""What a row is dealt by, or None where all rows must stay together."""


class Spool(Overflow):
    """Takes the rows of both sides, and gives them back chunk by chunk; to be used with `with`."""

    def __init__(
        self, dealt_by: Hashed, memory_bytes: int, folder: Path | None, held_bytes: int | None = None
    ) -> None:
        super().__init__(folder)
        self.spilled_bytes = 0
        self._dealt_by = dealt_by
        self._limit = memory_bytes // IN_MEMORY if held_bytes is None else held_bytes
        self._held: dict[Side, list[pl.DataFrame]] = {Side.SOURCE: [], Side.TARGET: []}
        self._held_bytes = 0
        self._empty: dict[Side, pl.DataFrame] = {}

    def know(self, side: Side, frame: pl.DataFrame) -> None:
        """Learn the columns of a side, which may never add a row."""
        self._empty.setdefault(side, frame.clear())

    def add(self, side: Side, frame: pl.DataFrame) -> None:
        """Take more rows of a side.

        Raises:
            StorageFullError: The disk has no room for what does not fit into memory.
            AccessDeniedError: The folder for it cannot be written.
        """
        self.know(side, frame)
        self._held[side].append(frame)
        self._held_bytes += bytes_of(frame)
        if self._held_bytes > self._limit:
            self._spill()

    def chunks(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The rows of both sides, chunk by chunk, each in the order in which it was added."""
        if not self.is_spilled:
            yield self._in_memory(Side.SOURCE), self._in_memory(Side.TARGET)
            return
        self._spill()
        for number in range(CHUNKS):
            source, target = self._read(Side.SOURCE, number), self._read(Side.TARGET, number)
            if source.height or target.height:
                yield source, target

    def _in_memory(self, side: Side) -> pl.DataFrame:
        frames = self._held.pop(side)
        return pl.concat(frames, rechunk=True) if frames else self._empty[side]

    def _spill(self) -> None:
        with storage_errors(self.folder):
            for side, frames in self._held.items():
                if frames:
                    self._deal(side, _joined(frames))
        self._held_bytes = 0

    def _deal(self, side: Side, rows: pl.DataFrame) -> None:
        dealt_by = self._dealt_by(rows, side)
        if dealt_by is None:
            self._append(side, 0, rows)
            return
        number = dealt_by.hash_rows(seed=_SEED) % CHUNKS
        rows, start = rows[_stable_order(number)], 0
        for chunk, size in number.alias("chunk").value_counts().sort("chunk").iter_rows():
            self._append(side, int(chunk), rows.slice(start, size))
            start += size

    def _append(self, side: Side, number: int, rows: pl.DataFrame) -> None:
        with self._path(side, number).open("ab") as file:
            start = file.tell()
            table = rows.to_arrow()
            with pa.ipc.new_stream(file, table.schema, options=_WRITING) as stream:
                stream.write_table(table)
            self.spilled_bytes += file.tell() - start

    def _read(self, side: Side, number: int) -> pl.DataFrame:
        path, parts = self._path(side, number), []
        if path.exists():
            with path.open("rb") as file:
                size = path.stat().st_size
                while file.tell() < size:
                    parts.append(_frame(pa.ipc.open_stream(file).read_all()))
            path.unlink()
        return pl.concat(parts, rechunk=True) if parts else self._empty[side]

    def _path(self, side: Side, number: int) -> Path:
        return self.folder / f"{side}-{number}.arrow"


def _joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """All rows in one frame; the list is empty afterwards, so that nothing is held twice for long."""
    joined = pl.concat(frames, rechunk=True)
    frames.clear()
    return joined


def _stable_order(numbers: pl.Series) -> pl.Series:
    """The places sorted by number, each number's in the order in which they stand."""
    return numbers.to_frame("number").with_row_index("place").sort("number", maintain_order=True)["place"]


def _frame(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))
