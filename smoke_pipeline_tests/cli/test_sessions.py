"""Sessions on the command line, over a real PostgreSQL."""

import json
import os
import pty
import shutil
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smoke_pipeline.history.server.embedded import is_running
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline_tests.cli.served import free_port, smoke

pytestmark = pytest.mark.services

BEFORE = "id,amount\n1,10\n2,20\n3,30\n4,40\n"
AFTER = "id,amount\n1,10\n2,20\n3,31\n4,40\n"


@pytest.fixture(scope="module")
def data(open_folder):
    """A data folder whose PostgreSQL runs all the time, which spares each command a start and a stop."""
    folder = open_folder / "sessions"
    with postgres(load_settings(environ={}, overrides={"data_dir": str(folder)})):
        yield folder


def told(data, *arguments):
    """The exit status, and what a command tells a program."""
    run = smoke(data, *arguments, "--format", "json")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def test_a_session_is_started_gone_on_with_and_shown(data, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(BEFORE)

    started = told(data, "start", str(file), "--key", "id", "--threshold", "75")
    session_id = started[1]["session_id"]
    file.write_text(AFTER)
    gone_on = told(data, "continue", session_id)
    shown = told(data, "show", session_id)
    listed = told(data, "sessions", "--status", "completed")

    assert (started[0], started[1]["step"], started[1]["verdict"]) == (0, "awaiting_etl", None)
    assert (gone_on[0], gone_on[1]["verdict"]) == (0, "passed")
    assert shown == gone_on
    line = listed[1]["sessions"][0]
    same = ("session_id", "status", "step", "verdict", "created_at", "completed_at", "report", "failure")
    assert {name: line[name] for name in same} == {name: shown[1][name] for name in same}
    with zipfile.ZipFile(Path(shown[1]["report"])) as bundle:
        assert "report.html" in bundle.namelist()


@pytest.mark.parametrize(
    ("target", "status", "verdict"), [(BEFORE, 0, "passed"), (AFTER, 1, "failed")], ids=["equal", "differs"]
)
def test_a_run_answers_with_its_exit_status(target, status, verdict, data, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(target)

    returned, outcome = told(data, "run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))

    assert (returned, outcome["verdict"]) == (status, verdict)


def test_an_untouched_target_is_unproven_and_not_passed(data, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    _, started = told(data, "start", str(tmp_path / "a.csv"))

    status, outcome = told(data, "continue", started["session_id"])

    assert (status, outcome["verdict"]) == (1, "unproven")


def test_a_session_whose_columns_differ_has_no_verdict_and_can_be_looked_at(data, tmp_path):
    (tmp_path / "a.csv").write_text("id,old\n1,2\n")
    (tmp_path / "b.csv").write_text("id,new\n1,2\n")

    run = smoke(data, "run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--name", "renamed")

    assert run.returncode == 2
    assert run.stderr.startswith("Error: ")
    assert "Traceback" not in run.stderr
    _, listed = told(data, "sessions", "--status", "failed")
    (failed,) = [one for one in listed["sessions"] if one["test_name"] == "renamed"]
    assert failed["failure"]["error_type"] == "ColumnsDifferError"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["start", "/nowhere/a.csv"], "/nowhere/a.csv", id="no file"),
        pytest.param(["run", "{a}", "{a}"], "same place", id="one place at once"),
        pytest.param(["start", "{a}", "--preset", "nope"], "preset 'nope'", id="unknown preset"),
        pytest.param(["show", "upload_1"], "no session 'upload_1'", id="unknown session"),
        pytest.param(["continue", "upload_1"], "no session 'upload_1'", id="unknown session to go on with"),
    ],
)
def test_what_is_refused_is_said_in_one_sentence_with_status_2(arguments, words, data, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)

    run = smoke(data, *(word.format(a=tmp_path / "a.csv") for word in arguments))

    assert run.returncode == 2
    assert run.stderr.startswith("Error: ")
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_a_command_leaves_no_server_running(open_folder):
    data = open_folder / "alone"

    assert smoke(data, "sessions").returncode == 0
    assert not is_running(data / "postgres")


def test_the_demo_passes_each_time_and_tells_what_a_person_wants(open_folder):
    data = open_folder / "demo"

    runs = [smoke(data, "demo") for _ in range(3)]

    for run in runs:
        assert run.returncode == 0, run.stderr
        assert "PASSED  match score 98.89 (threshold 95), Good" in run.stdout
        for line in ("matched      30,004", "mismatched   121", "frequency_mhz  94", "smoke up"):
            assert line in run.stdout
        report = next(line.split()[1] for line in run.stdout.splitlines() if line.startswith("report"))
        assert Path(report).is_file()


def test_the_schema_is_printed_and_made(open_folder):
    data = open_folder / "schema"

    assert "CREATE TABLE mcp_smoke.test_sessions" in smoke(data, "db", "schema").stdout
    assert smoke(data, "db", "upgrade").returncode == 0


@pytest.mark.parametrize("command", ["sessions", "demo", "up", "db upgrade", "start {a}", "run {a} {b}"])
def test_a_shared_server_that_does_not_answer_is_said_at_once_and_without_its_password(
    command, data, tmp_path, monkeypatch
):
    monkeypatch.setenv("SMOKE_POSTGRES_URL", "postgresql://me:hunter2@127.0.0.1:1/none")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(BEFORE)
    words = command.format(a=tmp_path / "a.csv", b=tmp_path / "b.csv").split()
    options = ("--port", "--report-port", "--mcp-port")
    ports = [word for option in options for word in (option, str(free_port())) if command == "up"]

    run = smoke(data, *words, *ports, timeout=10)

    assert run.returncode == 2
    assert run.stderr.startswith("Error: PostgreSQL at 127.0.0.1 (database 'none') does not answer")
    assert "Traceback" not in run.stderr
    assert "hunter2" not in run.stdout + run.stderr


def test_runs_at_the_same_moment_are_sessions_of_their_own(open_folder, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(AFTER)
    arguments = ("run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--key", "id", "--format", "json")

    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _: smoke(open_folder / "at_once", *arguments), range(3)))

    assert [(run.returncode, run.stderr) for run in runs] == [(1, "")] * 3
    outcomes = [json.loads(run.stdout) for run in runs]
    assert len({outcome["session_id"] for outcome in outcomes}) == 3
    assert all(outcome["result"]["mismatched"] == 1 for outcome in outcomes)


def test_a_session_whose_files_vanished_keeps_its_verdict_and_says_what_is_gone(data, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(BEFORE)
    _, outcome = told(data, "run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    shutil.rmtree(outcome["folder"])

    shown = smoke(data, "show", outcome["session_id"])
    gone_on = smoke(data, "continue", outcome["session_id"])

    assert "PASSED  match score 100.00" in shown.stdout
    assert "any more" in shown.stdout
    assert gone_on.returncode == 2
    assert gone_on.stderr.startswith(f"Error: The source of {outcome['session_id']} was never taken, or")


def test_progress_is_shown_on_a_terminal_and_wiped_from_it(data, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(BEFORE)
    ours, theirs = pty.openpty()

    run = smoke(data, "start", str(file), capture_output=False, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    frames = os.read(ours, 65536).decode().split("\r")
    os.close(ours)

    assert run.stdout.startswith("session ")
    assert any(frame.startswith("Reading the source: ") for frame in frames)
    assert frames[-1] == ""
