"""Live progress of a step, as lines in the run's log, and wherever else it is kept."""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from smoke_pipeline.readers.base import OnProgress, Progress


def progress_to(
    log: dg.DagsterLogManager,
    *,
    every_s: float,
    clock: Callable[[], float] = monotonic,
    keep: "OnProgress | None" = None,
) -> "OnProgress":
    """A listener that writes at most one line in `every_s` seconds, and lets `keep` hear what it writes."""
    written = clock()

    def on_progress(progress: "Progress") -> None:
        nonlocal written
        now = clock()
        if now - written >= every_s:
            written = now
            log.info(sentence(progress))
            if keep is not None:
                keep(progress)

    return on_progress


def sentence(progress: "Progress") -> str:
    """How far a step has come, for a person."""
    found = "" if progress.differences is None else f", {progress.differences:,} mismatches so far"
    return f"{progress.stage}: {progress.amount}{found}"
