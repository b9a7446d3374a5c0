"""Runs and sessions agree, over a real history and an instance of Dagster in memory."""

import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.events import DagsterEvent
from dagster._core.storage.tags import GRPC_INFO_TAG

from smoke_pipeline.definitions import build_definitions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test.orchestrator import BEGIN_TIMEOUT_S, DagsterOrchestrator
from smoke_pipeline.defs.smoke_test.sensors import run_cancelled, run_failed, run_succeeded, runs_reconciled
from smoke_pipeline.defs.worker import PROCESS_TAG, is_gone, this_process
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import JobStatus, Status, Step
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.keeping.whole import look
from smoke_pipeline.smoke_test.pipeline_names import JOB_TAG, SESSION_TAG
from smoke_pipeline_tests.defs.serving.test_server import code_server

pytestmark = pytest.mark.services

BEFORE = "id,amount\n1,10\n2,20\n"


@pytest.fixture
def kept(around, postgres_url):
    """Surroundings whose history is a real one."""
    with Database(postgres_url) as database:
        database.migrate()
        yield replace(around, history=PostgresHistory(database, around.now), database=database)


@pytest.fixture
def runs(kept):
    return Runs(kept.database, kept.now)


@pytest.fixture
def smoke(kept):
    class OverThis(SmokeResource):
        @contextmanager
        def opened(self):
            yield kept

    return OverThis()


@pytest.fixture
def execute(smoke, instance):
    """Run a job to its end, as Dagster does; the run."""

    def execute(job, session_id=None, **options):
        found = build_definitions({"smoke": smoke}, partitions=1).resolve_job_def(job)
        result = found.execute_in_process(
            instance=instance, partition_key=session_id, raise_on_error=False, **options
        )
        return instance.get_run_by_id(result.run_id)

    return execute


@pytest.fixture
def start(execute, write):
    """Start a session of two places; its id."""

    def start(**order):
        places = {"source": {"path": write("a.csv", BEFORE)}, "target": {"path": write("b.csv", BEFORE)}}
        run = execute("start_session", run_config={"ops": {"session": {"config": {**places, **order}}}})
        return run.tags[SESSION_TAG]

    return start


@pytest.fixture
def sense(smoke, instance):
    """What a run status sensor says of a run."""

    def sense(sensor, run):
        event = [one for one in instance.all_logs(run.run_id) if one.is_dagster_event][-1]
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor.name,
            dagster_event=event.dagster_event,
            dagster_instance=instance,
            dagster_run=instance.get_run_by_id(run.run_id),
        )
        return sensor(context, smoke=smoke).skip_message

    return sense


def begun_and_gone(instance, kept, session_id, tags=None):
    """A run that took its session up, and whose process died."""
    run = instance.create_run_for_job(
        build_definitions(partitions=1).resolve_job_def("verify"),
        status=dg.DagsterRunStatus.STARTED,
        tags={SESSION_TAG: session_id, "dagster/partition": session_id, **(tags or {})},
    )
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    began = psutil.Process(process.pid).create_time()
    instance.add_run_tags(run.run_id, {PROCESS_TAG: f"{socket.gethostname()} {process.pid} {began:.2f}"})
    process.kill()
    process.wait()
    return instance.get_run_by_id(run.run_id)


def test_a_run_is_written_down_with_its_session_and_its_process(start, execute, runs):
    session_id = start()

    run = execute("smoke_test", session_id)

    job = runs.job_of(run.run_id)
    assert (job.session_id, job.job_name, job.status) == (session_id, "smoke_test", JobStatus.RUNNING)
    assert run.tags[SESSION_TAG] == session_id
    assert run.tags[PROCESS_TAG] == this_process()


def test_a_run_that_was_asked_for_is_the_job_of_that_request(start, execute, runs):
    session_id = start()
    asked = runs.request(JobRequest(job_name="smoke_test", session_id=session_id, client_id="c"))

    run = execute("smoke_test", session_id, tags={JOB_TAG: asked.job_id})

    assert [job.job_id for job in runs.jobs(session_id)] == [asked.job_id]
    assert runs.job_of(run.run_id).client_id == "c"


