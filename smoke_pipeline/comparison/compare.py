"""Compare two snapshots."""

import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from smoke_pipeline.comparison.autokey import choose_key
from smoke_pipeline.comparison.engine.parsed.tier import ParsedTier
from smoke_pipeline.comparison.engine.pulse import Pulse
from smoke_pipeline.comparison.engine.raw.blocks import IrregularTextError
from smoke_pipeline.comparison.engine.raw.choice import Glance, glanced, layouts_of, plain_texts
from smoke_pipeline.comparison.engine.raw.tier import RawTier
from smoke_pipeline.comparison.engine.run import Engine
from smoke_pipeline.comparison.engine.spool import IN_MEMORY
from smoke_pipeline.comparison.engine.tiers import MOST_BLOCK_BYTES, Limits, Tier
from smoke_pipeline.comparison.explanation.clusters import Noted, explain
from smoke_pipeline.comparison.findings.every import EveryDifference
from smoke_pipeline.comparison.findings.found import Found
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.findings.tally import settled as in_order
from smoke_pipeline.comparison.plan import Plan, make_plan, with_key
from smoke_pipeline.comparison.result import ComparisonResult, KeyEvidence, KeyMode
from smoke_pipeline.comparison.rules import RuleSets
from smoke_pipeline.comparison.spec import MISMATCHES_FILE, ComparisonSpec
from smoke_pipeline.errors import ComparisonError, InvalidOptionError, MemoryBudgetError, OptionError
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.left_out import why_no_verdict
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest

_SHARE_OF_BLOCK = 128
LEAST_MEMORY = 64 * 1024**2
"""Below this many bytes not even one batch of each side and its alignment fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Everything that is settled before rows are compared."""

    plan: Plan
    key_mode: KeyMode
    key_evidence: KeyEvidence | None
    threshold: Decimal
    max_mismatches: int
    limits: Limits
    every_difference_at: Path | None = None
    """Where every difference is written down, if that was asked for."""


def compare_snapshots(
    source: Snapshot,
    target: Snapshot,
    spec: ComparisonSpec,
    *,
    settings: ComparisonSettings,
    rulesets: RuleSets | None = None,
    on_progress: OnProgress | None = None,
) -> ComparisonResult:
    """Align the rows of two snapshots and say which match, which do not, and which stand alone.

    Raises:
        OptionError: An option cannot be used with these snapshots.
        ComparisonError: The snapshots cannot be compared.
        ReadError: A snapshot cannot be read.
        UploadError: A file is not a table.
        StorageFullError: There is no room for what does not fit into memory.

    What `on_progress` raises ends the comparison within a second, and nothing stays behind.
    """
    started = time.perf_counter()
    on_progress = Pulse(on_progress) if on_progress else None
    settled_for = partial(settle, spec=spec, settings=settings, rulesets=rulesets)
    glances = None if spec.key == "auto" else glanced(source, target)
    settled = _settled_at_a_glance(glances, settled_for) or settled_for(source, target)
    found = find_in_bytes(source, target, settled, on_progress)
    if isinstance(found, str):
        if glances:  # what the beginning promised need not hold
            settled = settled_for(source, target)
        by_row = find(source, target, settled, on_progress)
        found = replace(by_row, engine=replace(by_row.engine, fallback=found))
    engine = replace(found.engine, elapsed_s=time.perf_counter() - started)
    return conclude(settled, replace(found, engine=engine), source.manifest, target.manifest)


def settle(
    source: Snapshot,
    target: Snapshot,
    spec: ComparisonSpec,
    *,
    settings: ComparisonSettings,
    rulesets: RuleSets | None = None,
    evidence: KeyEvidence | None = None,
) -> Settled:
    """Settle columns, rules and limits, and find the key where it is `auto`.

    Args:
        source: The data before.
        target: The data after.
        spec: The options.
        settings: What holds where the options are silent.
        rulesets: Those that the options may name.
        evidence: The key that was chosen already, where it is `auto`; it is not looked for again.

    Raises:
        OptionError: An option cannot be used with these snapshots.
        ComparisonError: The snapshots cannot be compared.
        ReadError: A snapshot cannot be read.
        UploadError: A file is not a table.
    """
    memory = settings.memory if spec.memory is None else spec.memory
    _require_memory(memory)
    limits = _limits(memory, spec, settings)
    plan = make_plan(source, target, spec, rulesets or {})
    if spec.key == "auto" and evidence is None:
        evidence = choose_key(
            source, target, plan, chunk_rows=limits.chunk_rows, memory_bytes=limits.memory_bytes
        )
    return Settled(
        plan=with_key(plan, evidence.columns if evidence else plan.key),
        key_mode=KeyMode.AUTO if evidence else KeyMode.EXPLICIT if plan.key else KeyMode.NONE,
        key_evidence=evidence,
        threshold=settings.threshold if spec.threshold is None else spec.threshold,
        max_mismatches=settings.max_mismatches if spec.max_mismatches is None else spec.max_mismatches,
        limits=limits,
        every_difference_at=_every_difference_at(spec, settings),
    )


def _settled_at_a_glance(
    glances: tuple[Glance, Glance] | None, settled_for: Callable[[Snapshot, Snapshot], Settled]
) -> Settled | None:
    """What the beginnings of two texts settle, unless that is in doubt."""
    if not glances:
        return None
    try:
        return settled_for(*glances)
    except (OptionError, ComparisonError):
        if all(glance.is_certain for glance in glances):
            raise
        return None


