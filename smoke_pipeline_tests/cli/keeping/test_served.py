"""Runs that are stopped or killed under a real `smoke up`: their sessions know it."""

import json
import signal

import psutil
import pytest

from smoke_pipeline_tests.cli.served import Served, serving, smoke, until

pytestmark = pytest.mark.services

ROWS = 3_000_000


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A file that takes a while to be frozen."""
    file = tmp_path_factory.mktemp("big") / "big.csv"
    file.write_text("id,amount\n" + "".join(f"{i},{i % 97}\n" for i in range(ROWS)))
    return file


def shown(served: Served, session_id: str):
    """What `smoke show` tells a program."""
    return json.loads(smoke(served.data, "show", session_id, "--format", "json").stdout)


def under_way(served: Served, big):
    """A session whose source is being frozen right now, and the run."""
    session_id = served.start_session(source={"path": str(big)}, then="nothing")
    folder = served.data / "uploads" / session_id
    run_id = served.launch("take_source", session_id=session_id)
    until(lambda: list(folder.glob(".source.parquet.*")))
    return session_id, run_id


def test_a_killed_worker_leaves_a_failed_session_with_the_reason(served, big):
    session_id, run_id = under_way(served, big)

    for worker in served.workers():
        worker.kill()

    assert served.finished(run_id)[0] == "FAILURE"
    found = until(lambda: (one := shown(served, session_id))["status"] == "failed" and one)
    assert found["step"] == "awaiting_source"
    assert found["failure"]["error_type"] == "RunStoppedError"
    assert run_id in found["failure"]["error_message"]


def test_cancelling_a_session_stops_its_run(served, big):
    session_id, run_id = under_way(served, big)
    workers = served.workers()
    for worker in workers:
        worker.suspend()  # or it may be done before the command has begun

    run = smoke(served.data, "cancel", session_id)
    for worker in workers:
        worker.resume()

    assert run.returncode == 0, run.stderr
    assert f"The run {run_id} was under way and is told to stop." in run.stderr
    assert served.finished(run_id)[0] in ("CANCELED", "FAILURE")
    assert shown(served, session_id)["status"] == "cancelled"


def test_after_everything_was_killed_the_next_smoke_up_settles_the_session(open_folder, big):
    data = open_folder / "all_killed"
    with serving(data) as running:
        session_id, run_id = under_way(running, big)
        everybody = running.processes()
        for process in everybody:
            process.kill()
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(60)
        psutil.wait_procs(everybody, timeout=10)

    with serving(data) as again:
        found = until(lambda: (one := shown(again, session_id))["status"] == "failed" and one, timeout_s=120)
        status, _ = again.finished(run_id)
        deep = smoke(data, "doctor", "--deep")

    assert (status, found["failure"]["error_type"]) == ("FAILURE", "RunStoppedError")
    assert "torn" not in deep.stdout
