"""A run that ended and a session that does not know it: settled, and never wrongly."""

import pytest

from smoke_pipeline.errors import RunStoppedError, SessionStateError
from smoke_pipeline.history.records import JobStatus, Status, Step
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.readers.base import Progress
from smoke_pipeline.smoke_test.keeping.closing import close_session, stop_runs
from smoke_pipeline.smoke_test.keeping.progress import kept_progress
from smoke_pipeline.smoke_test.keeping.settling import reconcile, run_ended, settle_session
from smoke_pipeline.smoke_test.lifecycle import move_after_failure

pytestmark = pytest.mark.services


def begun(runs, session_id, run_id="r", job_name="verify"):
    return runs.begun(run_id, JobRequest(job_name=job_name, session_id=session_id))


def state(around, session_id):
    found = around.history.session(session_id)
    return found.status, found.step


@pytest.mark.parametrize(
    ("status", "how"), [(JobStatus.FAILED, "failed"), (JobStatus.CANCELLED, "was cancelled")]
)
def test_a_run_that_ended_outside_of_a_step_leaves_a_failed_session_with_the_reason(
    status, how, new, around, runs, dagster
):
    session_id = new(steps=1)
    begun(runs, session_id)

    told = run_ended(dagster.add("r", session_id, status), around, runs)

    found = around.history.session(session_id)
    assert (found.status, found.step) == (Status.FAILED, Step.AWAITING_ETL)
    assert found.failure["error_type"] == "RunStoppedError"
    assert found.failure["error_message"] == f"The run r of verify {how} outside of a step." == told
    assert runs.job_of("r").status is status


def test_a_run_that_died_before_its_first_step_is_settled_too(new, around, runs, dagster):
    session_id = new(steps=1)

    run_ended(dagster.add("r", session_id, JobStatus.FAILED), around, runs)

    assert state(around, session_id) == (Status.FAILED, Step.AWAITING_ETL)
    assert runs.job_of("r").status is JobStatus.FAILED


def test_a_run_that_succeeded_ends_its_job_and_leaves_its_session(new, around, runs, dagster):
    session_id = new(steps=1)
    begun(runs, session_id, job_name="take_source")

    told = run_ended(dagster.add("r", session_id, JobStatus.SUCCEEDED), around, runs)

    assert told == "The run r of take_source succeeded."
    assert runs.job_of("r").status is JobStatus.SUCCEEDED
    assert state(around, session_id) == (Status.ACTIVE, Step.AWAITING_ETL)


@pytest.mark.parametrize("job_name", ["take_target", "compare", "verify", "smoke_test"])
def test_a_success_that_left_nothing_behind_is_not_believed(job_name, new, around, runs, dagster):
    session_id = new(steps=1)
    begun(runs, session_id, job_name=job_name)

    told = run_ended(dagster.add("r", session_id, JobStatus.SUCCEEDED), around, runs)

    assert told == (
        f"Dagster calls the run of {job_name} a success, and the session still is at awaiting_etl."
    )
    assert runs.job_of("r").status is JobStatus.FAILED
    assert state(around, session_id) == (Status.ACTIVE, Step.AWAITING_ETL)


def test_a_success_of_a_job_that_promises_no_step_is_believed(new, around, runs, dagster):
    session_id = new(steps=1)
    begun(runs, session_id, job_name="__ASSET_JOB")

    run_ended(dagster.add("r", session_id, JobStatus.SUCCEEDED), around, runs)

    assert runs.job_of("r").status is JobStatus.SUCCEEDED


def test_a_run_that_failed_is_told_in_the_words_of_its_session(new, around, runs, dagster):
    session_id = new(steps=1)
    begun(runs, session_id)
    why = {"error_type": "CsvFormatError", "error_message": "Line 3 has two fields."}
    around.history.move(move_after_failure(around.history.session(session_id), why))

    told = run_ended(dagster.add("r", session_id, JobStatus.FAILED), around, runs)

    assert told == "Line 3 has two fields."
    assert runs.job_of("r").failure == why
    assert around.history.session(session_id).failure == why


def test_a_step_that_said_why_it_stopped_is_believed(new, around, runs, dagster):
    session_id = new(steps=1)
    job = begun(runs, session_id)
    runs.settle(job.job_id, JobStatus.FAILED, {"error_type": "SessionStateError"})

    told = run_ended(dagster.add("r", session_id, JobStatus.FAILED), around, runs)

    assert told is None
    assert state(around, session_id) == (Status.ACTIVE, Step.AWAITING_ETL)


