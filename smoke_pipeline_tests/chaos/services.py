"""The parts of `smoke serve`, each with all that it starts, kept running as a service manager does."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from smoke_pipeline.cli.services.health import answers, health
from smoke_pipeline_tests.cli.served import SMOKE, is_fork_server, until

PARTS = ("code", "webserver", "daemon", "reports", "launcher")
LOOK_EVERY_S = 0.3
RESTART_AFTER_S = 0.5
START_TIMEOUT_S = 180.0
GRACE_S = 20.0


class Service:
    """One part, and what became of it."""

    def __init__(self, part: str, variables: Mapping[str, str], logs: Path) -> None:
        self.part = part
        self.log = logs / f"{part}.log"
        self.starts = 0
        self.ended: list[int] = []
        """The statuses with which it ended by itself."""
        self._variables = dict(variables)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed_by_us = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, in a process group of its own."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*SMOKE, "serve", self.part],
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def processes(self) -> list[psutil.Process]:
        """Its process and all that it started."""
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        return []

    def fork_server(self) -> psutil.Process | None:
        """The process that its runs are forked from."""
        with suppress(psutil.Error):
            return next(filter(is_fork_server, self.processes()), None)
        return None

    def kill(self, *, alone: bool = False) -> None:
        """Kill it with -9: with all that it started, as a container ends, or alone."""
        with self._lock:
            self._is_killed_by_us = True
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
                if not alone:
                    os.killpg(self.pid, signal.SIGKILL)

    def tend(self) -> None:
        """Start it again if it has ended."""
        with self._lock:
            assert self._process is not None
            status = self._process.poll()
            if status is None:
                return
            if not self._is_killed_by_us:
                self.ended.append(status)
            self._is_killed_by_us = False
        time.sleep(RESTART_AFTER_S)
        self.start()

    def end(self) -> None:
        """End it with all that it started."""
        if self._process is None:
            return
        everybody = self.processes()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)
        psutil.wait_procs(everybody, timeout=GRACE_S)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class Services:
    """All parts together."""

    def __init__(self, variables: Mapping[str, str], logs: Path) -> None:
        self.parts = {part: Service(part, variables, logs) for part in PARTS}
        self.page, self.reports, self.launcher = (
            f"http://127.0.0.1:{variables[f'SMOKE_{name}__PORT']}"
            for name in ("DAGSTER", "REPORT_SERVER", "LAUNCHER")
        )

    def are_well(self) -> bool:
        """Whether all parts answer, and runs can be launched."""
        found = health(self.page)
        return found.is_loaded and found.daemon_is_up and answers(self.reports) and answers(self.launcher)

    def logs(self) -> str:
        """The ends of the logs."""
        return "\n".join(f"{one.part}: {one.log.read_text()[-1500:]}" for one in self.parts.values())


@contextmanager
def serving_parts(variables: Mapping[str, str], logs: Path) -> Iterator[Services]:
    """All parts, kept running until the block ends."""
    services, is_over = Services(variables, logs), threading.Event()

    def tend() -> None:
        while not is_over.wait(LOOK_EVERY_S):
            for one in services.parts.values():
                one.tend()

    keeper = threading.Thread(target=tend, daemon=True)
    try:
        for one in services.parts.values():
            one.start()
        keeper.start()
        until(services.are_well, timeout_s=START_TIMEOUT_S, why=services.logs)
        yield services
    finally:
        is_over.set()
        if keeper.ident:
            keeper.join()
        for one in services.parts.values():
            one.end()