def test_a_run_that_succeeded_ends_its_job(start, execute, runs, sense):
    session_id = start()
    run = execute("smoke_test", session_id)

    said = sense(run_succeeded, run)

    assert said == f"The run {run.run_id} of smoke_test succeeded."
    assert runs.job_of(run.run_id).status is JobStatus.SUCCEEDED
    assert sense(run_succeeded, run) == "All was known."


def test_a_step_that_failed_says_so_itself(start, execute, runs, sense, kept, write):
    session_id = start()
    Path(write("b.csv", "")).unlink()

    run = execute("smoke_test", session_id)

    assert runs.job_of(run.run_id).status is JobStatus.FAILED
    assert runs.job_of(run.run_id).failure["error_type"] == "ObjectNotFoundError"
    failure = kept.history.session(session_id).failure
    assert sense(run_failed, run) == "All was known."
    assert kept.history.session(session_id).failure == failure


def test_what_a_session_refuses_leaves_it_as_it_was(start, execute, runs, sense, kept):
    session_id = start()

    run = execute("compare", session_id)

    assert runs.job_of(run.run_id).failure["error_type"] == "SessionStateError"
    assert sense(run_failed, run) == "All was known."
    assert kept.history.session(session_id).status is Status.ACTIVE


def test_a_check_that_stops_the_run_leaves_a_failed_session(start, execute, sense, kept, instance):
    session_id = start()
    run = begun_and_gone(instance, kept, session_id)
    instance.report_run_failed(run)

    said = sense(run_failed, run)

    assert said == f"The run {run.run_id} of verify failed outside of a step."
    assert kept.history.session(session_id).status is Status.FAILED


def test_a_cancelled_run_leaves_a_failed_session_and_a_cancelled_job(start, sense, kept, instance, runs):
    session_id = start()
    run = begun_and_gone(instance, kept, session_id)
    instance.report_run_canceled(run)

    sense(run_cancelled, run)

    assert runs.job_of(run.run_id).status is JobStatus.CANCELLED
    assert (
        kept.history.session(session_id).failure["error_message"].endswith("was cancelled outside of a step.")
    )


def test_the_run_that_starts_a_session_is_no_run_of_it(execute, write, sense, runs, instance):
    order = {"source": {"path": write("a.csv", BEFORE)}}
    run = execute("start_session", run_config={"ops": {"session": {"config": order}}})

    assert sense(run_succeeded, run) == "The run worked on no session."
    assert runs.unfinished() == []


def test_a_run_whose_process_is_gone_is_buried_and_its_session_failed(start, kept, instance, smoke, runs):
    session_id = start()
    run = begun_and_gone(instance, kept, session_id)

    said = runs_reconciled(dg.build_sensor_context(instance=instance), smoke=smoke).skip_message

    assert said == f"The run {run.run_id} of verify failed outside of a step."
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE
    found = kept.history.session(session_id)
    assert (found.status, found.step) == (Status.FAILED, Step.AWAITING_SOURCE)
    again = runs_reconciled(dg.build_sensor_context(instance=instance), smoke=smoke)
    assert again.skip_message == "History and Dagster agree."


def test_a_run_whose_process_lives_is_not_buried(start, kept, instance):
    session_id = start()
    run = begun_and_gone(instance, kept, session_id)
    instance.add_run_tags(run.run_id, {PROCESS_TAG: this_process()})

    assert DagsterOrchestrator(instance).bury() == []


def test_a_run_that_a_later_code_server_at_the_same_place_knows_nothing_of_is_buried(
    start, kept, instance, tmp_path
):
    run = begun_and_gone(instance, kept, start())
    with code_server(tmp_path) as server:
        place = {"host": "localhost", "socket": str(server.socket)}
        instance.add_run_tags(run.run_id, {GRPC_INFO_TAG: json.dumps(place)})

        buried = DagsterOrchestrator(instance).bury()

    assert [one.run_id for one in buried] == [run.run_id]


