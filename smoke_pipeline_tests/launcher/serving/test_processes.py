"""`smoke mcp` as a real process: what it says, when it ends, and what it leaves."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from smoke_pipeline.history.access.keys import Keys, NewKey
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.records import Role
from smoke_pipeline.history.server.embedded import is_running
from smoke_pipeline_tests.cli.served import SMOKE, environment, free_port, smoke
from smoke_pipeline_tests.launcher.conftest import ERAS, Talk

pytestmark = [pytest.mark.anyio, pytest.mark.services]

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def shared(postgres_url, tmp_path):
    """Variables of a launcher whose history is that of the test."""
    return {**environment(tmp_path / "data"), "SMOKE_POSTGRES_URL": postgres_url}


@contextmanager
def started(variables, *arguments):
    """`smoke mcp` on pipes, said hello to."""
    process = subprocess.Popen(
        [*SMOKE, "mcp", *arguments],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        process.stdin.write(json.dumps(HELLO) + "\n")
        process.stdin.flush()
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_starts_it_can_talk_with_it(shared, tmp_path, era):
    (tmp_path / "a.csv").write_text("id\n1\n")
    command = StdioServerParameters(
        command=sys.executable,
        args=[*SMOKE[1:], "mcp", "--root", str(tmp_path), "--max-rows", "5", "--max-chars", "900"],
        env=shared,
    )

    async with Client(command, mode=era) as client:
        talk = Talk(client)
        session = await talk.do("start_smoke_test", test_type="upload")
        words, error = await talk.refused(
            "handle_uploaded_files", paths=["a.csv"], session_id=session["session_id"]
        )

    assert error["error_type"] == "DagsterUnavailableError"
    assert "does not answer" in words


def test_it_ends_with_its_client_and_leaves_no_server_running(open_folder):
    data = open_folder / "stdio"
    with started(environment(data)) as (process, hello):
        ran = is_running(data / "postgres")
        process.stdin.close()
        status = process.wait(30)
        rest, errors = process.stdout.read(), process.stderr.read()

        assert hello["result"]["serverInfo"]["name"] == "smoke-pipeline"
        assert ran
        assert (status, rest) == (0, "")
        assert "Traceback" not in errors
        assert not is_running(data / "postgres")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_leaves_no_server_running(open_folder, how):
    data = open_folder / f"stdio_{how.name}"
    with started(environment(data)) as (process, _):
        process.send_signal(how)
        status = process.wait(30)

        assert status == 0
        assert process.stdout.read() == ""
        assert not is_running(data / "postgres")


def test_what_cannot_be_used_is_said_in_a_sentence_and_not_on_stdout(tmp_path):
    variables = {**environment(tmp_path), "SMOKE_POSTGRES_URL": "postgresql://me:hunter2@127.0.0.1:1/none"}

    run = subprocess.run(
        [*SMOKE, "mcp"], env=variables, input="", capture_output=True, text=True, check=False, timeout=60
    )

    assert run.returncode == 2
    assert run.stdout == ""
    assert "Error: PostgreSQL at 127.0.0.1" in run.stderr
    assert "Traceback" not in run.stderr
    assert "hunter2" not in run.stderr


@pytest.mark.parametrize("option", [("--port", "8300"), ("--host", "0.0.0.0"), ("--sse",)])
def test_what_is_for_http_alone_is_refused_without_it(tmp_path, option):
    run = smoke(tmp_path, "mcp", *option)

    assert run.returncode == 2
    assert f"Error: {option[0]} is for --http alone." in run.stderr


@pytest.fixture
def keys(postgres_url):
    """Makes keys."""
    with Database(postgres_url) as database:
        database.migrate()
        yield lambda role: Keys(database).create(NewKey(name="t", client_id="ada", role=role), LOCAL)[1].text


def test_the_person_at_the_pipe_is_who_the_key_says(shared, keys):
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    with started({**shared, "SMOKE_API_KEY": keys(Role.BILLING)}) as (process, _):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n")
        process.stdin.write(json.dumps(call) + "\n")
        process.stdin.flush()
        tools = {one["name"] for one in json.loads(process.stdout.readline())["result"]["tools"]}

    assert "get_report" in tools
    assert "start_smoke_test" not in tools


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SMOKE_ACCESS__REQUIRE_KEY": "true"}, "asks for an API key, and none was given"),
        ({"SMOKE_API_KEY": "smk_planted-and-unknown"}, "not known, has expired or was revoked"),
    ],
)
def test_without_the_key_that_is_asked_for_it_does_not_start(shared, change, words):
    run = subprocess.run(
        [*SMOKE, "mcp"],
        env={**shared, **change},
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert run.returncode == 2
    assert words in run.stderr
    assert "smk_planted" not in run.stderr


@contextmanager
def over_http(variables, *arguments):
    """`smoke mcp --http`, ready; its address and its process."""
    port = free_port()
    process = subprocess.Popen(
        [*SMOKE, "mcp", "--http", "--port", str(port), *arguments],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
        process.stderr.close()


def test_over_http_it_says_where_it_is_and_ends_with_ctrl_c(shared, keys):
    key = keys(Role.USER)
    with over_http(shared, "--sse", "--read-only") as (process, line):
        url = line.split()[-1].removesuffix("/mcp.")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{url}/sse", timeout=10)
        with urllib.request.urlopen(f"{url}/healthz", timeout=10) as alive:
            assert alive.status == 200
        process.send_signal(signal.SIGINT)
        status = process.wait(30)

    log = Path(shared["SMOKE_DATA_DIR"]) / "logs" / "launcher.log"
    assert line.startswith("The launcher is at http://127.0.0.1:")
    assert status == 0
    assert key not in log.read_text()


def test_only_who_may_run_the_installation_serves_it(shared, keys):
    refused = subprocess.run(
        [*SMOKE, "mcp", "--http", "--port", str(free_port())],
        env={**shared, "SMOKE_API_KEY": keys(Role.USER)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert refused.returncode == 2
    assert "run_installation" in refused.stderr


def test_a_busy_port_is_told(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        run = smoke(tmp_path, "mcp", "--http", "--port", str(port))

    assert run.returncode == 2
    assert f"127.0.0.1:{port} cannot be served" in run.stderr
