"""Two plain CSVs: skipped while they are identical, hashed record by record where they are not."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property, partial, reduce
from operator import and_

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import key_frame
from smoke_pipeline.comparison.engine.ahead import ahead
from smoke_pipeline.comparison.engine.census import Census
from smoke_pipeline.comparison.engine.deal import Records
from smoke_pipeline.comparison.engine.raw.blocks import IrregularTextError, Place, block_of, blocks_of
from smoke_pipeline.comparison.engine.raw.fields import Layouts, Looked, look_at
from smoke_pipeline.comparison.engine.raw.lockstep import Cut, Lockstep, Texts
from smoke_pipeline.comparison.engine.raw.residue import Fetch
from smoke_pipeline.comparison.engine.raw.waiting import Waiting, fingerprints
from smoke_pipeline.comparison.engine.spool import Spool
from smoke_pipeline.comparison.engine.tiers import Limits, Pairs, Passed, Tier
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.snapshots.manifest import Side

_HEADER_BYTES = 64 * 1024
_MOST_BYTES, _SHARE_OF_BATCH = 4 * 1024**2, 128
"""Text that is read again at a time: at most so much, and one part in so many of the memory."""
_MOST_QUOTED = 8
"""Where more than one record in so many has a quoted field, records of two delimiters hardly ever meet."""
_SHARE_OF_WINDOW, _SHARE_OF_REST = 16, 32
"""Records that wait for their like, and those that have waited too long, get one part in so many."""
_BYTES_A_PAIR, _MOST_PAIRS = 32_768, 16_384
"""A pair that is read again needs so much of the memory, with all that is made of it; and pairs at a time."""


class RawTier(Tier):
    """Compares bytes, and parses what differs.

    The source is looked at from end to end: that it is UTF-8, that every quote opens or closes a field, that
    every row has as many fields as the header. A record of the target that met one of the source is the same
    bytes, so it is as sound; one that did not is parsed, strictly. Where fields are left out, records that
    meet need not be the same bytes, so the target is looked at as well.
    """

    def __init__(
        self, texts: Texts, layouts: Layouts, plan: Plan, limits: Limits, on_progress: OnProgress
    ) -> None:
        self.name = "raw"
        self.rows = dict.fromkeys(Side, 0)
        self.empty_lines = dict.fromkeys(Side, 0)
        memory, folder = limits.memory_bytes, limits.spill_folder
        self._waiting = Waiting(
            memory // _SHARE_OF_WINDOW,
            memory // _SHARE_OF_REST,
            folder,
            sizes={side: text.file.size_bytes for side, text in texts.items()},
            has_key=bool(layouts[Side.SOURCE].key),
        )
        batch_bytes = min(_MOST_BYTES, max(1, memory // _SHARE_OF_BATCH))
        self._fetch = {
            side: Fetch(text=texts[side], layout=layouts[side], plan=plan, side=side, batch_bytes=batch_bytes)
            for side in Side
        }
        self._texts = texts
        self._layouts = layouts
        self._plan = plan
        self._limits = limits
        self._on_progress = on_progress

    def read(self, spool: Spool, census: Census | None, tally: Tally) -> Passed:
        """Count the records that are identical on both sides, and hand on all others.

        Raises:
            IrregularTextError: The bytes alone do not tell what the texts mean.
        """
        with ThreadPoolExecutor(len(Side) + 1) as pool:
            skipped, places = self._skip_while_in_step(census, pool)
            self._hash_from(places, census, pool)
        waiting = self._waiting
        waiting.finish()
        for side in Side:
            for records in waiting.rest(side):
                for frame in self._fetch[side].frames(records):
                    spool.add(side, frame)
        tally.matched += skipped + waiting.met
        rows = sum(self.rows.values()) - 2 * (skipped + waiting.met)
        return Passed(residue_rows=rows, spilled_bytes=waiting.spilled_bytes)

    def pairs(self, repeated: Records, spool: Spool) -> Pairs:
        """Records of which only the keys are alike."""
        with ThreadPoolExecutor(len(Side)) as pool:
            for ours, theirs in ahead(self._fetched_pairs(repeated, spool, pool), pool):
                is_same = self._have_one_key(ours, theirs)
                if is_same.all():
                    yield ours, theirs
                    continue
                spool.add(Side.SOURCE, ours.filter(~is_same))  # two keys of one hash
                spool.add(Side.TARGET, theirs.filter(~is_same))
                yield ours.filter(is_same), theirs.filter(is_same)

    def rows_with(self, hashes: Records) -> Iterator[tuple[Side, pl.DataFrame]]:
        """Read again: the rows whose key has one of the hashes."""
        for side in Side:
            for block in blocks_of(self._texts[side], self._first_rows[side], self._limits.block_bytes):
                keys = look_at(block, self._layouts[side], checks=False, hashes=False).keys
                wanted = np.isin(keys, hashes)
                if wanted.any():
                    found = fingerprints(block, (keys, keys), keys)[wanted]
                    for frame in self._fetch[side].frames(found):
                        yield side, frame

    def close(self) -> None:
        """Let go of what was put aside."""
        self._waiting.close()

    @cached_property
    def _first_rows(self) -> dict[Side, Place]:
        """Where the first row of each side begins."""
        return {side: self._behind_header(side) for side in Side}

    def _behind_header(self, side: Side) -> Place:
        text = self._texts[side]
        for block in blocks_of(text, Place(text.start, 0), _HEADER_BYTES):
            if block.records:
                before = block.data[: int(block.starts[0])]
                self.empty_lines[side] = int(np.count_nonzero(before == ord("\n")))
                return Place(block.begins.offset + int(block.stops[0]), 1)
            if block.empty_lines:
                raise IrregularTextError("the header stands far from the start")
        raise AssertionError("a text without a header was refused before")

    def _skip_while_in_step(self, census: Census | None, pool: Executor) -> tuple[int, dict[Side, Place]]:
        """How many records are skipped as the same bytes on both sides, and where each side stands then."""
        if self._layouts[Side.TARGET].delimiter != self._layouts[Side.SOURCE].delimiter:
            self._require_few_quotes()
            return 0, self._first_rows
        lockstep = self._run_in_step(self._first_rows, census, pool)
        for side in Side:
            self._take_cut(side, lockstep.cut[side], census)
        return lockstep.skipped, lockstep.places

    def _require_few_quotes(self) -> None:
        """Refuse texts of two delimiters with many quotes, for what is quoted depends on the delimiter."""
        for side, begins in self._first_rows.items():
            block = next(blocks_of(self._texts[side], begins, self._limits.block_bytes))
            if _MOST_QUOTED * len(block.quotes) // 2 > block.records:
                raise IrregularTextError("the two texts are quoted in different places")

    def _run_in_step(self, places: dict[Side, Place], census: Census | None, pool: Executor) -> Lockstep:
        lockstep = Lockstep(self._texts, places, self._limits.block_bytes)

        def on_skipped(looked: Looked, first: int, beyond: int) -> None:
            if census:
                census.add_both(looked.keys[first:beyond])
            self._tell(2 * lockstep.skipped, sum(place.offset for place in lockstep.places.values()))

        blocks = blocks_of(self._texts[Side.SOURCE], places[Side.SOURCE], self._limits.block_bytes)
        look = partial(look_at, layout=self._layouts[Side.SOURCE], checks=True, hashes=False)
        lockstep.run(ahead(map(look, blocks), pool), on_skipped)
        if lockstep.reached_end:
            self.name = "byte"
        return lockstep

    def _take_cut(self, side: Side, cut: Cut, census: Census | None) -> None:
        """Have the records wait that were cut out."""
        if not cut.texts:
            return
        content = np.frombuffer(b"\n".join([*cut.texts, b""]), np.uint8)
        block = block_of(content, self._texts[side])
        if block is None or block.records != len(cut.rows):
            raise IrregularTextError("a row is not where it seems to be")
        layout = self._layouts[side]
        looked = look_at(block, layout, checks=layout.is_checked, hashes=True)
        found = self._fingerprints(looked)
        found["offset"], found["row"] = cut.offsets, cut.rows
        self._waiting.add(side, found)
        if census:
            census.add(side, looked.keys)

    def _hash_from(self, places: dict[Side, Place], census: Census | None, pool: Executor) -> None:
        """Look at every record from where the two sides stand."""
        sides = {side: ahead(self._looked(side, places[side]), pool) for side in Side}
        done = {side: place.offset for side, place in places.items()}
        while sides:
            for side in tuple(sides):
                looked = next(sides[side], None)
                if looked is None:
                    del sides[side]
                    continue
                self.rows[side] = looked.block.after.row - 1
                done[side] = looked.block.after.offset
                self.empty_lines[side] += looked.block.empty_lines
                self._waiting.add(side, self._fingerprints(looked))
                if census:
                    census.add(side, looked.keys)
            self._waiting.meet()
            self._tell(sum(self.rows.values()), sum(done.values()))

    def _fetched_pairs(self, repeated: Records, spool: Spool, pool: Executor) -> Pairs:
        """The pairs whose keys stand once on each side, read again; the others go to the spool."""
        together = min(_MOST_PAIRS, 1 + self._limits.memory_bytes // _BYTES_A_PAIR)
        for batch in self._waiting.pairs.batches(together):
            is_alone = ~np.isin(batch["key"], repeated)
            alone = batch[is_alone]
            if len(alone) < len(batch):
                for side in Side:
                    spool.add(side, self._fetch[side].frame(batch[side][~is_alone]))
            if len(alone):
                theirs = pool.submit(self._fetch[Side.TARGET].frame, alone[Side.TARGET])
                ours = self._fetch[Side.SOURCE].frame(alone[Side.SOURCE])
                yield ours, theirs.result()

    def _have_one_key(self, ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.Series:
        """Which rows of two frames have the same key."""
        keys = key_frame(ours, self._plan, Side.SOURCE), key_frame(theirs, self._plan, Side.TARGET)
        same = [one.eq_missing(other) for one, other in zip(*keys, strict=True)]
        return reduce(and_, same)

    def _fingerprints(self, looked: Looked) -> Records:
        return fingerprints(
            looked.block, looked.rows, looked.keys if self._layouts[Side.SOURCE].key else None
        )

    def _tell(self, rows: int, bytes_done: int) -> None:
        total = sum(text.file.size_bytes for text in self._texts.values())
        self._on_progress(
            Progress(stage="Reading both sides", rows=rows, bytes_done=bytes_done, bytes_total=total)
        )

    def _looked(self, side: Side, begins: Place) -> Iterator[Looked]:
        layout = self._layouts[side]
        blocks = blocks_of(self._texts[side], begins, self._limits.block_bytes)
        return map(partial(look_at, layout=layout, checks=layout.is_checked, hashes=True), blocks)