def started_with_a_server_that_is_gone(instance, session_id):
    """A run that was started by a code server, and whose first step never began; when it was started."""
    run = instance.create_run_for_job(
        build_definitions(partitions=1).resolve_job_def("verify"),
        tags={
            SESSION_TAG: session_id,
            GRPC_INFO_TAG: json.dumps({"host": "localhost", "socket": "/nowhere"}),
        },
    )
    started = DagsterEvent(event_type_value="PIPELINE_START", job_name="verify")
    instance.report_dagster_event(started, run_id=run.run_id)
    return run.run_id, instance.get_run_record_by_id(run.run_id).start_time


def test_a_run_whose_processes_were_killed_before_its_first_step_is_buried_in_time(start, instance):
    run_id, began = started_with_a_server_that_is_gone(instance, start())

    soon = DagsterOrchestrator(instance, lambda: began + BEGIN_TIMEOUT_S - 1).bury()
    later = DagsterOrchestrator(instance, lambda: began + BEGIN_TIMEOUT_S).bury()

    assert soon == []
    assert [(one.run_id, one.status) for one in later] == [(run_id, JobStatus.FAILED)]


def test_a_run_that_was_never_queued_is_buried_in_time(start, instance):
    run = instance.create_run_for_job(
        build_definitions(partitions=1).resolve_job_def("verify"), tags={SESSION_TAG: start()}
    )
    began = instance.get_run_record_by_id(run.run_id).create_timestamp.timestamp()

    soon = DagsterOrchestrator(instance, lambda: began + BEGIN_TIMEOUT_S - 1).bury()
    later = DagsterOrchestrator(instance, lambda: began + BEGIN_TIMEOUT_S).bury()

    assert soon == []
    assert [(one.run_id, one.status) for one in later] == [(run.run_id, JobStatus.FAILED)]


@pytest.mark.parametrize("process", ["", "elsewhere 1 2", "x y z", f"{socket.gethostname()} one two"])
def test_a_process_that_cannot_be_asked_is_believed_to_live(process):
    assert not is_gone(process)


def test_the_instance_is_asked_like_any_orchestrator(start, execute, instance):
    dagster, one, other = DagsterOrchestrator(instance), start(), None
    run = execute("smoke_test", one)
    other = start()

    assert set(dagster.partitions()) == {one, other}
    assert set(dagster.sessions_with_runs()) == {one, other}
    assert dagster.run(run.run_id).status is JobStatus.SUCCEEDED
    assert dagster.run("00000000-0000-0000-0000-000000000000") is None
    assert dagster.unfinished() == []
    dagster.add_partition(one)
    dagster.forget(one)
    dagster.forget("nobody")
    assert dagster.partitions() == [other]
    assert set(dagster.sessions_with_runs()) == {other}
    assert instance.get_run_by_id(run.run_id) is None


def test_a_run_of_the_command_line_cannot_be_told_to_stop(start, kept, instance):
    run = begun_and_gone(instance, kept, start())

    assert not DagsterOrchestrator(instance).stop(run.run_id)
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED


def test_the_job_takes_away_what_is_due(start, execute, kept, instance):
    execute("smoke_test", start())
    kept.now.advance(days=30)

    runs = [execute("clean_up"), execute("clean_up")]

    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert kept.history.sessions() == []
    assert list(look(kept, kept.database, DagsterOrchestrator(instance))) == []


def test_a_cancelled_session_ends_its_step(start, execute, kept, runs):
    session_id = start()
    close_session(session_id, Status.CANCELLED, kept)

    run = execute("smoke_test", session_id)

    assert run.status is dg.DagsterRunStatus.FAILURE
    assert kept.history.session(session_id).status is Status.CANCELLED
    assert runs.job_of(run.run_id).failure["error_type"] == "SessionStateError"


def test_cleaning_is_launched_every_night_unless_somebody_turns_it_off():
    (schedule,) = build_definitions(partitions=1).schedules

    assert (schedule.name, schedule.job_name, schedule.cron_schedule) == (
        "daily_clean_up",
        "clean_up",
        "30 3 * * *",
    )
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
