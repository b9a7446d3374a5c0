"""`smoke up` as a whole: a session from the launchpad to its verdict, over real servers."""

import json
import signal
import urllib.error
import urllib.request
from contextlib import suppress

import psutil
import psycopg
import pytest

from smoke_pipeline.history.server.embedded import is_running
from smoke_pipeline_tests.cli.served import Served, free_port, serving, smoke, until

pytestmark = pytest.mark.services

BEFORE = "id,amount\n1,10\n2,20\n3,30\n4,40\n"
AFTER = "id,amount\n1,10\n2,20\n3,31\n4,40\n"


def shown(served: Served, session_id: str):
    """What `smoke show` tells a program."""
    return json.loads(smoke(served.data, "show", session_id, "--format", "json").stdout)


def test_a_session_goes_from_the_launchpad_to_its_verdict(served, tmp_path):
    file = tmp_path / "table.csv"
    file.write_text(BEFORE)
    session_id = served.start_session(
        source={"path": str(file)}, comparison={"key": ["id"], "threshold": 75.0}
    )
    assert served.finished(served.run_of("take_source", session_id))[0] == "SUCCESS"
    file.write_text(AFTER)

    status, _ = served.finished(served.launch("verify", session_id=session_id))

    assert status == "SUCCESS"
    assert served.check("target_snapshot", "target_changed", session_id)
    assert served.check("comparison", "match_score_reaches_threshold", session_id)
    found = shown(served, session_id)
    assert (found["status"], found["verdict"], found["result"]["matched"]) == ("completed", "passed", 3)


