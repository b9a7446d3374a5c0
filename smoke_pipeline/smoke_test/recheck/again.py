"""The recheck of a comparison: wait, read the differing keys again, and label what agrees by then.

It comes after a comparison and adds to its result; whatever goes wrong here is told in the result, which
stays as it is.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from smoke_pipeline.comparison.compare import Settled, settle
from smoke_pipeline.comparison.recheck.judging import (
    keeping,
    label_lines,
    still_differing,
    with_recheck,
    without_recheck,
)
from smoke_pipeline.comparison.recheck.keys import DifferingKeys, differing_keys, why_not_askable
from smoke_pipeline.comparison.recheck.rows import RowsOfKeys, RowsReadAgain
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.comparison.rules import RuleSets
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.smoke_test.places import Place, TablePlace
from smoke_pipeline.smoke_test.recheck.wanted import most_kept
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.scratch import scratch_below
from smoke_pipeline.snapshots.store import FrozenSnapshot, open_snapshot, take_snapshot

_TICK_S = 1.0
"""How often whoever waits is told of it, and may stop it."""
_NO_KEY = "no key was found, and without one a row cannot be asked for"
_NO_TABLE = "neither side is a table that could be read again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What is needed to read differing keys again."""

    snapshots: Mapping[Side, Snapshot]
    """The two sides as they were compared."""
    tables: Mapping[Side, TablePlace]
    """The sides that are read again; of the others the snapshot holds."""
    spec: ComparisonSpec
    settings: ComparisonSettings
    rulesets: RuleSets
    every_difference_at: Path | None = None
    """Where every difference was written down, if that was asked for."""
    on_progress: OnProgress | None = None
    turn_at: Callable[[Place], AbstractContextManager[object]] = nullcontext
    """Waits until the place may be read."""
    sleep: Callable[[float], None] = time.sleep


def rechecked(result: ComparisonResult, again: Again) -> ComparisonResult:
    """The result with the rows labelled that agree after a while, and no more rows kept than asked for.

    Raises:
        Exception: What `on_progress` raises to stop everything; no error of ours.
    """
    if again.spec.recheck is None:
        return result
    return keeping(_looked_at_again(result, again), most_kept(again.spec, again.settings))


def _looked_at_again(result: ComparisonResult, again: Again) -> ComparisonResult:
    waited_s = 0.0
    try:
        settled = _settled(result, again)
        because = why_not_askable(settled.plan, again.tables) if settled.plan.key else _NO_KEY
        if because := because if again.tables else _NO_TABLE:
            return without_recheck(result, because[:1].upper() + because[1:] + ".", waited_s=waited_s)
        keys = differing_keys(
            result,
            again.snapshots,
            settled.plan,
            most=again.settings.recheck_max_keys,
            chunk_rows=again.settings.chunk_rows,
        )
        if keys.keys:
            waited_s = float(again.spec.recheck or 0)
            _wait(waited_s, result.difference_count, again)
        differing = _differing_now(keys, settled, again) if keys.keys else ()
        labelled = with_recheck(result, keys, differing, waited_s=waited_s)
        if again.every_difference_at:
            label_lines(again.every_difference_at, labelled)
    except SmokePipelineError as error:  # whatever it is, the comparison itself is not lost
        return without_recheck(result, error.message, waited_s=waited_s)
    return labelled


def _settled(result: ComparisonResult, again: Again) -> Settled:
    """What was settled for the comparison, without its lists of differences."""
    return settle(
        again.snapshots[Side.SOURCE],
        again.snapshots[Side.TARGET],
        again.spec.model_copy(update={"all_mismatches": False}),
        settings=again.settings,
        rulesets=again.rulesets,
        evidence=result.key_evidence,
    )


def _wait(seconds: float, rows: int, again: Again) -> None:
    stage = f"Waiting {seconds:g} s before the differing keys are read again"
    left = seconds
    while True:
        if again.on_progress:
            again.on_progress(Progress(stage=stage, rows=rows))
        if left <= 0:
            return
        again.sleep(min(left, _TICK_S))
        left -= _TICK_S


def _differing_now(keys: DifferingKeys, settled: Settled, again: Again) -> set[tuple[str | None, ...]]:
    with scratch_below(again.settings.spill_dir) as scratch:
        source, target = (_rows_now(side, keys, settled, again, scratch.path) for side in Side)
        return still_differing(source, target, settled)


def _rows_now(
    side: Side, keys: DifferingKeys, settled: Settled, again: Again, folder: Path
) -> FrozenSnapshot:
    """The rows of the keys on one side, on this disk and closed: read anew, or as the snapshot has them."""
    whole, place = again.snapshots[side], again.tables.get(side)
    freeze = partial(
        take_snapshot,
        side=side,
        folder=folder,
        chunk_rows=again.settings.chunk_rows,
        now=partial(datetime.now, UTC),
        on_progress=again.on_progress,
    )
    if place is None:
        freeze(RowsOfKeys(whole, side, settled.plan, keys.keys))
    else:
        with again.turn_at(place), place.opened(again.spec.read_options(side), folder) as reader:
            freeze(RowsReadAgain(whole, side, settled.plan, keys.keys, reader=reader))
    return open_snapshot(folder, side)
