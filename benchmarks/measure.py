"""One process from its start to its end: how long it took and how much memory it held, with its children.

The system's own count of a process's peak begins with the peak of the process that started it, so whoever
measures must stay small; this module imports nothing large.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run took."""

    wall_s: float
    peak_mb: float
    """The most memory that the process and its children held at once, in MB of 1,000,000 bytes."""
    status: int
    output: str


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end and watch it."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=write, stderr=subprocess.STDOUT, env=environment)
    os.close(write)
    reader = _Collector(read)
    watched, seen = psutil.Process(process.pid), 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        seen = max(seen, _held_bytes(watched))
        reader.take()
        time.sleep(LOOK_EVERY_S)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    own = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(wall_s=wall_s, peak_mb=max(seen, own) / 1e6, status=process.returncode, output=reader.finish())


def _held_bytes(process: psutil.Process) -> int:
    """What the process and all that descend from it hold now."""
    held = 0
    with contextlib.suppress(psutil.Error):
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                held += one.memory_info().rss
    return held


class _Collector:
    """Takes what a process writes, without ever waiting for it."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._parts: list[bytes] = []

    def take(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._descriptor, 1 << 16):
                self._parts.append(part)

    def finish(self) -> str:
        self.take()
        os.close(self._descriptor)
        return b"".join(self._parts).decode(errors="replace")
