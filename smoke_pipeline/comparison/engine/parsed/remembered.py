"""Rows of which only two hashes and their number are kept, until all rows of both sides were seen."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import ROW, compact
from smoke_pipeline.comparison.engine.deal import Deal, DealtBy
from smoke_pipeline.comparison.engine.meeting import Pair, meet
from smoke_pipeline.snapshots.manifest import Side

_REMEMBERED = np.dtype([("one", "<u8"), ("two", "<u8"), ("row", "<u8")])
_ROW = np.dtype(np.uint64)
_NONE = np.empty(0, _ROW)


class Remembered:
    """Lets rows of both sides meet at the end, wherever they stand; to be used with `close`."""

    def __init__(self, limit_bytes: int, folder: Path | None) -> None:
        """Hold so much in memory before it goes to disk; None is the system's folder for that."""
        self.met = 0
        self._limit = limit_bytes // len(Side)
        self._folder = folder
        self._all = {side: Deal(_REMEMBERED, itemgetter("one"), self._limit, folder) for side in Side}
        self._left: dict[Side, Deal] = {}
        self._last = dict.fromkeys(Side, 0)

    @property
    def spilled_bytes(self) -> int:
        """How much was written to disk."""
        return sum(deal.spilled_bytes for deal in (*self._all.values(), *self._left.values()))

    def close(self) -> None:
        """Remove what lies on disk."""
        for deal in (*self._all.values(), *self._left.values()):
            deal.close()

    def add(self, side: Side, hashes: Pair, rows: pl.Series) -> None:
        """Take rows of a side, by their hashes and numbers."""
        found = np.empty(len(rows), _REMEMBERED)
        found["one"], found["two"] = hashes
        found["row"] = rows.to_numpy()
        self._all[side].add(found)
        self._last[side] = max(self._last[side], int(found["row"].max(initial=0)))

    def finish(self) -> None:
        """Let all of them meet; no more are added."""
        for side in Side:
            self._left[side] = Deal(_ROW, _by_number(self._last[side]), self._limit, self._folder)
        if any(deal.is_spilled for deal in self._all.values()):
            for deal in self._all.values():
                deal.spill()
        for parts in zip(*(self._all[side].parts() for side in Side), strict=True):
            masks = meet(*((part["one"], part["two"]) for part in parts))
            self.met += int(masks[0].sum())
            for side, part, is_met in zip(Side, parts, masks, strict=True):
                self._left[side].add(part["row"][~is_met])

    def left(self, side: Side, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The rows that never met their like.

        Args:
            side: Whose.
            frames: All rows of the side once more, in order, with their numbers.
        """
        parts = (np.sort(part) for part in self._left[side].parts() if len(part))
        waiting = next(parts, _NONE)
        while len(waiting) and (frame := next(frames, None)) is not None:
            first, last = frame[ROW][0], frame[ROW][-1]
            while waiting[-1] <= last and len(part := next(parts, _NONE)):
                waiting = np.concatenate([waiting, part])
            size = int(np.searchsorted(waiting, last, "right"))
            if size:
                yield compact(frame[(waiting[:size] - first).astype(np.int64)])
                waiting = waiting[size:]


def _by_number(last: int) -> DealtBy:
    """Deals rows by their numbers, of which the last is known."""
    scale = np.uint64(2**64 // (last + 1) - 1)
    return lambda rows: rows * scale
