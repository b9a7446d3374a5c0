"""Hashes of slices of a text, which are not copied."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from smoke_pipeline.comparison.engine.meeting import SEEDS
from smoke_pipeline.readers.csv.marks import Bytes, Places
from smoke_pipeline.snapshots.hashes import Hashes

_INLINE, _BEGINNING = 12, 4
"""A view of so many bytes holds them itself; a longer one holds the first four and points to the rest."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_MASKS = np.tril(np.full((_INLINE + 1, _INLINE), 255, np.uint8), -1)


def two_hashes(data: Bytes, starts: Places, lengths: Places) -> tuple[Hashes, Hashes]:
    """Two hashes of each slice; the arguments are those of `views`."""
    column = views(data, starts, lengths)
    return column.hash(SEEDS[0]).to_numpy(), column.hash(SEEDS[1]).to_numpy()


def joined(hashes: Sequence[Hashes]) -> Hashes:
    """One hash of several, in which the order counts."""
    return reduce(lambda one, other: (one * _SPREAD) ^ other ^ (one >> _SHIFT), hashes)


def views(data: Bytes, starts: Places, lengths: Places) -> pl.Series:
    """Slices of `data` as a column of bytes, without copying more than twelve bytes of each.

    Args:
        data: With padding after the last slice.
        starts: Where each slice begins.
        lengths: How long each is, in bytes.
    """
    table = np.zeros((len(starts), 4), np.uint32)
    table[:, 0] = lengths
    is_short = lengths <= _INLINE
    short = slice(None) if is_short.all() else np.flatnonzero(is_short)
    long = np.flatnonzero(~is_short) if is_short.any() else slice(None)
    if len(starts[short]):
        masks = _MASKS.take(lengths[short], axis=0)
        table[short, 1:] = (_windows(data, starts[short], _INLINE) & masks).view(np.uint32)
    if len(starts[long]):
        table[long, 1] = _windows(data, starts[long], _BEGINNING).view(np.uint32)[:, 0]
        table[long, 3] = starts[long]
    array = pa.Array.from_buffers(
        pa.binary_view(), len(starts), [None, pa.py_buffer(table), pa.py_buffer(data)]
    )
    return pl.Series(pl.from_arrow(array))


def _windows(data: Bytes, starts: Places, width: int) -> NDArray[np.uint8]:
    """So many bytes from each start on: shape (starts, width)."""
    # One item of so many bytes for each place: that copies several times faster than so many items of one.
    items = np.ndarray((len(data) - width + 1,), np.dtype((np.void, width)), data, strides=(1,))
    return items[starts].view(np.uint8).reshape(len(starts), width)
