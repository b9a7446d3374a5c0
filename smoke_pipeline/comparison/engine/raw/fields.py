"""Where the fields of records lie, whether the text is sound, and hashes of records and of keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from smoke_pipeline.comparison.engine.meeting import SEEDS, Hashes
from smoke_pipeline.comparison.engine.raw.blocks import (
    Block,
    Bytes,
    IrregularTextError,
    Places,
    outside,
)
from smoke_pipeline.snapshots.manifest import Side

_KEY_SEED = 303
_INLINE = 12
"""A view of so many bytes holds them itself; a longer one holds the first four and points to the rest."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_MASKS = np.tril(np.full((_INLINE + 1, _INLINE), 255, np.uint8), -1)
_KEY_WINDOW = 24
_LINE_ENDS = (10, 13)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the records of both texts are laid out, and which of their fields matter."""

    delimiter: int
    quote: int | None
    width: int
    """Fields of a record."""
    compared: tuple[int, ...]
    """Places of the compared fields, in the order of the text."""
    key: tuple[int, ...]
    """Places of the key's fields, in the order of the key; () without a key."""

    @property
    def runs(self) -> list[tuple[int, int]]:
        """Compared fields that stand side by side: the first and the last of each run."""
        runs: list[tuple[int, int]] = []
        for field in self.compared:
            if runs and runs[-1][1] == field - 1:
                runs[-1] = runs[-1][0], field
            else:
                runs.append((field, field))
        return runs

    @property
    def takes_whole_records(self) -> bool:
        """Whether every field is compared."""
        return len(self.compared) == self.width

    def is_checked(self, side: Side) -> bool:
        """Whether a side is looked at from end to end.

        Where whole records are compared, one of the target that met one of the source is as sound.
        """
        return side is Side.SOURCE or not self.takes_whole_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A block and what was found in it."""

    block: Block
    keys: Hashes | None
    """A hash of each record's key, or None without a key."""
    rows: tuple[Hashes, Hashes] | None
    """Two hashes of each record, where they were wanted."""


def look_at(block: Block, layout: Layout, *, checks: bool, hashes: bool) -> Looked:
    """Check a block, and hash its keys and its records.

    Raises:
        IrregularTextError: The text is not sound, and `checks` asked whether it is.
    """
    if checks:
        require_sound(block, layout)
        require_width(block, layout)
    commas = None if layout.takes_whole_records or not hashes else delimiters(block, layout)
    return Looked(
        block=block,
        keys=key_hashes(block, layout, commas) if layout.key else None,
        rows=row_hashes(block, layout, commas) if hashes else None,
    )


def delimiters(block: Block, layout: Layout) -> Places:
    """Where the delimiters are: shape (records, width - 1).

    Raises:
        IrregularTextError: A record has more or fewer fields than the header.
    """
    is_delimiter = block.data[: block.size] == layout.delimiter
    found = outside(np.flatnonzero(is_delimiter), block.quotes)
    if len(found) != block.records * (layout.width - 1):
        raise IrregularTextError("a row has more or fewer fields than the header")
    table = found.reshape(block.records, layout.width - 1)
    if table.size and ((table[:, 0] < block.starts) | (table[:, -1] >= block.ends)).any():
        raise IrregularTextError("a row has more or fewer fields than the header")
    return table


def require_width(block: Block, layout: Layout) -> None:
    """Refuse records with more or fewer fields than the header.

    The delimiters are counted, not located, which is several times quicker.

    Raises:
        IrregularTextError: There is such a record.
    """
    rank = _ranks(block.data[: block.size] == layout.delimiter)
    fields = rank(block.ends) - rank(block.starts)
    if len(block.quotes):
        opening, closing = block.quotes[0::2], block.quotes[1::2]
        record = np.searchsorted(block.starts, opening, "right") - 1
        np.subtract.at(fields, record, rank(closing) - rank(opening))
    if (fields != layout.width - 1).any():
        raise IrregularTextError("a row has more or fewer fields than the header")


