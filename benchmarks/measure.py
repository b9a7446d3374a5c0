"""One process from its start to its end: how long it took and how much memory it held, with its children.

The system's own count of a process's peak begins with the peak of the process that started it, so whoever
measures must stay small; this module imports nothing large.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

import psutil

LOOK_EVERY_S = 0.05
"""For the sum over a process and its children; the peak of the process alone is the system's, and exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run took."""

    wall_s: float
    cpu_s: float
    """Time that the process and its children kept a core busy."""
    peak_mb: float
    """The most memory that the process and its children held at once, in MB of 1,000,000 bytes."""
    status: int
    output: str
    """What it wrote on stdout; where that is nothing, what it wrote on stderr."""
    stopped: str = ""
    """Why it was stopped; empty where it ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run may take before it is stopped, lest it take the machine down."""

    longest_s: float = 3600.0
    most_mb: float = field(default_factory=lambda: 0.8 * psutil.virtual_memory().total / 1e6)


def run(command: Sequence[str], limits: Limits) -> Run:
    """Run a command to its end, or to its limits, and watch it."""
    with tempfile.TemporaryFile("w+", errors="replace") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
        )
        with _Watch(process.pid, limits) as watch:
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        own_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return Run(
            wall_s=wall_s,
            cpu_s=max(usage.ru_utime + usage.ru_stime, sum(watch.cpu_s.values())),
            peak_mb=max(watch.peak_bytes, own_bytes) / 1e6,
            status=process.returncode,
            output=_all_of(output) or _all_of(errors),
            stopped=watch.stopped,
        )


def _all_of(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


class _Watch:
    """Looks now and then at what a process and its children hold, and stops them at their limits."""

    def __init__(self, pid: int, limits: Limits) -> None:
        self.peak_bytes = 0
        self.cpu_s: dict[int, float] = {}
        """By process, as last seen: the system tells the time of no child that nobody waited for."""
        self.stopped = ""
        self._limits = limits
        self._ends = time.monotonic() + limits.longest_s
        self._process = psutil.Process(pid)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind:
            self._stop("interrupted")
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(LOOK_EVERY_S):
            self._note()
            if self.peak_bytes > self._limits.most_mb * 1e6:
                self._stop(f"took more than {self._limits.most_mb:,.0f} MB")
            elif time.monotonic() > self._ends:
                self._stop(f"took longer than {self._limits.longest_s:,.0f} s")

    def _stop(self, why: str) -> None:
        self.stopped = self.stopped or why
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _note(self) -> None:
        held = 0
        with contextlib.suppress(psutil.Error):
            for one in (self._process, *self._process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    held += one.memory_info().rss
                    times = one.cpu_times()
                    self.cpu_s[one.pid] = times.user + times.system
        self.peak_bytes = max(self.peak_bytes, held)
