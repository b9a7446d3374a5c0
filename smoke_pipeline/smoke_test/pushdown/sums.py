"""The checksums of both tables put side by side: which segments are the same, and which must be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.readers.tables.segments.base import Checksum, Cut, SegmentedTable, segments_for
from smoke_pipeline.snapshots.manifest import Side

MOST_NAMED = 10_000
"""Segments that a statement can name; where more differ, the tables are read whole."""
Tables = Mapping[Side, SegmentedTable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """What the checksums told."""

    cuts: Mapping[Side, Cut]
    rows: Mapping[Side, int]
    """Rows of each side."""
    segments: int
    """Segments that have rows on either side."""
    differing: frozenset[int]
    """Those whose rows are not the same on both sides, or share keys."""
    same_rows: int
    """Rows of each side in all other segments."""
    rows_to_read: Mapping[Side, int]

    @property
    def why_read(self) -> str | None:
        """Why the tables are read whole though checksums were taken; None where they are not."""
        if len(self.differing) > MOST_NAMED:
            return f"{len(self.differing):,} of {self.segments:,} segments differ, or repeat keys."
        return None

    def chosen(self, side: Side) -> frozenset[int] | None:
        """The segments to read of a side; None for all of them."""
        return None if self.rows_to_read[side] == self.rows[side] else self.differing


def summed(tables: Tables, plan: Plan, segments: int | None, on_progress: OnProgress) -> Summed:
    """Take the checksums of both tables.

    Args:
        tables: Both sides.
        plan: What is compared.
        segments: Into how many segments they are cut; None: as many as their sizes call for.
        on_progress: Told how far this has come.

    Raises:
        ReadError: The database refuses, or takes too long.
    """
    if segments is None:
        segments = segments_for(max(table.estimate() for table in tables.values()))
    cuts = {side: _cut(table, plan, side, segments) for side, table in tables.items()}
    sums: dict[Side, Mapping[int, Checksum]] = {}
    rows: dict[Side, int] = {}
    for side, table in tables.items():
        tell = partial(on_progress, Progress(stage=f"Summing up the {side}", rows=sum(rows.values())))
        tell()
        sums[side] = table.checksums(cuts[side], tell)
        rows[side] = sum(one.rows for one in sums[side].values())
        table.require_rows(rows[side])
    every = {*sums[Side.SOURCE], *sums[Side.TARGET]}
    differing = frozenset(number for number in every if _must_be_read(number, sums))
    to_read = {
        side: sum(one.rows for number, one in found.items() if number in differing)
        for side, found in sums.items()
    }
    return Summed(
        cuts=cuts,
        rows=rows,
        segments=len(every),
        differing=differing,
        same_rows=rows[Side.SOURCE] - to_read[Side.SOURCE],
        rows_to_read=to_read,
    )


def _cut(table: SegmentedTable, plan: Plan, side: Side, segments: int) -> Cut:
    names = [table.schema.names[column.position_of(side)] for column in plan.columns]
    key = tuple(names[place] for place in plan.aligning_places)
    is_unique = any(one <= set(key) for one in table.unique_keys())
    return Cut(columns=tuple(names), key=key, segments=segments, counts_keys=bool(plan.key) and not is_unique)


def _must_be_read(number: int, sums: Mapping[Side, Mapping[int, Checksum]]) -> bool:
    """Whether the rows of a segment are not known to be the same, each with a key of its own."""
    ours, theirs = sums[Side.SOURCE].get(number), sums[Side.TARGET].get(number)
    if ours is None or theirs is None or ours.repeats_keys or theirs.repeats_keys:
        return True
    return (ours.rows, ours.first, ours.second) != (theirs.rows, theirs.first, theirs.second)