def _ranks(is_marked: NDArray[np.bool_]) -> Callable[[Places], Places]:
    """From a place to how many of the places before it are marked."""
    bits = np.packbits(is_marked, bitorder="little")
    words = np.zeros(len(bits) // 8 + 2, np.uint64)
    words.view(np.uint8)[: len(bits)] = bits
    before = np.zeros(len(words), np.int64)
    np.cumsum(np.bitwise_count(words[:-1]), out=before[1:])

    def rank(places: Places) -> Places:
        word = places >> 6
        below = (_ONE << (places & 63).astype(np.uint64)) - _ONE
        found: Places = before[word] + np.bitwise_count(words[word] & below)
        return found

    return rank


def require_sound(block: Block, layout: Layout) -> None:
    """Refuse text that is not UTF-8, and quotes that neither open nor close a field.

    Raises:
        IrregularTextError: There is such a thing.
    """
    offsets = pa.py_buffer(np.array([0, block.size], np.int64))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(block.data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid as error:
        raise IrregularTextError("the text is not UTF-8 throughout") from error
    if len(block.quotes) and layout.quote is not None:
        beside = np.array([layout.delimiter, layout.quote, *_LINE_ENDS], np.uint8)
        opening, closing = block.quotes[0::2], block.quotes[1::2]
        before = block.data[opening[opening > 0] - 1]
        if not (np.isin(before, beside).all() and np.isin(block.data[closing + 1], beside).all()):
            raise IrregularTextError("a quote stands in the middle of a field")


def row_hashes(block: Block, layout: Layout, commas: Places | None) -> tuple[Hashes, Hashes]:
    """Two hashes of the compared fields of each record, as they are written."""
    if layout.takes_whole_records:
        return _two_hashes(views(block.data, block.starts, block.ends - block.starts))
    if commas is None:
        raise AssertionError("some fields are left out, so it must be known where they are")
    runs = [_two_hashes(views(block.data, *_span(block, commas, run, layout))) for run in layout.runs]
    first, second = zip(*runs, strict=True)
    return _joined(first), _joined(second)


def key_hashes(block: Block, layout: Layout, commas: Places | None) -> Hashes:
    """A hash of each record's key, quoted or not."""
    if commas is None:
        ends = _ends_of_first(block, layout)
        commas = delimiters(block, layout) if ends is None else ends[:, None]
    fields = []
    for field in layout.key:
        starts, lengths = _span(block, commas, (field, field), layout)
        hashes = _unquoted_hashes(block, starts, lengths, layout)
        fields.append(hashes)
    return _joined(fields)


def views(data: Bytes, starts: Places, lengths: Places) -> pl.Series:
    """Slices of `data` as a column of bytes, without copying more than twelve bytes of each.

    Args:
        data: With padding after the last slice.
        starts: Where each slice begins.
        lengths: How long each is, in bytes.
    """
    table = np.zeros((len(starts), 4), np.uint32)
    table[:, 0], table[:, 3] = lengths, starts
    is_short = lengths <= _INLINE
    if is_short.any():
        short = np.flatnonzero(is_short)
        table[short, 1:] = _windows(data, starts[short], _INLINE, _MASKS[lengths[short]])
    if not is_short.all():
        long = slice(None) if not is_short.any() else np.flatnonzero(~is_short)
        table[long, 1] = _windows(data, starts[long], 4, None)[:, 0]
    array = pa.Array.from_buffers(
        pa.binary_view(), len(starts), [None, pa.py_buffer(table), pa.py_buffer(data)]
    )
    return pl.Series(pl.from_arrow(array))


def _windows(data: Bytes, starts: Places, width: int, masks: Bytes | None) -> NDArray[np.uint32]:
    """So many bytes from each start on, those that are masked as zeros, as numbers of four bytes."""
    found = np.lib.stride_tricks.sliding_window_view(data, width)[starts]
    return (found if masks is None else found & masks).view(np.uint32)


def _two_hashes(column: pl.Series) -> tuple[Hashes, Hashes]:
    return column.hash(SEEDS[0]).to_numpy(), column.hash(SEEDS[1]).to_numpy()


def _joined(hashes: Sequence[Hashes]) -> Hashes:
    """One hash of several, in which the order counts."""
    return reduce(lambda one, other: (one * _SPREAD) ^ other ^ (one >> _SHIFT), hashes)


def _span(block: Block, commas: Places, run: tuple[int, int], layout: Layout) -> tuple[Places, Places]:
    """Where the text from the first to the last field of a run begins, and how long it is."""
    first, last = run
    starts = block.starts if first == 0 else commas[:, first - 1] + 1
    ends = block.ends if last == layout.width - 1 else commas[:, last]
    return starts, ends - starts


def _unquoted_hashes(block: Block, starts: Places, lengths: Places, layout: Layout) -> Hashes:
    if not len(block.quotes) or layout.quote is None:
        return views(block.data, starts, lengths).hash(_KEY_SEED).to_numpy()
    is_quoted = (lengths > 1) & (block.data[starts] == layout.quote)
    inner, inner_lengths = starts + is_quoted, lengths - 2 * is_quoted
    hashes = views(block.data, inner, inner_lengths).hash(_KEY_SEED).to_numpy()
    within = np.searchsorted(block.quotes, starts + lengths) - np.searchsorted(block.quotes, starts)
    doubled = np.flatnonzero(within > 2)
    if len(doubled):
        hashes, quote = hashes.copy(), bytes([layout.quote])
        texts = [
            block.data[start : start + length].tobytes().replace(quote * 2, quote)
            for start, length in zip(inner[doubled], inner_lengths[doubled], strict=True)
        ]
        hashes[doubled] = pl.Series(texts, dtype=pl.Binary).hash(_KEY_SEED).to_numpy()
    return hashes


def _ends_of_first(block: Block, layout: Layout) -> Places | None:
    """Where the first field of each record ends, if it is the key, and short and unquoted throughout."""
    if layout.key != (0,) or layout.width == 1 or not block.records:
        return None
    if int(block.starts[-1]) + _KEY_WINDOW > len(block.data):
        return None
    window = np.lib.stride_tricks.sliding_window_view(block.data, _KEY_WINDOW)[block.starts]
    is_end = window == layout.delimiter
    found = is_end.argmax(axis=1)
    is_safe = is_end[np.arange(len(found)), found].all() and not (window[:, 0] == (layout.quote or 0)).any()
    return block.starts + found if is_safe else None
