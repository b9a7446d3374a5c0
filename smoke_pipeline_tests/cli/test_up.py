"""`smoke up` as a whole: a session from the launchpad to its verdict, over real servers."""

import json
import signal

import psutil
import pytest

from smoke_pipeline.history.embedded import is_running
from smoke_pipeline_tests.cli.served import Served, free_port, serving, smoke, until

pytestmark = pytest.mark.services

BEFORE = "id,amount\n1,10\n2,20\n3,30\n4,40\n"
AFTER = "id,amount\n1,10\n2,20\n3,31\n4,40\n"


@pytest.fixture(scope="module")
def served(open_folder):
    with serving(open_folder / "served") as running:
        yield running


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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_leaves_no_process_behind(how, open_folder):
    data = open_folder / f"stopped_by_{how.name}"
    with serving(data) as running:
        descendants = running.processes()

        status = running.stop(how)

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
