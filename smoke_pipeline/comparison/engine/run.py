"""From two snapshots to counts: identical rows meet on the way, the rest is compared chunk by chunk."""

from contextlib import ExitStack

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import carried, side_columns
from smoke_pipeline.comparison.engine.census import Census, list_groups
from smoke_pipeline.comparison.engine.chunks import Chunks
from smoke_pipeline.comparison.engine.deal import Records
from smoke_pipeline.comparison.engine.parsed.tier import empty_frame
from smoke_pipeline.comparison.engine.spool import Hashed, Spool
from smoke_pipeline.comparison.engine.tiers import Limits, Tier
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.result import EngineFacts
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.snapshots.manifest import Side

_NONE = np.empty(0, np.uint64)
_SHARE_OF_CENSUS = 12
"""The census of keys gets one part in so many of the memory."""


class Engine:
    """Compares two sides once; what it finds is in the tally and in the keeper."""

    def __init__(
        self, plan: Plan, tally: Tally, keeper: Keeper, limits: Limits, on_progress: OnProgress
    ) -> None:
        self._plan = plan
        self._tally = tally
        self._keeper = keeper
        self._limits = limits
        self._on_progress = on_progress

    def run(self, tier: Tier) -> EngineFacts:
        """Have a tier read both sides, and compare what has not met its like."""
        chunks = Chunks(self._plan, self._tally, self._keeper)
        with ExitStack() as stack:
            stack.enter_context(tier)
            spool = stack.enter_context(self._spool())
            census = stack.enter_context(self._census()) if self._plan.key else None
            passed = tier.read(spool, census, self._tally)
            repeated = census.repeated() if census else _NONE
            done = number = 0
            for ours, theirs in tier.pairs(repeated, spool):
                chunks.compare_pairs(ours, theirs)
                done += ours.height
                self._tell(done)
            for ours, theirs in spool.chunks():
                chunks.compare(ours, theirs)
                number, done = number + 1, done + max(ours.height, theirs.height)
                self._tell(done)
            if len(repeated):
                self._list_repeated(tier, repeated, chunks)
            return EngineFacts(
                tier=tier.name,
                chunks=number,
                spilled_bytes=spool.spilled_bytes + passed.spilled_bytes,
                residue_rows=passed.residue_rows,
                judged_cells=self._tally.judged_cells,
            )

    def _tell(self, done: int) -> None:
        self._on_progress(Progress(stage="Comparing", rows=done, differences=self._tally.differences))

    def _list_repeated(self, tier: Tier, repeated: Records, chunks: Chunks) -> None:
        """Read the keys of repeated hashes again, for their values."""
        with self._spool() as keys:
            for side, frame in tier.rows_with(repeated):
                keys.add(side, frame)
            list_groups(keys.chunks(), self._plan, self._tally, self._keeper, approximate=chunks.approximate)

    def _spool(self) -> Spool:
        limits = self._limits
        spool = Spool(dealt_by(self._plan), limits.memory_bytes, limits.spill_folder, limits.held_bytes)
        for side in Side:
            spool.know(side, empty_frame(self._plan, side))
        return spool

    def _census(self) -> Census:
        return Census(self._limits.memory_bytes // _SHARE_OF_CENSUS, self._limits.spill_folder)


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
