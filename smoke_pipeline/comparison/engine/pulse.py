"""How far a comparison has come, told about twice a second."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from smoke_pipeline.readers.base import OnProgress, Progress

EVERY_S = 0.5


class Pulse:
    """Passes on what it is told, not more often than anybody wants to know, with a rate and the time left."""

    def __init__(
        self, listener: OnProgress, *, every_s: float = EVERY_S, clock: Callable[[], float] = monotonic
    ) -> None:
        self._listener = listener
        self._every_s = every_s
        self._clock = clock
        self._told_at = self._stage_began = clock()
        self._stage: str | None = None

    def __call__(self, progress: Progress) -> None:
        """Pass on the first word of a stage, and then one in so many seconds."""
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._stage_began = (
                progress.stage,
                self._told_at if self._stage else self._stage_began,
            )
        elif now - self._told_at < self._every_s:
            return
        self._told_at = now
        self._listener(_with_rates(progress, now - self._stage_began))


def _with_rates(progress: Progress, elapsed_s: float) -> Progress:
    done, total = progress.bytes_done, progress.bytes_total
    left = elapsed_s * (total - done) / done if done and total else None
    rate = progress.rows / elapsed_s if elapsed_s > 0 else None
    return replace(progress, rows_per_s=rate, seconds_left=left)
