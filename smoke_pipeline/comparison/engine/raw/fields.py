"""Where the fields of records lie, whether the text is sound, and hashes of records and of keys."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.engine.raw.blocks import Block, IrregularTextError, outside
from smoke_pipeline.comparison.engine.raw.hashing import joined, two_hashes, views
from smoke_pipeline.readers.csv.marks import Bytes, Marks, Places
from smoke_pipeline.snapshots.hashes import Hashes
from smoke_pipeline.snapshots.manifest import Side

_KEY_SEED = 303
_LINE_ENDS = (10, 13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the records of a text are laid out, and which of their fields matter."""

    delimiter: int
    hashed_as: int
    """The delimiter that stands for it where records are hashed: that of the source."""
    quote: int | None
    width: int
    """Fields of a record."""
    compared: tuple[int, ...]
    """Places of the compared fields, in the order of the text."""
    key: tuple[int, ...]
    """Places of the key's fields, in the order of the key; () without a key."""
    is_checked: bool
    """Whether the text is looked at from end to end.

    Where whole records are compared as they are, one of the target that met one of the source is as sound.
    """

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


Layouts = dict[Side, Layout]


class Fields:
    """Where the fields of the records of a block lie; only what is asked for is located."""

    def __init__(self, block: Block, layout: Layout) -> None:
        self._block = block
        self._layout = layout

    def require_width(self) -> None:
        """Refuse records with more or fewer fields than the header.

        Raises:
            IrregularTextError: There is such a record.
        """
        if not self._are_even:
            raise IrregularTextError("a row has more or fewer fields than the header")

    def span(self, first: int, last: int) -> tuple[Places, Places]:
        """Where the text from one field to another begins in each record, and how long it is in bytes.

        Raises:
            IrregularTextError: A record has more or fewer fields than the header.
        """
        self.require_width()
        starts = self._delimiters.nth(self._before + first - 1) + 1 if first else self._block.starts
        if last == self._layout.width - 1:
            ends = self._block.ends
        elif first == last:
            ends = self._delimiters.after(starts)
        else:
            ends = self._delimiters.nth(self._before + last)
        return starts, ends - starts

    @property
    def translated(self) -> Bytes:
        """The bytes, with the delimiters between fields as they are hashed.

        Where every record of both texts has as many fields as the header, records that are the same bytes now
        have the same fields: a sign in a field that looks like a delimiter now would be one too many.
        """
        block, layout = self._block, self._layout
        if layout.delimiter == layout.hashed_as:
            return block.data
        self.require_width()
        data = block.data.copy()
        data[: block.size][self._delimiters.mask[: block.size]] = layout.hashed_as
        return data

    @cached_property
    def _are_even(self) -> bool:
        """Whether every record has as many fields as the header."""
        between = self._delimiters.before(self._block.ends) - self._before
        return bool((between == self._layout.width - 1).all())

    @cached_property
    def _delimiters(self) -> Marks:
        """The delimiters outside quotes."""
        block = self._block
        return outside(block.data[: block.size], self._layout.delimiter, block.quoted)

    @cached_property
    def _before(self) -> Places:
        """How many delimiters stand before each record."""
        return self._delimiters.before(self._block.starts)


class Looked:
    """A block and what is found in it, once it is asked for.

    Raises, wherever a field must be located:
        IrregularTextError: A record has more or fewer fields than the header.
    """

    def __init__(self, block: Block, layout: Layout) -> None:
        self.block = block
        self.fields = Fields(block, layout)
        self._layout = layout

    @cached_property
    def keys(self) -> Hashes:
        """A hash of each record's key, quoted or not; there must be a key."""
        spans = [self.fields.span(field, field) for field in self._layout.key]
        return joined([_unquoted_hashes(self.block, *span, self._layout.quote) for span in spans])

    @cached_property
    def rows(self) -> tuple[Hashes, Hashes]:
        """Two hashes of the compared fields of each record, as they are written."""
        block, layout = self.block, self._layout
        data = self.fields.translated
        if layout.takes_whole_records:
            return two_hashes(data, block.starts, block.ends - block.starts)
        runs = [two_hashes(data, *self.fields.span(*run)) for run in layout.runs]
        first, second = zip(*runs, strict=True)
        return joined(first), joined(second)


def look_at(block: Block, layout: Layout, *, checks: bool, hashes: bool) -> Looked:
    """Look at a block: whether it is sound, and at its hashes, or leave them until they are asked for.

    Raises:
        IrregularTextError: The text is not sound, and `checks` asked whether it is; or a field cannot be
            located, as a record has more or fewer of them than the header.
    """
    looked = Looked(block, layout)
    if checks:
        require_sound(block, layout)
        looked.fields.require_width()
    if hashes:
        _ = looked.rows, looked.keys if layout.key else None
    return looked


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


def _unquoted_hashes(block: Block, starts: Places, lengths: Places, quote: int | None) -> Hashes:
    is_quoted = (lengths > 1) & (block.data[starts] == (quote or 0))
    if quote is None or not is_quoted.any():
        return views(block.data, starts, lengths).hash(_KEY_SEED).to_numpy()
    inner, inner_lengths = starts + is_quoted, lengths - 2 * is_quoted
    hashes = views(block.data, inner, inner_lengths).hash(_KEY_SEED).to_numpy()
    within = np.searchsorted(block.quotes, starts + lengths) - np.searchsorted(block.quotes, starts)
    doubled = np.flatnonzero(within > 2)
    if len(doubled):
        hashes, spelled = hashes.copy(), bytes([quote])
        texts = [
            block.data[start : start + length].tobytes().replace(spelled * 2, spelled)
            for start, length in zip(inner[doubled], inner_lengths[doubled], strict=True)
        ]
        hashes[doubled] = pl.Series(texts, dtype=pl.Binary).hash(_KEY_SEED).to_numpy()
    return hashes
