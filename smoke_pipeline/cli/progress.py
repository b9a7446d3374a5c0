"""How far a comparison or a step has come, on the terminal of the one who waits for it."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from smoke_pipeline.readers.base import OnProgress, Progress


@contextmanager
def progress_line() -> Iterator[OnProgress | None]:
    """A line on the terminal, written over at most five times a second and wiped out at the end."""
    if not sys.stderr.isatty():
        yield None
        return
    line = ProgressLine(shutil.get_terminal_size().columns - 1)
    try:
        yield line.show
    finally:
        line.wipe()


def each_stage() -> OnProgress:
    """A line on stderr for each stage, where there is no line to write over."""
    told: list[str] = []

    def tell(progress: Progress) -> None:
        if progress.stage not in told:
            told.append(progress.stage)
            click.echo(f"{progress.stage}.", err=True)

    return tell


class ProgressLine:
    """What was shown last, and when."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._shown_at = 0.0
        self._stage = ""
        self._stage_began = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Write over what is there, unless that is hardly read."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._stage_began = progress.stage, self._shown_at or self._stage_began
        elif now - self._shown_at < 0.2:
            return
        rows_per_s = progress.rows / max(now - self._stage_began, 0.001)
        rate = f", {rows_per_s:,.0f} rows/s" if progress.rows or progress.bytes_total is None else ""
        found = "" if progress.differences is None else f", {progress.differences:,} differences so far"
        left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
        self._write(f"{progress.stage}: {progress.amount}{rate}{left}{found}")
        self._shown_at = now

    def wipe(self) -> None:
        """Leave the line as it was found."""
        self._write("")
        click.echo("\r", nl=False, err=True)

    def _write(self, text: str) -> None:
        click.echo(f"\r{text[: self._width]:<{self._width}}", nl=False, err=True)
