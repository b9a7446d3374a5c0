"""One process from its start to its end: how long it took and how much memory it held, with its children.

The system's own count of a process's peak begins with the peak of the process that started it, so whoever
measures must stay small; this module imports nothing large.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

LOOK_EVERY_S = 0.05
"""For the sum over a process and its children; the peak of the process alone is the system's, and exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run took."""

    wall_s: float
    peak_mb: float
    """The most memory that the process and its children held at once, in MB of 1,000,000 bytes."""
    status: int
    output: str
    """What it wrote, on stdout and stderr."""


def run(command: Sequence[str]) -> Run:
    """Run a command to its end and watch it."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        with _Watch(process.pid) as watch:
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        own_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        output.seek(0)
        return Run(
            wall_s=wall_s,
            peak_mb=max(watch.peak_bytes, own_bytes) / 1e6,
            status=process.returncode,
            output=output.read(),
        )


class _Watch:
    """Looks now and then at what a process and all that descend from it hold, until the block ends."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._process = psutil.Process(pid)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(LOOK_EVERY_S):
            self.peak_bytes = max(self.peak_bytes, self._held_bytes())

    def _held_bytes(self) -> int:
        held = 0
        with contextlib.suppress(psutil.Error):
            for one in (self._process, *self._process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    held += one.memory_info().rss
        return held
