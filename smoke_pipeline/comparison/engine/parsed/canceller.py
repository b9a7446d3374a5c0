"""Rows that are identical on both sides meet here while they pass, and need no further look.

Each side holds back what has not met its like yet, up to a window. A row is known by two 64-bit hashes of its
exact values: two different rows share both with a probability of about 3e-39 a pair. What leaves the window
unmet goes on to the spool; its partner, if it has one, will end there too, so nothing is lost by a small
window but time. Where hardly anything meets, the two sides are in different orders, and rows are remembered
by their hashes alone from there on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import ROW, bytes_of, carried, compact
from smoke_pipeline.comparison.engine.meeting import Mask, Pair, meet
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

_LOOKS_A_WINDOW = 3
"""How often rows are looked for while a window fills."""
_ONE_IN_SO_MANY = 8
"""Where fewer rows than one in so many meet in a full window, the sides are in different orders."""


PassOn = Callable[[Side, pl.DataFrame], None]
Remember = Callable[[Side, Pair, pl.Series], None]


@dataclass(slots=True)
class _Held:
    """The rows of one side that wait for their like."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    hashes: list[Pair] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    def add(self, frame: pl.DataFrame, hashes: Pair) -> None:
        if frame.height:
            self.frames.append(frame)
            self.hashes.append(hashes)
            self.rows += frame.height
            self.bytes += bytes_of(frame)

    def all_hashes(self) -> Pair:
        empty = np.empty(0, np.uint64)
        return (
            np.concatenate([empty, *(one for one, _ in self.hashes)]),
            np.concatenate([empty, *(two for _, two in self.hashes)]),
        )

    def masked(self, mask: Mask) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
        """Each frame with its part of a mask over all rows."""
        start = 0
        for frame in self.frames:
            yield frame, pl.Series(mask[start : start + frame.height])
            start += frame.height

    def keep(self, is_kept: Mask) -> None:
        """Let go of all other rows; those that stay get buffers of their own."""
        one, two = self.all_hashes()
        kept = [frame.filter(mask) for frame, mask in self.masked(is_kept) if mask.any()]
        self.frames, self.hashes, self.rows, self.bytes = [], [], 0, 0
        if kept:
            self.add(compact(pl.concat(kept, rechunk=True)), (one[is_kept], two[is_kept]))

    def shed(self) -> pl.DataFrame:
        """Let go of the older half of the rows of the oldest frame; they come back."""
        frame, (one, two) = self.frames.pop(0), self.hashes.pop(0)
        half = frame.height // 2 + 1
        rest = frame.slice(half)
        self.rows -= frame.height
        self.bytes -= bytes_of(frame)
        if rest.height:
            self.frames.insert(0, rest)
            self.hashes.insert(0, (one[half:], two[half:]))
            self.rows += rest.height
            self.bytes += bytes_of(rest)
        return frame.head(half)


class Canceller:
    """Takes the rows of both sides as they are read, and passes on those without an identical partner."""

    def __init__(
        self, plan: Plan, tally: Tally, pass_on: PassOn, remember: Remember, window_bytes: int
    ) -> None:
        """Take rows of two sides.

        Args:
            plan: What is compared.
            tally: Takes the counts.
            pass_on: Takes the rows that have waited too long for their like.
            remember: Takes the hashes and the numbers of rows, once the sides are in different orders.
            window_bytes: How much of each side may wait.
        """
        self.passed_on = 0
        self._read_places = plan.places_read_as_type
        self._plan = plan
        self._tally = tally
        self._pass_on = pass_on
        self._window_bytes = window_bytes
        self._held = {side: _Held() for side in Side}
        self._unseen_bytes = 0
        self._remember = remember
        self._gave_up = False

    def add(self, side: Side, frame: pl.DataFrame, hashes: Pair) -> None:
        """Take more rows of a side, with two hashes of the exact values of each."""
        if self._gave_up:
            self._forget(side, frame, hashes)
        else:
            self._held[side].add(frame, hashes)
            self._unseen_bytes += bytes_of(frame)

    def cancel(self) -> None:
        """Let the rows meet that are held, and pass on what has waited too long.

        Rows that stand side by side meet at once; looking for others is put off until it is worth a sort.
        """
        source, target = self._held[Side.SOURCE], self._held[Side.TARGET]
        hashes = source.all_hashes(), target.all_hashes()
        if _is_same(*hashes):
            self._take_out(np.ones(source.rows, np.bool_), np.ones(target.rows, np.bool_))
        elif self._unseen_bytes > self._window_bytes // _LOOKS_A_WINDOW:
            self._look(*hashes)

    def _look(self, source: Pair, target: Pair) -> None:
        """Let rows meet wherever they stand; what does not meet here often enough is not looked for again."""
        met = meet(source, target)
        rows = sum(held.rows for held in self._held.values())
        self._take_out(*met)
        self._unseen_bytes = 0
        is_over = [side for side, held in self._held.items() if held.bytes > self._window_bytes]
        if len(is_over) == len(Side) and _ONE_IN_SO_MANY * (met[0].sum() + met[1].sum()) < rows:
            self._give_up()
        for side, held in self._held.items():
            while held.frames and held.bytes > self._window_bytes:
                self._send(side, held.shed())

    def _give_up(self) -> None:
        """Remember the rows that are held, and all that follow, by their hashes."""
        self._gave_up = True
        for side, held in self._held.items():
            for frame, hashes in zip(held.frames, held.hashes, strict=True):
                self._forget(side, frame, hashes)
            self._held[side] = _Held()

    def _forget(self, side: Side, frame: pl.DataFrame, hashes: Pair) -> None:
        self._remember(side, hashes, frame[ROW])
        if side is Side.SOURCE:
            self._count_readings(frame)

    def _take_out(self, ours: Mask, theirs: Mask) -> None:
        """Count the rows that met, and hold the others."""
        self._tally.matched += int(ours.sum())
        if self._read_places:
            for frame, mask in self._held[Side.SOURCE].masked(ours):
                self._count_readings(frame.filter(mask))
        self._held[Side.SOURCE].keep(~ours)
        self._held[Side.TARGET].keep(~theirs)

    def finish(self) -> None:
        """Pass on everything that has not met its like to the end."""
        self._look(self._held[Side.SOURCE].all_hashes(), self._held[Side.TARGET].all_hashes())
        for side, held in self._held.items():
            while held.frames:
                self._send(side, held.shed())

    def pass_on_remembered(self, side: Side, frame: pl.DataFrame) -> None:
        """Pass on rows that were remembered and never met their like."""
        if side is Side.SOURCE:
            self._count_readings(frame, -1)
        self._send(side, frame)

    def _send(self, side: Side, frame: pl.DataFrame) -> None:
        self.passed_on += frame.height
        self._pass_on(side, frame)

    def _count_readings(self, frame: pl.DataFrame, times: int = 1) -> None:
        for place in self._read_places:
            values = frame[carried(place)]
            read = frame.height - values.null_count()
            self._tally.forgive(self._plan.columns[place].name, "read_as_type", times * read)


def _is_same(source: Pair, target: Pair) -> bool:
    return all(np.array_equal(ours, theirs) for ours, theirs in zip(source, target, strict=True))
