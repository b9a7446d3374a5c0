"""Records that have not met their like yet, as fingerprints: two hashes, and where the record lies."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import numpy as np

from smoke_pipeline.comparison.engine.deal import Deal, DealtBy, Records, Roll
from smoke_pipeline.comparison.engine.meeting import Places, meet, pairs_of
from smoke_pipeline.comparison.engine.raw.blocks import Block, IrregularTextError
from smoke_pipeline.snapshots.hashes import Hashes
from smoke_pipeline.snapshots.manifest import Side

_LIES = [("offset", "<i8"), ("length", "<u4"), ("row", "<u4")]
"""Where a record lies in its text, how long it is in bytes, and its number."""
FINGERPRINT = np.dtype([("one", "<u8"), ("two", "<u8"), ("key", "<u8"), *_LIES])
PAIR = np.dtype([("key", "<u8"), ("source", _LIES), ("target", _LIES)])
_MOST_ROWS = 2**32 - 1


def fingerprints(block: Block, hashes: tuple[Hashes, Hashes], keys: Hashes | None) -> Records:
    """What is kept of each record of a block.

    Args:
        block: Where the records are.
        hashes: Two of each record.
        keys: One of each record's key; None without a key.

    Raises:
        IrregularTextError: The text has more rows than can be numbered here.
    """
    if block.after.row > _MOST_ROWS:
        raise IrregularTextError("the text has very many rows")
    found = np.empty(block.records, FINGERPRINT)
    found["one"], found["two"] = hashes
    found["key"] = 0 if keys is None else keys
    found["offset"] = block.begins.offset + block.starts
    found["length"] = block.ends - block.starts
    found["row"] = np.arange(block.begins.row, block.after.row)
    return found


class Waiting:
    """Lets records meet while they pass, and those that have not met at the end.

    Records that are not alike but have the same key become a pair. Whether it may be compared as such is
    known once all keys were seen: no other record may have that key.
    """

    def __init__(
        self,
        window_bytes: int,
        limit_bytes: int,
        folder: Path | None,
        *,
        sizes: dict[Side, int],
        has_key: bool,
    ) -> None:
        """Look for partners within a window; what leaves it may take `limit_bytes` before it goes to disk.

        Args:
            window_bytes: How much may wait.
            limit_bytes: How much of what waited too long is held in memory.
            folder: Where the rest goes; None for the system's.
            sizes: Of the two texts, in bytes.
            has_key: Whether records become pairs by their keys.
        """
        self.met = 0
        self.pairs = Roll(PAIR, limit_bytes, folder)
        self._has_key = has_key
        self._window_rows = window_bytes // FINGERPRINT.itemsize
        self._held = {side: np.empty(0, FINGERPRINT) for side in Side}
        self._new: dict[Side, list[Records]] = {side: [] for side in Side}
        self._new_rows = 0
        self._gave_up = False
        limit = limit_bytes // len(Side)
        self._left = {side: Deal(FINGERPRINT, itemgetter("one"), limit, folder) for side in Side}
        self._rest = {side: Deal(FINGERPRINT, _by_place(sizes[side]), limit, folder) for side in Side}

    def close(self) -> None:
        """Remove what lies on disk."""
        for deal in self._all:
            deal.close()

    @property
    def _all(self) -> tuple[Roll | Deal, ...]:
        return (self.pairs, *self._left.values(), *self._rest.values())

    @property
    def spilled_bytes(self) -> int:
        """How much was written to disk."""
        return sum(deal.spilled_bytes for deal in self._all)

    def add(self, side: Side, records: Records) -> None:
        """Take more records of a side."""
        if self._gave_up:
            self._left[side].add(records)
        else:
            self._new[side].append(records)
            self._new_rows += len(records)

    def meet(self) -> None:
        """Look for partners, if enough records came since the last look to make it worth while."""
        if 2 * self._new_rows < sum(map(len, self._held.values())):
            return
        self._look()
        if sum(map(len, self._held.values())) > self._window_rows:  # in different orders, or different
            self._gave_up = True
            for side in Side:
                self._left[side].add(self._held[side])
                self._held[side] = np.empty(0, FINGERPRINT)

    def finish(self) -> None:
        """Let the last ones meet; no more are added."""
        self._look()
        for side in Side:
            self._rest[side].add(self._held.pop(side))
        if any(deal.is_spilled for deal in self._left.values()):
            for deal in self._left.values():
                deal.spill()
        for parts in zip(*(self._left[side].parts() for side in Side), strict=True):
            for side, records in zip(Side, self._met(*parts), strict=True):
                self._rest[side].add(records)

    def rest(self, side: Side) -> Iterator[Records]:
        """The records that never met their like nor became a pair, in the order of the text."""
        for part in self._rest[side].parts():
            yield part.take(np.argsort(part["offset"]))

    def _look(self) -> None:
        for side in Side:
            self._held[side] = np.concatenate([self._held[side], *self._new[side]])
            self._new[side] = []
        rest = self._met(self._held[Side.SOURCE], self._held[Side.TARGET])
        if self._has_key:
            rest = self._paired(*rest)
        self._held = dict(zip(Side, rest, strict=True))
        self._new_rows = 0

    def _met(self, ours: Records, theirs: Records) -> tuple[Records, Records]:
        """What is left of both after those that are alike have met."""
        is_met = meet((ours["one"], ours["two"]), (theirs["one"], theirs["two"]))
        self.met += int(is_met[0].sum())
        return ours.take(np.flatnonzero(~is_met[0])), theirs.take(np.flatnonzero(~is_met[1]))

    def _paired(self, ours: Records, theirs: Records) -> tuple[Records, Records]:
        """What is left of both after those of one key were paired."""
        first, second = pairs_of(ours["key"], theirs["key"])
        if not len(first):
            return ours, theirs
        pairs = np.empty(len(first), PAIR)
        pairs["key"] = ours["key"][first]
        for name, _ in _LIES:
            pairs["source"][name], pairs["target"][name] = ours[name][first], theirs[name][second]
        self.pairs.add(pairs)
        return _without(ours, first), _without(theirs, second)


def _by_place(size: int) -> DealtBy:
    """Deals records of a text of so many bytes by where they lie."""
    scale = np.uint64(2**64 // (size + 1) - 1)
    return lambda records: records["offset"].astype(np.uint64) * scale


def _without(records: Records, places: Places) -> Records:
    is_left = np.ones(len(records), np.bool_)
    is_left[places] = False
    return records.take(np.flatnonzero(is_left))
