"""Records read again, by where they lie, and parsed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.columns import ROW, frame_of
from smoke_pipeline.comparison.engine.deal import Records
from smoke_pipeline.comparison.engine.raw.blocks import IrregularTextError, block_of
from smoke_pipeline.comparison.engine.raw.fields import Layout, require_sound
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.readers.csv.parsing import parsed
from smoke_pipeline.snapshots.manifest import Side

_STRETCH = 4 * 1024**2
_BATCH_RECORDS = 16_384
_NEAR = 64 * 1024
"""Records that stand so close are read in one go, with what lies between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Reads records of one text again, by where they lie."""

    text: PlainText
    layout: Layout
    plan: Plan
    side: Side
    batch_bytes: int
    """So much text is read and parsed together."""

    def frames(self, records: Records) -> Iterator[pl.DataFrame]:
        """The compared columns of some records, with their row numbers.

        Args:
            records: With `offset`, `length` in bytes and `row`, by offset.

        Raises:
            IrregularTextError: What was cut out as a record is none.
        """
        with self.text.file.open(buffered=False) as file:
            for batch in _batches(records, self.batch_bytes):
                content = b"\n".join([*_runs(file, batch), b""])
                if not self.layout.is_checked:
                    self._require_sound(content)
                table = _parsed(content, self.text, len(batch))
                frame = frame_of(table.combine_chunks().to_batches()[0], self.plan, self.side, 1)
                yield frame.with_columns(pl.Series(ROW, batch["row"].astype(np.uint64)))

    def frame(self, records: Records) -> pl.DataFrame:
        """As `frames`, in one frame, for records in any order; there must be some."""
        order = np.argsort(records["offset"])
        frames = list(self.frames(records.take(order)))
        frame = frames[0] if len(frames) == 1 else pl.concat(frames)
        return frame if (order[1:] > order[:-1]).all() else frame[np.argsort(order)]

    def _require_sound(self, content: bytes) -> None:
        block = block_of(np.frombuffer(content, np.uint8), self.text)
        if block is None:
            raise IrregularTextError("a row is not where it seems to be")
        require_sound(block, self.layout)


def _parsed(content: bytes, text: PlainText, records: int) -> pa.Table:
    try:
        table = parsed(content, text.dialect, text.names)
    except pa.ArrowInvalid as error:
        raise IrregularTextError("a row has more or fewer fields than the header") from error
    if len(table) != records:
        raise IrregularTextError("a row is not where it seems to be")
    return table


def _batches(records: Records, batch_bytes: int) -> Iterator[Records]:
    """The same records, so many bytes at a time."""
    start = 0
    while start < len(records):
        batch = records[start : start + _BATCH_RECORDS]
        fitting = int(np.searchsorted(np.cumsum(batch["length"], dtype=np.int64), batch_bytes)) + 1
        yield batch[:fitting]
        start += len(batch[:fitting])


def _runs(file: IO[bytes], records: Records) -> Iterator[bytes]:
    """The text of the records, those that follow one another in one piece; neighbours are read together."""
    ends = records["offset"] + records["length"]
    is_far = records["offset"][1:] - ends[:-1] > _NEAR
    is_far |= records["offset"][1:] // _STRETCH != records["offset"][:-1] // _STRETCH
    for near in np.split(records, np.flatnonzero(is_far) + 1):
        begins = int(near["offset"][0])
        size = int(near["offset"][-1]) + int(near["length"][-1]) - begins
        file.seek(begins)
        stretch = _read(file, size)
        goes_on = np.diff(near["row"]) == 1  # nothing but line ends between them
        first = near["offset"][np.concatenate([[True], ~goes_on])] - begins
        last = (near["offset"] + near["length"])[np.concatenate([~goes_on, [True]])] - begins
        for start, end in zip(first.tolist(), last.tolist(), strict=True):
            yield stretch[start:end]


def _read(file: IO[bytes], size: int) -> bytes:
    parts = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
