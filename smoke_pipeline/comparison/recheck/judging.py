"""Which of the keys agree now, under the very rules of the comparison, and the result with that said."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.compare import Settled
from smoke_pipeline.comparison.engine.parsed.tier import ParsedTier
from smoke_pipeline.comparison.engine.run import Engine
from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.parts.written import rewrite
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.recheck.keys import DifferingKeys, Key, keys_of
from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, Recheck, RowDifference
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side


def still_differing(
    source: Snapshot, target: Snapshot, settled: Settled, on_progress: OnProgress | None = None
) -> set[Key]:
    """The keys of which some row differs or stands alone; the engine says so, as in every comparison.

    Raises:
        ComparisonError: A value cannot be compared exactly.
        SnapshotError: A snapshot cannot be read, or there is no room for what does not fit into memory.
    """
    listener, tally = on_progress or (lambda _: None), Tally()
    heard = _Heard(settled.plan)
    tier = ParsedTier(source, target, settled.plan, settled.limits, listener)
    Engine(settled.plan, tally, Keeper(settled.plan, 0, [heard]), settled.limits, listener).run(tier)
    return heard.keys


def with_recheck(
    result: ComparisonResult, keys: DifferingKeys, differing: Collection[Key], *, waited_s: float
) -> ComparisonResult:
    """The result with those rows labelled that agree now; nothing that was counted changes."""
    agreeing = {*keys.keys} - {*differing}
    differences = tuple(
        replace(one, in_flight=True) if keys.of(one) in agreeing else one for one in result.differences
    )
    looked_at = sum(keys.of(one) is not None for one in differences)
    recheck = Recheck(
        waited_s=waited_s,
        keys=len(keys.keys),
        mismatched=_in_flight(differences, DifferenceKind.MISMATCHED),
        source_only=_in_flight(differences, DifferenceKind.SOURCE_ONLY),
        target_only=_in_flight(differences, DifferenceKind.TARGET_ONLY),
        not_rechecked=result.difference_count - looked_at,
    )
    return replace(result, differences=differences, recheck=recheck)


def label_lines(path: Path, result: ComparisonResult) -> None:
    """Label the lines of rows in flight in the file of every difference.

    Raises:
        SnapshotError: The file is not there or damaged, or the disk has no room.
        AccessDeniedError: The folder cannot be written.
    """
    rows = {(one.source_row, one.target_row) for one in result.differences if one.in_flight}

    def labelled(lines: pa.Table) -> pa.Table:
        numbers = zip(lines["source_row"].to_pylist(), lines["target_row"].to_pylist(), strict=True)
        place = lines.schema.get_field_index("in_flight")
        return lines.set_column(
            place, lines.schema.field(place), pa.array([row in rows for row in numbers], pa.bool_())
        )

    if rows:
        rewrite(path, labelled)


def without_recheck(result: ComparisonResult, because: str, *, waited_s: float) -> ComparisonResult:
    """The result as it was, with the reason why nothing was read again."""
    return replace(
        result,
        recheck=Recheck(waited_s=waited_s, not_rechecked=result.difference_count, impossible_because=because),
    )


def keeping(result: ComparisonResult, most: int) -> ComparisonResult:
    """The result with so many differing rows kept: mismatched ones first have room, then one-sided ones."""
    all_mismatched = sum(one.kind is DifferenceKind.MISMATCHED for one in result.differences)
    mismatched = min(most, all_mismatched)
    room = {True: mismatched, False: most - mismatched}
    kept = []
    for one in result.differences:
        is_mismatched = one.kind is DifferenceKind.MISMATCHED
        if room[is_mismatched]:
            room[is_mismatched] -= 1
            kept.append(one)
    return replace(result, differences=tuple(kept), duplicate_groups=result.duplicate_groups[:most])


class _Heard:
    """Hears of all differing rows, and keeps their keys."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.keys: set[Key] = set()

    def mismatched(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Take aligned rows, at least some of which differ."""
        del target
        is_wrong = pl.DataFrame([mask.alias(f"{place}") for place, mask in masks.items()])
        places = is_wrong.select(pl.any_horizontal(pl.all())).to_series().arg_true()
        self.keys.update(keys_of(source[places], self._plan, Side.SOURCE).rows())

    def one_sided(self, rows: pl.DataFrame, side: Side) -> None:
        """Take rows that stand on one side alone."""
        self.keys.update(keys_of(rows, self._plan, side).rows())


def _in_flight(differences: tuple[RowDifference, ...], kind: DifferenceKind) -> int:
    return sum(one.in_flight for one in differences if one.kind is kind)