def find(
    source: Snapshot, target: Snapshot, settled: Settled, on_progress: OnProgress | None = None
) -> Found:
    """Compare the rows of two snapshots, which may be parts of larger ones, by their values.

    Raises:
        ComparisonError: A value cannot be compared exactly.
        ReadError: A snapshot cannot be read.
        UploadError: A file is not a table.
        StorageFullError: There is no room for what does not fit into memory.
    """
    listener = on_progress or (lambda _: None)
    return _found(ParsedTier(source, target, settled.plan, settled.limits, listener), settled, listener)


def find_in_bytes(
    source: Snapshot, target: Snapshot, settled: Settled, on_progress: OnProgress | None = None
) -> Found | str:
    """Compare two plain texts by their bytes; or say why that cannot be done.

    Raises:
        ReadError: A text cannot be read, or changed while it was.
        StorageFullError: There is no room for what does not fit into memory.
    """
    texts = plain_texts(source, target)
    if isinstance(texts, str):
        return texts
    layouts = layouts_of(texts, settled.plan)
    if isinstance(layouts, str):
        return layouts
    listener = on_progress or (lambda _: None)
    tier = RawTier(texts, layouts, settled.plan, settled.limits, listener)
    try:
        found = _found(tier, settled, listener)
    except IrregularTextError as error:
        return str(error)
    for snapshot, side in ((source, Side.SOURCE), (target, Side.TARGET)):
        snapshot.vouch(tier.rows[side], tier.empty_lines[side])
    return found


def _found(tier: Tier, settled: Settled, listener: OnProgress) -> Found:
    tally, place = Tally(), settled.every_difference_at
    with ExitStack() as stack:
        every = [stack.enter_context(EveryDifference(settled.plan, place))] if place else []
        keeper = Keeper(settled.plan, settled.max_mismatches, every)
        engine = Engine(settled.plan, tally, keeper, settled.limits, listener).run(tier)
        for one in every:
            one.require_complete(tally)
    return Found(
        tally=tally,
        differences=keeper.differences(),
        groups=keeper.duplicate_groups(),
        engine=replace(engine, peak_memory_mb=peak_memory_mb()),
    )


def conclude(
    settled: Settled, found: Found, source: SnapshotManifest, target: SnapshotManifest
) -> ComparisonResult:
    """What was found among all rows of both sides, as a result."""
    tally = found.tally
    result = ComparisonResult(
        counts=tally.counts,
        threshold=settled.threshold,
        source=source,
        target=target,
        columns=settled.plan.about,
        key=settled.plan.key,
        key_mode=settled.key_mode,
        key_evidence=settled.key_evidence,
        duplicates=tally.duplicates,
        duplicate_groups=tuple(one.it for one in found.groups),
        duplicate_group_count=tally.duplicate_groups,
        approximate_groups=tally.approximate_groups,
        mismatch_by_column=dict(sorted(tally.mismatch_by_column.items())),
        equal_under_rule=in_order(tally.equal_under_rule),
        patterns=in_order(tally.patterns),
        unproven_because=why_no_verdict(source, target),
        explanation=explain(settled.plan, _noted(tally)),
        differences=tuple(one.it for one in found.differences),
        engine=found.engine,
    )
    _require_sound(result)
    return result


def _noted(tally: Tally) -> Noted:
    return Noted(
        notes=tally.notes,
        patterns=tally.patterns,
        mismatched=tally.mismatch_by_column,
        paired=tally.matched + tally.mismatched,
    )


def _limits(memory: int, spec: ComparisonSpec, settings: ComparisonSettings) -> Limits:
    held = settings.streaming_threshold if spec.streaming_threshold is None else spec.streaming_threshold
    if held is not None and held > memory // IN_MEMORY:
        raise MemoryBudgetError(
            f"A streaming threshold of {held:,} bytes needs a memory budget of {held * IN_MEMORY:,}, "
            f"and it is {memory:,}.",
            suggestions=("Give more memory.", "Lower the streaming threshold, or leave it out."),
        )
    return Limits(
        memory_bytes=memory,
        chunk_rows=settings.chunk_rows if spec.chunk_size is None else spec.chunk_size,
        spill_folder=settings.spill_dir,
        held_bytes=held,
        block_bytes=min(MOST_BLOCK_BYTES, memory // _SHARE_OF_BLOCK),
    )


def _every_difference_at(spec: ComparisonSpec, settings: ComparisonSettings) -> Path | None:
    if not spec.all_mismatches:
        return None
    if settings.mismatches_dir is None:
        raise InvalidOptionError(
            "Every difference was asked for, and no folder to write them into.",
            suggestions=("Name a folder with --out.", "Set comparison.mismatches_dir."),
        )
    return settings.mismatches_dir / MISMATCHES_FILE


def _require_memory(memory_bytes: int) -> None:
    """Refuse a budget that is too small to work with."""
    if memory_bytes < LEAST_MEMORY:
        raise MemoryBudgetError(
            f"A memory budget of {memory_bytes:,} bytes is too small; the least is {LEAST_MEMORY:,}.",
            suggestions=("Give more with --memory 256MB.",),
        )


def peak_memory_mb() -> float:
    """The most memory this process ever held, in MB of 1,000,000 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _require_sound(result: ComparisonResult) -> None:
    """The arithmetic that every result must satisfy; a result that does not is never shown."""
    counts = result.counts
    if counts.source != result.source.rows or counts.target != result.target.rows:
        raise AssertionError(
            f"rows were lost or invented: {counts}, of {result.source.rows} and {result.target.rows}"
        )
