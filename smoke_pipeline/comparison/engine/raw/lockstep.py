"""Two texts whose bytes mostly agree: what is identical is skipped, what differs is cut out.

Both sides stand at the start of a record, so identical bytes are identical records. At a difference the
nearest record that both have is looked for; what stands before it on either side has not met its like. Any
pair of equal records is a right pair, so nothing is lost by which of them is found.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoke_pipeline.comparison.engine.raw.blocks import (
    LONGEST_RECORD,
    Block,
    Place,
    read_into,
)
from smoke_pipeline.comparison.engine.raw.fields import Looked
from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.readers.csv.marks import Bytes
from smoke_pipeline.snapshots.manifest import Side

_NEWLINE = ord("\n")
_FIRST_PIECE, _PIECE = 64 * 1024, 1024**2
"""So many bytes are compared at a time: few where there has just been a difference, then more."""
_WINDOWS = (4, 64, 512, 4096)
"""How many records are looked through for one that both sides have."""
_USUAL_RECORD = 256
_FEW = 200
_SHARE = 0.02
"""So many records may differ; where more do, hashing every record is quicker."""

Texts = dict[Side, PlainText]
OnSkipped = Callable[[Looked, int, int], None]


@dataclass(slots=True)
class Cut:
    """Records that were cut out of one side, as they are written, without their line ends."""

    texts: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def take(self, content: bytes, place: Place) -> None:
        """Cut out a record that stands somewhere."""
        self.texts.append(content)
        self.offsets.append(place.offset)
        self.rows.append(place.row)


class _Record(NamedTuple):
    """A record as it is written."""

    content: bytes
    size: int
    """In bytes, with its line end."""


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
            if theirs is None:
                return False
            ours = [_content(block, number) for number in range(at, min(block.records, at + wanted))]
            found = _nearest(ours, [record.content for record in theirs])
            if found is None and (len(ours) < wanted or len(theirs) < wanted):
                return self._pass_end(block, at)
            if found is not None:
                first = (1, 1) if found == (0, 0) else found
                self._cut_source(block, at, at + first[0])
                self._cut_target(theirs[: first[1]])
                return self._is_worth_it
        return False

    def _pass_end(self, block: Block, at: int) -> bool:
        """Cut out the rest of a block, if it is but little; it is looked for again in the next one."""
        if block.records - at > _WINDOWS[1]:
            return False
        self._cut_source(block, at, block.records)
        return self._is_worth_it

    @property
    def _is_worth_it(self) -> bool:
        out = sum(len(cut.texts) for cut in self.cut.values())
        return out <= max(_FEW, _SHARE * 2 * self.skipped)

    def _cut_source(self, block: Block, first: int, beyond: int) -> None:
        for number in range(first, beyond):
            self.cut[Side.SOURCE].take(_content(block, number), block.place_of(number))
        self.places[Side.SOURCE] = block.place_of(beyond)

    def _cut_target(self, records: Sequence[_Record]) -> None:
        place = self.places[Side.TARGET]
        for content, size in records:
            self.cut[Side.TARGET].take(content, place)
            place = Place(place.offset + size, place.row + 1)
        self.places[Side.TARGET] = place


class _Window:
    """A stretch of a text that moves along with the looks at it."""

    def __init__(self, text: PlainText, begins: Place, block_bytes: int) -> None:
        self._quote = text.quote.encode() if text.quote else None
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

    def records(self, place: Place, wanted: int) -> list[_Record] | None:
        """The next records, as many as wanted unless the text ends; None where they are long or empty."""
        size = _USUAL_RECORD * wanted
        while size <= LONGEST_RECORD:
            content = self.look(place.offset, size).tobytes()
            is_last = len(content) < size
            if is_last and content and content[-1] != _NEWLINE:
                content += b"\n"
            records = _records(content, self._quote, wanted)
            if records is None or is_last or len(records) == wanted:
                return records
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
    size, start, piece = min(len(one), len(other)), 0, _FIRST_PIECE
    while start < size:
        end = min(start + piece, size)
        found = np.not_equal(one[start:end], other[start:end], out=differs[: end - start])
        place = int(found.argmax())
        if found[place]:
            return start + place
        start, piece = end, min(2 * piece, len(differs))
    return size


def _nearest(ours: Sequence[bytes], theirs: Sequence[bytes]) -> tuple[int, int] | None:
    """The first pair of records with the same text, counted from both starts."""
    first: dict[bytes, int] = {}
    for number, content in enumerate(theirs):
        first.setdefault(content, number)
    best: tuple[int, int] | None = None
    for number, content in enumerate(ours):
        if best and number >= sum(best):
            break
        other = first.get(content)
        if other is not None and (best is None or number + other < sum(best)):
            best = number, other
    return best


def _records(text: bytes, quote: bytes | None, wanted: int) -> list[_Record] | None:
    """The whole records at the start of a text, at most so many; None if there is an empty line.

    Whether they are sound is not looked at.
    """
    found: list[_Record] = []
    start = stop = 0
    is_open = False
    while len(found) < wanted and (end := text.find(b"\n", stop)) >= 0:
        if quote:
            is_open ^= bool(text.count(quote, stop, end) % 2)
        stop = end + 1
        if is_open:
            continue
        content = text[start:end].removesuffix(b"\r")
        if not content:
            return None
        found.append(_Record(content, stop - start))
        start = stop
    return found


def _content(block: Block, record: int) -> bytes:
    return block.content[int(block.starts[record]) : int(block.ends[record])].tobytes()
