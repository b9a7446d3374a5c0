"""From two snapshots to counts: identical rows meet on the way, the rest is compared chunk by chunk."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.columns import carried, frame_of, side_columns
from smoke_pipeline.comparison.engine.canceller import Canceller
from smoke_pipeline.comparison.engine.census import Census, list_groups
from smoke_pipeline.comparison.engine.chunks import Chunks
from smoke_pipeline.comparison.engine.spool import Hashed, Spool
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.result import EngineFacts
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side

_SHARE_OF_CENSUS, _SHARE_OF_WINDOW = 4, 16
"""The census of keys, and the rows of a side that wait for their like, get one part in so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the engine may use; it never changes the answer."""

    memory_bytes: int
    chunk_rows: int
    spill_folder: Path | None = None


class Engine:
    """Compares two snapshots once; what it finds is in the tally and in the keeper."""

    def __init__(
        self, plan: Plan, tally: Tally, keeper: Keeper, limits: Limits, on_progress: OnProgress
    ) -> None:
        self._plan = plan
        self._tally = tally
        self._keeper = keeper
        self._limits = limits
        self._on_progress = on_progress

    def run(self, source: Snapshot, target: Snapshot) -> EngineFacts:
        """Read both snapshots side by side, and compare what has not met its like."""
        chunks = Chunks(self._plan, self._tally, self._keeper)
        with ExitStack() as stack:
            spool = stack.enter_context(self._spool())
            window_bytes = self._limits.memory_bytes // _SHARE_OF_WINDOW
            canceller = Canceller(self._plan, self._tally, spool.add, window_bytes)
            census = stack.enter_context(self._census()) if self._plan.key else None
            self._read(source, target, spool, canceller, census)
            done = number = 0
            for ours, theirs in spool.chunks():
                chunks.compare(ours, theirs)
                number, done = number + 1, done + max(ours.height, theirs.height)
                self._on_progress(Progress(stage="Comparing", rows=done, differences=self._tally.differences))
            if census:
                self._list_repeated(source, target, census, chunks)
            return EngineFacts(
                chunks=number,
                spilled_bytes=spool.spilled_bytes,
                residue_rows=canceller.passed_on,
                judged_cells=self._tally.judged_cells,
            )

    def _read(
        self, source: Snapshot, target: Snapshot, spool: Spool, canceller: Canceller, census: Census | None
    ) -> None:
        """Read both sides in step, so that what stands in the same order meets at once."""
        frames = {
            side: self._frames(side_of, side) for side, side_of in zip(Side, (source, target), strict=True)
        }
        rows = 0
        while frames:
            for side in tuple(frames):
                frame = next(frames[side], None)
                if frame is None:
                    del frames[side]
                    continue
                spool.know(side, frame)
                canceller.add(side, frame)
                if census:
                    census.add(side, frame)
                rows += frame.height
            canceller.cancel()
            self._on_progress(Progress(stage="Reading both sides", rows=rows))
        canceller.finish()

    def _list_repeated(self, source: Snapshot, target: Snapshot, census: Census, chunks: Chunks) -> None:
        """Read the keys of repeated hashes again, for their values."""
        repeated = census.repeated()
        if repeated.is_empty():
            return
        with self._spool() as keys:
            for snapshot, side in ((source, Side.SOURCE), (target, Side.TARGET)):
                for frame in self._frames(snapshot, side):
                    keys.add(side, census.suspects(frame, side, repeated))
            list_groups(keys.chunks(), self._plan, self._tally, self._keeper, approximate=chunks.approximate)

    def _frames(self, snapshot: Snapshot, side: Side) -> Iterator[pl.DataFrame]:
        """The compared columns of a side, with row numbers; an empty frame first, which tells the types."""
        yield frame_of(pa.RecordBatch.from_pylist([], schema=snapshot.schema), self._plan, side, 1)
        rows = 0
        for batch in snapshot.batches(self._limits.chunk_rows):
            yield frame_of(batch, self._plan, side, rows + 1)
            rows += batch.num_rows

    def _spool(self) -> Spool:
        return Spool(dealt_by(self._plan), self._limits.memory_bytes, self._limits.spill_folder)

    def _census(self) -> Census:
        memory = self._limits.memory_bytes // _SHARE_OF_CENSUS
        return Census(self._plan, memory, self._limits.spill_folder)


def dealt_by(plan: Plan) -> Hashed:
    """What rows are dealt into chunks by: rows that may be paired must fall into one chunk.

    Rules of one side can pull identical values apart, so columns that have such rules play no part.
    """
    places = [place for place in plan.aligning_places if plan.columns[place].forgiveness.is_symmetric]
    if not plan.key:  # any columns will do, and those without rules are the fastest
        places = [place for place in places if not plan.columns[place].forgiveness.has_rules] or places

    def values(frame: pl.DataFrame, side: Side) -> pl.DataFrame | None:
        columns = side_columns(plan, side)
        keys = [columns[place].key(frame[carried(place)]).alias(carried(place)) for place in places]
        return pl.DataFrame(keys) if keys else None

    return values
