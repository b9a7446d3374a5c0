"""A real `smoke up`, and what a browser would ask of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on PythonError { message }
} }"""
RUN = """query($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"""
RUNS = """query($filter: RunsFilter) { runsOrError(filter: $filter) { ... on Runs {
  results { runId jobName status }
} } }"""
CHECK = """query($key: AssetKeyInput!, $name: String!, $partition: String) {
  assetCheckExecutions(assetKey: $key, checkName: $name, partition: $partition, limit: 1) {
    evaluation { success }
  }
}"""
SMOKE = (sys.executable, "-m", "smoke_pipeline.cli")
FINISHED = ("SUCCESS", "FAILURE", "CANCELED")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(look: Callable[[], Any], *, timeout_s: float = 60, why: Callable[[], str] = str) -> Any:
    """What `look` gives once it gives something."""
    deadline, pause = time.monotonic() + timeout_s, threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, why()
        pause.wait(0.1)
    return found


class Served:
    """A running `smoke up` and its GraphQL."""

    def __init__(self, process: subprocess.Popen[str], log: Path, data: Path, port: int) -> None:
        self.process, self.log, self.data = process, log, data
        self.url = f"http://127.0.0.1:{port}"

    @property
    def reports(self) -> str:
        """Where the reports are, as it says."""
        return next(
            line.split()[-1] for line in self.log.read_text().splitlines() if "reports" in line
        ).rstrip(".")

    @property
    def launcher(self) -> str:
        """Where the tools are, as it says."""
        return next(
            line.split()[-1] for line in self.log.read_text().splitlines() if "launcher" in line
        ).rstrip(".")

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
        assert "errors" not in found, found
        return found["data"]

    def launch(self, job: str, *, config: dict[str, Any] | None = None, session_id: str | None = None) -> str:
        """Launch a job as the launchpad does; the id of its run."""
        tags = [{"key": "dagster/partition", "value": session_id}] if session_id else []
        selector = {
            "repositoryLocationName": "smoke_pipeline",
            "repositoryName": "__repository__",
            "jobName": job,
        }
        found = self.ask(
            LAUNCH,
            params={
                "selector": selector,
                "runConfigData": json.dumps(config or {}),
                "executionMetadata": {"tags": tags},
            },
        )["launchRun"]
        assert found["__typename"] == "LaunchRunSuccess", found
        run_id: str = found["run"]["runId"]
        return run_id

    def finished(self, run_id: str, *, timeout_s: float = 90) -> tuple[str, dict[str, str]]:
        """The status of a run once it ended, and its tags."""
        run = until(
            lambda: (found := self.ask(RUN, id=run_id)["runOrError"])["status"] in FINISHED and found,
            timeout_s=timeout_s,
            why=lambda: str(self.ask(RUN, id=run_id)),
        )
        return run["status"], {tag["key"]: tag["value"] for tag in run["tags"]}

    def run_of(self, job: str, session_id: str) -> str:
        """The id of the run of a job for a session, once there is one."""
        filters = {"pipelineName": job, "tags": [{"key": "dagster/partition", "value": session_id}]}
        found = until(lambda: self.ask(RUNS, filter=filters)["runsOrError"]["results"])
        return str(found[0]["runId"])

    def start_session(self, **order: Any) -> str:
        """Launch `start_session` with an order; the session's id."""
        status, tags = self.finished(
            self.launch("start_session", config={"ops": {"session": {"config": order}}})
        )
        assert status == "SUCCESS"
        return tags["smoke/session"]

    def check(self, asset: str, name: str, session_id: str) -> bool:
        """Whether a check of a session passed when it was last looked at."""
        found = self.ask(CHECK, key={"path": ["smoke_test", asset]}, name=name, partition=session_id)
        return bool(found["assetCheckExecutions"][0]["evaluation"]["success"])

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        """The processes that carry out runs."""
        return [process for process in self.processes() if is_fork_server(process.parent())]

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


def is_fork_server(process: psutil.Process | None) -> bool:
    """Whether runs are forked from it; they bear its command line, but not its parent's."""
    return (
        process is not None
        and any("multiprocessing.forkserver" in word for word in process.cmdline())
        and not is_fork_server(process.parent())
    )


def smoke(data: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*SMOKE, *arguments],
        text=True,
        check=False,
        **{"env": environment(data), "capture_output": True, "timeout": 120, **options},
    )


def environment(data: Path) -> dict[str, str]:
    return {**os.environ, "SMOKE_DATA_DIR": str(data)}


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[Served]:
    """`smoke up` over a data folder, until the block ends."""
    port, report_port, mcp_port = free_port(), free_port(), free_port()
    log = data.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            [
                *(*SMOKE, "up", "--port", str(port)),
                *("--report-port", str(report_port), "--mcp-port", str(mcp_port)),
            ],
            env={**environment(data), **variables},
            stdout=file,
            stderr=file,
            text=True,
            start_new_session=True,
        )
    served = Served(process, log, data, port)
    try:
        until(
            lambda: "Ctrl-C stops" in log.read_text() or process.poll() is not None,
            timeout_s=120,
            why=log.read_text,
        )
        assert process.poll() is None, log.read_text()
        yield served
    finally:
        if process.poll() is None:
            served.stop()
