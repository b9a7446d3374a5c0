"""Records read again, by where they lie, and parsed."""

from collections.abc import Iterator
from typing import IO

import numpy as np
import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.columns import ROW, frame_of
from smoke_pipeline.comparison.engine.deal import Records
from smoke_pipeline.comparison.engine.raw.blocks import IrregularTextError
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.readers.csv.parsing import parsed
from smoke_pipeline.readers.csv.quoting import QuoteScan
from smoke_pipeline.snapshots.manifest import Side

_BATCH_BYTES = 4 * 1024**2
_BATCH_RECORDS = 16_384
_NEAR = 64 * 1024
"""Records that stand so close are read in one go, with what lies between."""


def frames_of(text: PlainText, plan: Plan, side: Side, records: Records) -> Iterator[pl.DataFrame]:
    """The compared columns of some records, with their row numbers.

    Args:
        text: Where the records lie.
        plan: Which columns are compared.
        side: Whose text it is.
        records: With `offset`, `length` in bytes and `row`, by offset.

    Raises:
        IrregularTextError: What was cut out as a record is none.
    """
    with text.file.open(buffered=False) as file:
        for batch in _batches(records):
            table = _parsed(b"\n".join([*_texts(file, batch), b""]), text, len(batch))
            frame = frame_of(table.combine_chunks().to_batches()[0], plan, side, 1)
            yield frame.with_columns(pl.Series(ROW, batch["row"].astype(np.uint64)))


def _parsed(content: bytes, text: PlainText, records: int) -> pa.Table:
    scan = QuoteScan(text.dialect)
    scan.feed(content)
    scan.finish()
    if not scan.is_regular:
        raise IrregularTextError("a quote stands in the middle of a field")
    try:
        content.decode()
        table = parsed(content, text.dialect, text.names)
    except UnicodeDecodeError as error:
        raise IrregularTextError("the text is not UTF-8 throughout") from error
    except pa.ArrowInvalid as error:
        raise IrregularTextError("a row has more or fewer fields than the header") from error
    if len(table) != records:
        raise IrregularTextError("a row is not where it seems to be")
    return table


def _batches(records: Records) -> Iterator[Records]:
    """The same records, a few megabytes at a time."""
    start = 0
    while start < len(records):
        batch = records[start : start + _BATCH_RECORDS]
        fitting = int(np.searchsorted(np.cumsum(batch["length"], dtype=np.int64), _BATCH_BYTES)) + 1
        yield batch[:fitting]
        start += len(batch[:fitting])


def _texts(file: IO[bytes], records: Records) -> Iterator[bytes]:
    """The text of each record; neighbours are read together."""
    ends = records["offset"] + records["length"]
    is_far = records["offset"][1:] - ends[:-1] > _NEAR
    is_far |= records["offset"][1:] // _BATCH_BYTES != records["offset"][:-1] // _BATCH_BYTES
    cuts = np.flatnonzero(is_far) + 1
    for near in np.split(records, cuts):
        begins = int(near["offset"][0])
        size = int(near["offset"][-1]) + int(near["length"][-1]) - begins
        file.seek(begins)
        stretch = _read(file, size)
        starts = near["offset"] - begins
        for start, end in zip(starts.tolist(), (starts + near["length"]).tolist(), strict=True):
            yield stretch[start:end]


def _read(file: IO[bytes], size: int) -> bytes:
    parts = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
