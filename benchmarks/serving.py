"""A real `smoke up` over a data folder of its own, and how long it takes until everything answers."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from smoke_pipeline.cli.services.health import health

TIMEOUT_S = 120.0
LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served, by whom, and how many seconds each part took to answer."""

    process: psutil.Process
    page: str
    reports: str
    launcher: str
    ready_s: Mapping[str, float] = field(default_factory=dict)
    cpu_s: float = 0.0
    """Processor time of all processes until then, which other programs of the machine hardly change."""

    def names(self) -> Mapping[int, str]:
        """What each process is, by its id."""
        named = {}
        for one in self.process.children(recursive=True):
            words = " ".join(one.cmdline())
            name = next((name for sign, name in PARTS.items() if sign in words), None)
            if name is not None:
                named[one.pid] = name
        return named


PARTS = {
    "dagster_webserver": "webserver",
    "dagster._daemon": "daemon",
    "defs.serving --": "code server",
    "multiprocessing.forkserver": "fork server",
    "cli.reports": "report server",
    "smoke_pipeline.launcher": "launcher",
}
"""What stands in a process's command line -> what it is."""


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[Served]:
    """`smoke up` until the block ends, entered once all of it answers."""
    ports = [_free_port() for _ in range(3)]
    page, reports, launcher = (f"http://127.0.0.1:{port}" for port in ports)
    options = zip(("--port", "--report-port", "--mcp-port"), map(str, ports), strict=True)
    began = time.perf_counter()
    with data.with_suffix(".log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "smoke_pipeline.cli", "up", *(word for pair in options for word in pair)],
            env={**os.environ, **variables, "SMOKE_DATA_DIR": str(data)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        asked = {
            "report server": lambda: _is_well(f"{reports}/healthz"),
            "launcher": lambda: _is_well(f"{launcher}/healthz"),
            "pipeline loaded": lambda: health(page).is_loaded,
            "everything deep": lambda: _is_well(f"{launcher}/health/deep"),
            "it says so": lambda: "Ctrl-C stops" in data.with_suffix(".log").read_text(),
        }
        ready_s, everything = _waited_for(asked, process, began), psutil.Process(process.pid)
        yield Served(
            process=everything,
            page=page,
            reports=reports,
            launcher=launcher,
            ready_s=ready_s,
            cpu_s=_cpu_s(everything),
        )
    finally:
        process.terminate()
        process.wait(60)


def _waited_for(
    asked: Mapping[str, Callable[[], bool]], process: subprocess.Popen[bytes], began: float
) -> Mapping[str, float]:
    """The seconds until each of them held."""
    took: dict[str, float] = {}
    while len(took) < len(asked):
        for name, holds in asked.items():
            if name not in took and holds():
                took[name] = time.perf_counter() - began
        if process.poll() is not None or time.perf_counter() - began > TIMEOUT_S:
            raise SystemExit(f"smoke up does not get ready; what answers is {', '.join(took) or 'nothing'}.")
        time.sleep(LOOK_EVERY_S)
    return took


def _cpu_s(process: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))


def _is_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            body = answer.read()
    except OSError:
        return False
    return not url.endswith("/deep") or json.loads(body).get("status") == "ok"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
