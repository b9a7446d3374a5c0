"""Services of the compose file as processes here: they meet at the code server that their variables name."""

import json
import signal
import subprocess
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from smoke_pipeline_tests.cli.served import SMOKE, Served, environment, free_port, until
from smoke_pipeline_tests.deploy.shipped import own_services

pytestmark = pytest.mark.services

ROWS = "id,amount\n1,10\n2,20\n3,30\n"


class Services:
    """Each in a process, in place of a container."""

    def __init__(self, folder: Path, postgres_url: str) -> None:
        self._folder, self._port = folder, free_port()
        folder.mkdir()
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._variables = {
            **environment(self.data),
            "SMOKE_DAGSTER__CODE_SERVER": f"localhost:{free_port()}",
            "SMOKE_DAGSTER__PORT": str(self._port),
            "SMOKE_POSTGRES_URL": postgres_url,
        }

    @property
    def page(self) -> Served:
        """What the webserver answers."""
        return Served(self._running["webserver"], self.log, self.data, self._port)

    @property
    def data(self) -> Path:
        """The folder that they share."""
        return self._folder / "data"

    @property
    def log(self) -> Path:
        """What all of them write."""
        return self._folder / "services.log"

    def start(self, name: str) -> None:
        """Start a service, and wait until its health check holds."""
        service = own_services()[name]
        with self.log.open("a") as file:
            self._running[name] = subprocess.Popen(
                [*SMOKE, *service["command"]], env=self._variables, stdout=file, stderr=file, text=True
            )
        until(lambda: self.is_well(name), why=self.log.read_text)

    def is_well(self, name: str) -> bool:
        """What the health check of a service says."""
        test = own_services()[name]["healthcheck"]["test"][2:]
        return subprocess.run([*SMOKE, *test], env=self._variables, check=False).returncode == 0

    def run(self, *arguments: str) -> str:
        """Run a command to its end; what it prints."""
        return subprocess.run(
            [*SMOKE, *arguments], env=self._variables, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def kill(self, name: str) -> None:
        """Kill a service with all that it started, as the end of a container does."""
        process = self._running.pop(name)
        everybody = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for one in everybody:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()

    def end_all(self) -> None:
        """End whatever runs still."""
        for process in self._running.values():
            process.send_signal(signal.SIGINT)
        for process in self._running.values():
            try:
                process.wait(timeout=30)
            finally:
                process.kill()


@contextmanager
def services(folder: Path, postgres_url: str) -> Iterator[Services]:
    """The services that runs need, with the tables made."""
    started = Services(folder, postgres_url)
    started.run(*own_services()["migrate"]["command"])
    try:
        for name in ("code", "webserver", "daemon"):
            started.start(name)
        yield started
    finally:
        started.end_all()


def compared(page: Served, folder: Path) -> str | None:
    """The verdict of a session that is led through now; none while the code server is looked for."""
    with suppress(urllib.error.HTTPError, AssertionError):
        session_id = page.start_session(
            source={"path": str(folder / "a.csv")}, target={"path": str(folder / "b.csv")}, then="smoke_test"
        )
        return page.finished(page.run_of("smoke_test", session_id))[1].get("smoke/verdict")
    return None


def test_a_container_of_the_code_server_that_is_killed_fails_its_run_and_the_next_one_goes_on(
    open_folder, postgres_url, tmp_path
):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS)
    (tmp_path / "big.csv").write_text(ROWS + "".join(f"{n},{n % 97}\n" for n in range(4, 2_000_000)))

    with services(open_folder / "meeting", postgres_url) as started:
        session_id = started.page.start_session(source={"path": str(tmp_path / "big.csv")}, then="nothing")
        run_id = started.page.launch("take_source", session_id=session_id)
        until(lambda: list((started.data / "uploads" / session_id).glob(".source.parquet.*")))
        started.kill("code")
        was_well = started.is_well("code")
        started.start("code")
        status, _ = started.page.finished(run_id)
        failure = until(lambda: json.loads(started.run("show", session_id, "--format", "json"))["failure"])
        verdict = until(lambda: compared(started.page, tmp_path), timeout_s=120, why=started.log.read_text)

    assert not was_well
    assert (status, failure["error_type"]) == ("FAILURE", "RunStoppedError")
    assert verdict == "passed"
