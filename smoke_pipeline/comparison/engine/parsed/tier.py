"""Two snapshots read row by row: identical ones meet on the way."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.columns import ROW, carried, exact_frame, frame_of, side_columns
from smoke_pipeline.comparison.engine.ahead import ahead
from smoke_pipeline.comparison.engine.census import Census, key_hashes
from smoke_pipeline.comparison.engine.deal import Records
from smoke_pipeline.comparison.engine.meeting import SEEDS, Pair
from smoke_pipeline.comparison.engine.parsed.canceller import Canceller
from smoke_pipeline.comparison.engine.parsed.remembered import Remembered
from smoke_pipeline.comparison.engine.spool import Spool
from smoke_pipeline.comparison.engine.tiers import Limits, Pairs, Passed, Tier
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side

_SHARE_OF_WINDOW = 16
"""The rows of a side that wait for their like get one part in so many."""
_SHARE_OF_REMEMBERED = 16
"""And what is remembered of rows in different orders gets as much."""
_BYTES_A_ROW, _FEWEST_ROWS = 16_384, 1024
"""A row that is looked at is planned with so much of the memory, with all that is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """Rows of a side, with what they are known by."""

    frame: pl.DataFrame
    hashes: Pair
    """Two hashes of the exact values of each row."""
    keys: Records | None
    """A hash of each row's key, or None without a key."""


class ParsedTier(Tier):
    """Compares values as they were read; takes whatever a snapshot holds."""

    name = "parsed"

    def __init__(
        self, source: Snapshot, target: Snapshot, plan: Plan, limits: Limits, on_progress: OnProgress
    ) -> None:
        self._snapshots = {Side.SOURCE: source, Side.TARGET: target}
        self._columns = {side: side_columns(plan, side) for side in Side}
        self._plan = plan
        self._limits = limits
        self._on_progress = on_progress
        self._remembered = Remembered(limits.memory_bytes // _SHARE_OF_REMEMBERED, limits.spill_folder)

    def read(self, spool: Spool, census: Census | None, tally: Tally) -> Passed:
        """Read both sides in step, so that what stands in the same order meets at once.

        Where the orders differ, the rows that met nothing are found by reading both sides once more.
        """
        window = self._limits.memory_bytes // _SHARE_OF_WINDOW
        remembered = self._remembered
        canceller = Canceller(self._plan, tally, spool.add, remembered.add, window)
        with ThreadPoolExecutor(len(Side)) as pool:
            self._pass(canceller, census, pool)
            canceller.finish()
            remembered.finish()
            tally.matched += remembered.met
            for side in Side:
                for frame in remembered.left(side, ahead(self._frames(side), pool)):
                    canceller.pass_on_remembered(side, frame)
        return Passed(residue_rows=canceller.passed_on, spilled_bytes=remembered.spilled_bytes)

    def _pass(self, canceller: Canceller, census: Census | None, pool: Executor) -> None:
        """Show all rows of both sides."""
        sides = {side: ahead(map(partial(self._look_at, side), self._frames(side)), pool) for side in Side}
        rows = 0
        while sides:
            for side in tuple(sides):
                looked = next(sides[side], None)
                if looked is None:
                    del sides[side]
                    continue
                canceller.add(side, looked.frame, looked.hashes)
                if census and looked.keys is not None:
                    census.add(side, looked.keys)
                rows += looked.frame.height
            canceller.cancel()
            self._on_progress(Progress(stage="Reading both sides", rows=rows))

    def pairs(self, repeated: Records, spool: Spool) -> Pairs:  # noqa: ARG002 - there are none
        """None: what did not meet its like is in the spool."""
        return iter(())

    def close(self) -> None:
        """Let go of what was remembered."""
        self._remembered.close()

    def rows_with(self, hashes: Records) -> Iterator[tuple[Side, pl.DataFrame]]:
        """Read again: the keys of the rows whose key has one of the hashes."""
        columns = [ROW, *(carried(place) for place in self._plan.aligning_places)]
        wanted = pl.Series(hashes, dtype=pl.UInt64).implode()
        for side in Side:
            for frame in self._frames(side):
                found = pl.Series(key_hashes(frame, self._plan, side)).is_in(wanted)
                yield side, frame.filter(found).select(columns)

    def _look_at(self, side: Side, frame: pl.DataFrame) -> _Looked:
        exact = exact_frame(frame, self._columns[side])
        one, two = (exact.hash_rows(seed=seed).to_numpy() for seed in SEEDS)
        keys = key_hashes(frame, self._plan, side) if self._plan.key else None
        return _Looked(frame=frame, hashes=(one, two), keys=keys)

    @property
    def _rows_together(self) -> int:
        """As many as asked for, unless the memory is for fewer."""
        return min(self._limits.chunk_rows, max(_FEWEST_ROWS, self._limits.memory_bytes // _BYTES_A_ROW))

    def _frames(self, side: Side) -> Iterator[pl.DataFrame]:
        """The compared columns of a side, with row numbers."""
        rows = 0
        for batch in self._snapshots[side].batches(self._rows_together):
            yield frame_of(batch, self._plan, side, rows + 1)
            rows += batch.num_rows


def empty_frame(plan: Plan, side: Side) -> pl.DataFrame:
    """A frame of a side without rows, which tells the types of its columns."""
    fields = {column.position_of(side): column.type_of(side) for column in plan.columns}
    width = max(fields, default=-1) + 1
    arrays = [pa.nulls(0, fields.get(position, pa.null())) for position in range(width)]
    batch = pa.RecordBatch.from_arrays(arrays, [str(position) for position in range(width)])
    return frame_of(batch, plan, side, 1)