def test_a_session_for_which_another_run_was_asked_since_has_moved_on(new, around, runs, dagster, clock):
    session_id = new(steps=1)
    begun(runs, session_id, "old")
    clock.advance(seconds=1)
    begun(runs, session_id, "new")

    run_ended(dagster.add("old", session_id, JobStatus.FAILED), around, runs)

    assert state(around, session_id)[0] is Status.ACTIVE
    assert runs.job_of("old").status is JobStatus.FAILED
    assert runs.job_of("new").status is JobStatus.RUNNING


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED])
def test_a_closed_session_stays_closed(status, new, around, runs, dagster):
    session_id = new(steps=1)
    begun(runs, session_id)
    close_session(session_id, status, around)

    run_ended(dagster.add("r", session_id, JobStatus.CANCELLED), around, runs)

    assert state(around, session_id)[0] is status
    assert runs.job_of("r").has_ended


def test_a_run_of_a_session_that_is_gone_changes_nothing(around, runs, dagster):
    assert run_ended(dagster.add("r", "nobody", JobStatus.FAILED), around, runs) is None
    assert run_ended(dagster.add("q", None, JobStatus.FAILED), around, runs) is None


def test_reconciling_settles_the_dead_the_lost_and_the_never_launched(new, around, runs, dagster, clock):
    dead, lost, unlaunched, well = (new(steps=1) for _ in range(4))
    begun(runs, dead, "dead")
    dagster.add("dead", dead)
    dagster.dead.add("dead")
    begun(runs, lost, "lost")
    runs.request(JobRequest(job_name="verify", session_id=unlaunched))
    begun(runs, well, "well")
    dagster.add("well", well)
    clock.advance(minutes=9, seconds=59)
    early = list(reconcile(around, runs, dagster))
    early_state = state(around, unlaunched)[0]
    clock.advance(seconds=1)

    late = list(reconcile(around, runs, dagster))

    assert early == [
        "The run dead of verify failed outside of a step.",
        "Dagster does not know the run lost of verify any more.",
    ]
    assert late == ["verify was asked for and not launched within 10 minutes."]
    assert early_state is Status.ACTIVE
    assert [state(around, one)[0] for one in (dead, lost, unlaunched, well)] == [
        Status.FAILED,
        Status.FAILED,
        Status.FAILED,
        Status.ACTIVE,
    ]
    assert around.history.session(lost).failure["error_type"] == "RunNotFoundError"
    assert list(reconcile(around, runs, dagster)) == []


def test_a_session_whose_partition_was_never_written_gets_it_back(new, around, runs, dagster):
    session_id = new(steps=0)
    dagster.keys.clear()

    told = list(reconcile(around, runs, dagster))

    assert told == [f"Session {session_id} has its partition again."]
    assert dagster.keys == [session_id]


def test_one_session_can_be_settled_alone(new, around, runs, dagster):
    one, other = new(steps=1), new(steps=1)
    begun(runs, one, "one")
    begun(runs, other, "other")
    dagster.add("one", one, JobStatus.CANCELLED)
    dagster.add("other", other, JobStatus.CANCELLED)

    settle_session(one, around, runs, dagster)

    assert runs.job_of("one").has_ended
    assert not runs.job_of("other").has_ended


def test_only_runs_of_the_session_are_stopped(dagster):
    dagster.add("mine", "s")
    dagster.add("done", "s", JobStatus.SUCCEEDED)
    dagster.add("theirs", "t")

    assert stop_runs("s", dagster) == ["mine"]
    assert dagster.stopped == ["mine"]


def test_an_error_of_a_run_says_what_to_do():
    assert not RunStoppedError("x").retryable


def test_progress_is_kept_for_whoever_asks(new, around, runs):
    session_id = new(steps=1)
    keep = kept_progress(session_id, "r", around)

    keep(Progress(stage="Comparing", rows=70, bytes_done=5, bytes_total=9))

    found = runs.progress(session_id)
    assert (found.stage, found.rows_done, found.bytes_done, found.bytes_total) == ("Comparing", 70, 5, 9)
    assert (found.run_id, found.updated_at) == ("r", around.now())


def test_a_lost_word_of_progress_breaks_nothing(new, around, database):
    session_id = new(steps=1)
    keep = kept_progress(session_id, "r", around)
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE mcp_smoke.run_progress RENAME TO away")

    keep(Progress(stage="Comparing", rows=70))


def test_the_step_of_a_session_that_was_cancelled_ends_with_its_next_word(new, around):
    session_id = new(steps=1)
    keep = kept_progress(session_id, "r", around)
    close_session(session_id, Status.CANCELLED, around)

    with pytest.raises(SessionStateError, match="is cancelled"):
        keep(Progress(stage="Comparing", rows=70))