def test_two_places_are_taken_at_once_from_the_launchpad_alone(served, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(BEFORE)

    session_id = served.start_session(
        source={"path": str(tmp_path / "a.csv")}, target={"path": str(tmp_path / "b.csv")}, then="smoke_test"
    )

    assert served.finished(served.run_of("smoke_test", session_id))[0] == "SUCCESS"
    assert shown(served, session_id)["verdict"] == "passed"


def test_a_killed_worker_leaves_a_session_that_goes_on(served, tmp_path):
    big = tmp_path / "big.csv"
    big.write_text("id,amount\n" + "".join(f"{i},{i % 97}\n" for i in range(3_000_000)))
    session_id = served.start_session(source={"path": str(big)}, then="nothing")
    folder = served.data / "uploads" / session_id

    run_id = served.launch("take_source", session_id=session_id)
    until(lambda: list(folder.glob(".source.parquet.*")))
    for worker in served.workers():
        worker.kill()

    assert served.finished(run_id)[0] == "FAILURE"
    assert shown(served, session_id)["step"] == "awaiting_source"
    big.write_text(BEFORE)
    assert served.finished(served.launch("take_source", session_id=session_id))[0] == "SUCCESS"
    assert shown(served, session_id)["step"] == "awaiting_etl"


def test_a_run_of_the_command_line_is_on_the_page(served, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(AFTER)

    run = smoke(served.data, "run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--key", "id")

    assert run.returncode == 1, run.stderr
    session_id = run.stdout.split()[1]
    assert served.finished(served.run_of("smoke_test", session_id))[0] == "SUCCESS"
    assert not served.check("comparison", "match_score_reaches_threshold", session_id)


def test_a_postgresql_that_was_killed_is_started_again_and_sessions_go_on(served, tmp_path):
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(BEFORE)
    pid = int((served.data / "postgres" / "pgdata" / "postmaster.pid").read_text().splitlines()[0])

    psutil.Process(pid).kill()

    until(lambda: "PostgreSQL had ended; it runs again" in served.log.read_text(), why=served.log.read_text)
    run = smoke(served.data, "run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    assert run.returncode == 0, run.stderr
    session_id = run.stdout.split()[1]
    until(lambda: is_shown(served, session_id))
    with urllib.request.urlopen(f"{served.reports}{session_id}/report.html") as page:
        assert b"<h1 " in page.read()


def slow_session(served, tmp_path):
    """A session whose source is being taken; its id, and its run's."""
    (tmp_path / "big.csv").write_text(BEFORE + "".join(f"{i},{i % 97}\n" for i in range(5, 4_000_000)))
    session_id = served.start_session(source={"path": str(tmp_path / "big.csv")}, then="nothing")
    run_id = served.launch("take_source", session_id=session_id)
    until(lambda: list((served.data / "uploads" / session_id).glob(".source.parquet.*")))
    return session_id, run_id


def test_a_code_server_that_was_killed_is_started_again_and_its_run_goes_on(served, tmp_path):
    session_id, run_id = slow_session(served, tmp_path)
    (code_server,) = [one for one in served.processes() if "smoke_pipeline.defs.serving" in one.cmdline()]

    code_server.kill()

    until(lambda: "code server had ended; it runs again" in served.log.read_text(), why=served.log.read_text)
    assert served.finished(run_id)[0] == "SUCCESS"
    assert shown(served, session_id)["step"] == "awaiting_etl"
    until(lambda: is_launched(served, session_id))
    until(lambda: shown(served, session_id)["status"] == "completed")


def is_launched(served: Served, session_id: str) -> bool:
    """Whether the page has found the code server again, and a run could be launched."""
    with suppress(urllib.error.HTTPError, AssertionError):
        return bool(served.launch("verify", session_id=session_id))
    return False


def test_without_the_process_that_runs_are_forked_from_a_run_ends_and_can_be_done_again(served, tmp_path):
    session_id, run_id = slow_session(served, tmp_path)
    (worker,) = served.workers()

    worker.parent().kill()

    assert served.finished(run_id)[0] == "FAILURE"
    psutil.wait_procs([worker], timeout=30)
    assert not worker.is_running()
    assert served.finished(served.launch("take_source", session_id=session_id))[0] == "SUCCESS"
    assert shown(served, session_id)["step"] == "awaiting_etl"


def is_shown(served: Served, session_id: str) -> bool:
    """Whether Dagster's page has the session; it first finds out that its old connections are dead."""
    try:
        return served.finished(served.run_of("smoke_test", session_id))[0] == "SUCCESS"
    except (urllib.error.HTTPError, AssertionError):
        return False


def test_a_member_that_was_killed_ends_all_with_one_sentence(open_folder):
    with serving(open_folder / "bereaved") as running:
        descendants = running.processes()
        (reports,) = [one for one in descendants if "smoke_pipeline.cli.reports" in one.cmdline()]

        reports.kill()

        assert running.process.wait(60) == 2
    assert (
        "Error: The report server ended with status -9, so everything is stopped." in running.log.read_text()
    )
    _, alive = psutil.wait_procs(descendants, timeout=5)
    assert alive == []


def test_the_password_of_a_shared_server_appears_nowhere(postgres_url, open_folder, tmp_path):
    data = open_folder / "secret"
    (tmp_path / "a.csv").write_text(BEFORE)
    (tmp_path / "b.csv").write_text(AFTER)
    url = postgres_url.replace("postgres@", "postgres:hunter2@")

    with serving(data, SMOKE_POSTGRES_URL=url) as running:
        session_id = running.start_session(
            source={"path": str(tmp_path / "a.csv")},
            target={"path": str(tmp_path / "b.csv")},
            then="smoke_test",
        )
        running.finished(running.run_of("smoke_test", session_id))
        arguments = [word for process in running.processes() for word in process.cmdline()]
        with urllib.request.urlopen(running.reports) as page:
            assert b"hunter2" not in page.read()
        assert running.stop(signal.SIGTERM) == 0

    written = [path for path in (running.log, *data.rglob("*")) if path.is_file()]
    assert [path for path in written if b"hunter2" in path.read_bytes()] == []
    assert [word for word in arguments if "hunter2" in word] == []
    assert tables_with(postgres_url, "hunter2") == []


def tables_with(url: str, word: str) -> list[str]:
    """The tables of a database that hold a word."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname IN ('public', 'mcp_smoke')"
        ).fetchall()
        found = {
            name: connection.execute(
                f"SELECT count(*) FROM {name} AS row WHERE row::text LIKE '%{word}%'"
            ).fetchone()[0]
            for (name,) in names
        }
    assert found
    return [name for name, count in found.items() if count]


def test_a_second_one_says_where_the_first_is(served):
    second = smoke(served.data, "up", "--port", str(free_port()))

    assert second.returncode == 2
    assert second.stderr.startswith(f"Error: `smoke up` runs already at {served.url}.")


def test_a_busy_port_is_refused_before_anything_is_started(served, open_folder):
    port = served.url.rpartition(":")[2]

    run = smoke(open_folder / "other", "up", "--port", port)

    assert run.returncode == 2
    assert f"127.0.0.1:{port} cannot be served" in run.stderr
    assert "Traceback" not in run.stderr
    assert not is_running(open_folder / "other" / "postgres")


def test_ctrl_c_leaves_no_process_behind(open_folder):
    data = open_folder / "stopped"
    with serving(data) as running:
        descendants = running.processes()

        status = running.stop(signal.SIGINT)

    assert status == 0
    assert len(descendants) >= 4
    _, alive = psutil.wait_procs(descendants, timeout=5)
    assert alive == []
    assert not is_running(data / "postgres")


def test_what_a_killed_one_left_behind_is_ended_by_the_next(open_folder):
    data = open_folder / "killed"
    with serving(data) as running:
        left_over = running.processes()
        running.stop(signal.SIGKILL)

    with serving(data):
        _, alive = psutil.wait_procs(left_over, timeout=20)

    assert alive == []
