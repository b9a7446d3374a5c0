"""The code server as a process of its own, asked as Dagster's servers ask it."""

import os
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import ListRepositoriesResponse
from dagster._serdes import deserialize_value
from dagster._utils.error import SerializableErrorInfo

from smoke_pipeline.smoke_test.pipeline_names import REPOSITORY
from smoke_pipeline_tests.cli.served import is_fork_server, until

IN_THE_BACKGROUND = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
OPEN_TO_ALL = ("sh", "-c", 'umask 0; exec "$@"', "sh")
SUITE = "tests: [{test: orders}]\nschedule: '0 3 * * *'\n"


class Asked:
    """A code server and what it says."""

    def __init__(self, process, socket):
        self.process, self.socket = process, socket
        self._client = DagsterGrpcClient(socket=str(socket))

    def said(self):
        """What it has loaded, or why it has not."""
        return deserialize_value(self._client.list_repositories())

    @property
    def id(self):
        """What changes with each load."""
        return self._client.get_server_id()

    def load_again(self):
        """As *Reload* on Dagster's page asks for."""
        self._client.reload_code(timeout=60)

    def answers(self):
        """Whether it does."""
        try:
            return self._client.ping("") is not None
        except DagsterUserCodeUnreachableError:
            return False


@contextmanager
def code_server(folder, settings="{}", by=()):
    """A code server with a settings file of its own, started `by` a program that becomes it."""
    (folder / "suites").mkdir(exist_ok=True)
    (folder / "settings.yaml").write_text(settings)
    variables = {
        **os.environ,
        "SMOKE_SETTINGS": str(folder / "settings.yaml"),
        "SMOKE_DATA_DIR": str(folder),
        "SMOKE_SUITES__DIR": str(folder / "suites"),
    }
    socket, log = folder / "code.sock", folder / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*by, sys.executable, "-m", "smoke_pipeline.defs.serving", "--socket", str(socket)],
            env=variables,
            stdout=file,
            stderr=file,
        )
    asked = Asked(process, socket)
    try:
        until(lambda: process.poll() is not None or asked.answers(), why=log.read_text)
        assert process.poll() is None, log.read_text()
        yield asked
    finally:
        process.kill()
        process.wait()


def test_it_holds_the_pipeline_and_ends_in_order_with_its_fork_server(tmp_path):
    with code_server(tmp_path) as asked:
        found = asked.said()
        fork_server = next(filter(is_fork_server, psutil.Process(asked.process.pid).children()))
        asked.process.send_signal(signal.SIGINT)

        assert isinstance(found, ListRepositoriesResponse)
        assert [one.repository_name for one in found.repository_symbols] == [REPOSITORY]
        assert asked.process.wait(timeout=60) == 0
        psutil.wait_procs([fork_server], timeout=30)
        assert not fork_server.is_running()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_where_a_shell_has_its_background_ignore_interrupts(tmp_path, how):
    with code_server(tmp_path, by=IN_THE_BACKGROUND) as asked:
        asked.process.send_signal(how)

        assert asked.process.wait(timeout=60) == 0


def test_nobody_else_may_use_its_socket_whatever_the_umask(tmp_path):
    with code_server(tmp_path, by=OPEN_TO_ALL):
        assert stat.S_IMODE((tmp_path / "code.sock").stat().st_mode) == 0o700


def test_a_changed_suite_is_loaded_by_itself(tmp_path):
    with code_server(tmp_path) as asked:
        before = asked.id
        (tmp_path / "suites" / "nightly.yaml").write_text(SUITE)

        until(lambda: asked.id != before)


def test_settings_that_cannot_be_used_are_told_and_once_mended_loaded_by_itself(tmp_path):
    with code_server(tmp_path, "no_such_setting: 1") as asked:
        problem = asked.said()
        (tmp_path / "settings.yaml").write_text("{}")

        assert isinstance(problem, SerializableErrorInfo)
        assert "no_such_setting" in str(problem.cause)
        until(lambda: isinstance(asked.said(), ListRepositoriesResponse))


def test_a_load_that_was_asked_for_says_what_is_wrong_now(tmp_path):
    with code_server(tmp_path) as asked:
        before = asked.id
        asked.load_again()
        between = asked.id
        (tmp_path / "settings.yaml").write_text("no_such_setting: 1")
        asked.load_again()

        assert len({before, between, asked.id}) == 3
        assert "no_such_setting" in str(asked.said().cause)


def test_what_runs_are_copies_of_has_imported_everything_and_started_nothing():
    wanted = [
        "pandas",
        "polars",
        "datacompy",
        "jinja2",
        "psycopg",
        "dagster_postgres.run_storage.run_storage",
    ]
    program = (
        "import sys, threading\n"
        "import smoke_pipeline.defs.serving.warm\n"
        f"print([name for name in {wanted} if name not in sys.modules], threading.active_count(),"
        " 'smoke_pipeline.definitions' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[] 1 False"
