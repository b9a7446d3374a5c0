"""Two texts whose bytes mostly agree: what is identical is skipped, what differs is cut out.

Both sides stand at the start of a record, so identical bytes are identical records. At a difference the
nearest record that both have is looked for; what stands before it on either side has not met its like. Any
pair of equal records is a right pair, so nothing is lost by which of them is found.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smoke_pipeline.comparison.engine.raw.blocks import (
    LONGEST_RECORD,
    Block,
    Bytes,
    Place,
    block_of,
    read_into,
)
from smoke_pipeline.comparison.engine.raw.fields import Looked
from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.snapshots.manifest import Side

_NEWLINE = ord("\n")
_PIECE = 512 * 1024
_WINDOWS = (4, 64, 512, 4096)
"""How many records are looked through for one that both sides have."""
_USUAL_RECORD = 256
_FEW = 200
_SHARE = 0.02
"""So many records may differ; where more do, hashing every record is quicker."""

Texts = dict[Side, PlainText]
_Stretch = tuple[Block, int, int]
"""A block, the first of some of its records, and how many."""
OnSkipped = Callable[[Looked, int, int], None]


@dataclass(slots=True)
class Cut:
    """Records that were cut out of one side, as they are written, without their line ends."""

    texts: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def take(self, block: Block, first: int, beyond: int) -> None:
        """Cut some records out of a block."""
        for number in range(first, beyond):
            place = block.place_of(number)
            self.texts.append(_content(block, number))
            self.offsets.append(place.offset)
            self.rows.append(place.row)


class Lockstep:
    """Goes through both texts at once, as long as they run in step."""

    def __init__(self, texts: Texts, places: dict[Side, Place], block_bytes: int) -> None:
        self.places = dict(places)
        """Where the two sides stand; what lies before is settled, or cut out."""
        self.cut = {side: Cut() for side in Side}
        self.skipped = 0
        """Records that are identical on both sides."""
        self.reached_end = False
        """Whether the sides ran in step to the end of the source."""
        self._differs = np.empty(_PIECE, np.bool_)
        self._texts = texts
        self._block_bytes = block_bytes

    def run(self, source: Iterable[Looked], on_skipped: OnSkipped) -> None:
        """Go on until the source ends or the sides fall out of step.

        Args:
            source: The source, from where it stands.
            on_skipped: Called with a block, and the first and the one beyond of the records both sides have.

        Raises:
            IrregularTextError: The bytes alone do not tell what the text means.
        """
        window = _Window(self._texts[Side.TARGET], self.places[Side.TARGET], self._block_bytes)
        try:
            for looked in source:
                if looked.block.empty_lines:
                    return  # they are counted where every record is looked at
                if not self._pass(looked, window, on_skipped):
                    return
            self.reached_end = True
        finally:
            window.close()

    def _pass(self, looked: Looked, window: "_Window", on_skipped: OnSkipped) -> bool:
        """Go through a block of the source; False where the sides fall out of step."""
        block = looked.block
        while (at := self.places[Side.SOURCE].offset - block.begins.offset) < block.size:
            theirs = window.look(self.places[Side.TARGET].offset, block.size - at)
            same = at + _alike(block.data[at : at + len(theirs)], theirs, self._differs)
            first = int(np.searchsorted(block.starts, at))
            beyond = int(np.searchsorted(block.stops, same, "right"))
            if beyond > first:
                on_skipped(looked, first, beyond)
                self._skip(int(block.stops[beyond - 1]) - at, beyond - first)
            if beyond < block.records and not self._fall_into_step(block, beyond, window):
                return False
        return True

    def _skip(self, size: int, records: int) -> None:
        self.skipped += records
        for side, place in self.places.items():
            self.places[side] = Place(place.offset + size, place.row + records)

    def _fall_into_step(self, block: Block, at: int, window: "_Window") -> bool:
        """Cut out what differs up to the nearest record that both have; False where none is near.

        Only what lies in the block is looked at: at its end records may be cut out that have their like.
        """
        for wanted in _WINDOWS:
            theirs = window.records(self.places[Side.TARGET], wanted)
            if theirs is None or theirs.empty_lines:
                return False
            ours = min(block.records - at, wanted)
            found = _nearest((block, at, ours), (theirs, 0, min(theirs.records, wanted)))
            if found is None and (ours < wanted or theirs.records < wanted):
                return self._pass_end(block, at)
            if found is not None:
                first = (1, 1) if found == (0, 0) else found
                self._cut_out(Side.SOURCE, block, at, at + first[0])
                self._cut_out(Side.TARGET, theirs, 0, first[1])
                return self._is_worth_it
        return False

    def _pass_end(self, block: Block, at: int) -> bool:
        """Cut out the rest of a block, if it is but little; it is looked for again in the next one."""
        if block.records - at > _WINDOWS[1]:
            return False
        self._cut_out(Side.SOURCE, block, at, block.records)
        return self._is_worth_it

    @property
    def _is_worth_it(self) -> bool:
        out = sum(len(cut.texts) for cut in self.cut.values())
        return out <= max(_FEW, _SHARE * 2 * self.skipped)

    def _cut_out(self, side: Side, block: Block, first: int, beyond: int) -> None:
        self.cut[side].take(block, first, beyond)
        self.places[side] = block.place_of(beyond)


class _Window:
    """A stretch of a text that moves along with the looks at it."""

    def __init__(self, text: PlainText, begins: Place, block_bytes: int) -> None:
        self._text = text
        self._file = text.file.open(buffered=False)
        self._data = np.empty(4 * block_bytes, np.uint8)
        self._offset = begins.offset
        self._size = 0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def look(self, offset: int, size: int) -> Bytes:
        """So many bytes from a place on, or as many as there are; places never go back."""
        first = offset - self._offset
        if self._size - first < size:
            self._move(first, size)
            first = 0
        return self._data[first : min(first + size, self._size)]

    def records(self, place: Place, wanted: int) -> Block | None:
        """The next records, at least as many as wanted unless the text ends; None where they are long."""
        size = _USUAL_RECORD * wanted
        while size <= LONGEST_RECORD:
            content = self.look(place.offset, size)
            is_last = len(content) < size
            if is_last and len(content) and content[-1] != _NEWLINE:
                content = np.append(content, np.uint8(_NEWLINE))
            block = block_of(content, self._text, place, is_last=is_last)
            if block is not None and (is_last or block.records >= wanted):
                return block
            size *= 2
        return None

    def _move(self, first: int, size: int) -> None:
        held = self._data[first : self._size]
        data = self._data if size <= len(self._data) else np.empty(2 * size, np.uint8)
        data[: len(held)] = held.copy()
        self._offset += first
        self._data, self._size = data, len(held)
        self._file.seek(self._offset + len(held))
        self._size += read_into(self._file, data[len(held) :])


def _alike(one: Bytes, other: Bytes, differs: NDArray[np.bool_]) -> int:
    """How many bytes are the same from the start on; `differs` is room for a piece."""
    size = min(len(one), len(other))
    for start in range(0, size, _PIECE):
        end = min(start + _PIECE, size)
        found = np.not_equal(one[start:end], other[start:end], out=differs[: end - start])
        place = int(found.argmax())
        if found[place]:
            return start + place
    return size


def _nearest(ours: _Stretch, theirs: _Stretch) -> tuple[int, int] | None:
    """The first pair of records with the same text, counted from both starts."""
    first: dict[bytes, int] = {}
    for number, content in enumerate(_contents(theirs)):
        first.setdefault(content, number)
    best: tuple[int, int] | None = None
    for number, content in enumerate(_contents(ours)):
        if best and number >= sum(best):
            break
        other = first.get(content)
        if other is not None and (best is None or number + other < sum(best)):
            best = number, other
    return best


def _contents(stretch: _Stretch) -> Iterator[bytes]:
    block, first, records = stretch
    for number in range(first, first + records):
        yield _content(block, number)


def _content(block: Block, record: int) -> bytes:
    return block.content[int(block.starts[record]) : int(block.ends[record])].tobytes()
