"""Compare two snapshots."""

import resource
import sys
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from smoke_pipeline.comparison.autokey import choose_key
from smoke_pipeline.comparison.engine.run import Engine, Limits
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally, settled
from smoke_pipeline.comparison.plan import Plan, make_plan, with_key
from smoke_pipeline.comparison.result import ComparisonResult, KeyEvidence, KeyMode
from smoke_pipeline.comparison.rules import RuleSets
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import MemoryBudgetError
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import Snapshot

LEAST_MEMORY = 64 * 1024**2
"""Below this many bytes not even one batch of each side and its alignment fit."""


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
    """
    started = time.perf_counter()
    order = _Order.of(spec, settings, on_progress)
    plan, evidence = _settled_plan(source, target, spec, rulesets or {}, order)
    tally, keeper = Tally(), Keeper(plan, order.max_mismatches)
    engine = Engine(plan, tally, keeper, order.limits, order.on_progress).run(source, target)
    result = ComparisonResult(
        counts=tally.counts,
        threshold=order.threshold,
        source=source.manifest,
        target=target.manifest,
        columns=plan.about,
        key=plan.key,
        key_mode=KeyMode.AUTO if evidence else KeyMode.EXPLICIT if plan.key else KeyMode.NONE,
        key_evidence=evidence,
        engine=replace(engine, elapsed_s=time.perf_counter() - started, peak_memory_mb=peak_memory_mb()),
    )
    _require_sound(result)
    return _with_findings(result, tally, keeper)


def _with_findings(result: ComparisonResult, tally: Tally, keeper: Keeper) -> ComparisonResult:
    """The result with everything beside the counts of rows."""
    return replace(
        result,
        duplicates=tally.duplicates,
        duplicate_groups=keeper.duplicate_groups(),
        duplicate_group_count=tally.duplicate_groups,
        approximate_groups=tally.approximate_groups,
        mismatch_by_column=dict(sorted(tally.mismatch_by_column.items())),
        equal_under_rule=settled(tally.equal_under_rule),
        patterns=settled(tally.patterns),
        differences=keeper.differences(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What the options say, and where they are silent the settings."""

    threshold: Decimal
    max_mismatches: int
    limits: Limits
    on_progress: OnProgress

    @classmethod
    def of(cls, spec: ComparisonSpec, settings: ComparisonSettings, on_progress: OnProgress | None) -> Self:
        """Put the options over the settings.

        Raises:
            MemoryBudgetError: The budget is too small to work with.
        """
        memory = settings.memory if spec.memory is None else spec.memory
        if memory < LEAST_MEMORY:
            raise MemoryBudgetError(
                f"A memory budget of {memory:,} bytes is too small; the least is {LEAST_MEMORY:,}.",
                suggestions=("Give more with --memory 256MB.",),
            )
        most = settings.max_mismatches if spec.max_mismatches is None else spec.max_mismatches
        return cls(
            threshold=settings.threshold if spec.threshold is None else spec.threshold,
            max_mismatches=most,
            limits=Limits(
                memory_bytes=memory, chunk_rows=settings.chunk_rows, spill_folder=settings.spill_dir
            ),
            on_progress=on_progress or (lambda _: None),
        )


def peak_memory_mb() -> float:
    """The most memory this process ever held, in MB of 1,000,000 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _settled_plan(
    source: Snapshot, target: Snapshot, spec: ComparisonSpec, rulesets: RuleSets, order: _Order
) -> tuple[Plan, KeyEvidence | None]:
    """The plan with its key, and why the key is what it is where it was chosen here."""
    plan = make_plan(source, target, spec, rulesets)
    evidence = None
    if spec.key == "auto":
        evidence = choose_key(
            source, target, plan, chunk_rows=order.limits.chunk_rows, memory_bytes=order.limits.memory_bytes
        )
    return with_key(plan, evidence.columns if evidence else plan.key), evidence


def _require_sound(result: ComparisonResult) -> None:
    """The arithmetic that every result must satisfy; a result that does not is never shown."""
    counts = result.counts
    if counts.source != result.source.rows or counts.target != result.target.rows:
        raise AssertionError(
            f"rows were lost or invented: {counts}, of {result.source.rows} and {result.target.rows}"
        )
