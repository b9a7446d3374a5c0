"""Runs that ended and sessions that do not know it yet: the row and the run never disagree for long."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from smoke_pipeline.errors import (
    RunNotFoundError,
    RunStoppedError,
    SessionError,
    SmokePipelineError,
)
from smoke_pipeline.history.records import JobStatus, SessionRecord, Status, Step
from smoke_pipeline.history.runs.records import JobRecord, JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator, SeenRun
from smoke_pipeline.smoke_test.lifecycle import move_after_failure
from smoke_pipeline.smoke_test.surroundings import Surroundings

LAUNCH_TIMEOUT = timedelta(minutes=10)
"""A job that has no run after so long was never launched."""

_MOST_ACTIVE = 10_000
"""Active sessions looked at; more are never under way at once."""

_COMPARED = Step.AWAITING_REPORT

_ENDS: Mapping[JobStatus, str] = {
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "was cancelled",
}


def ending_of(job: JobRecord, run: SeenRun | None, now: datetime) -> SmokePipelineError | JobStatus | None:
    """How a job ended that is still open in its row.

    Args:
        job: The row.
        run: What Dagster knows of its run.
        now: The time.

    Returns:
        An error where it ended without being done, `succeeded`, or None where it goes on.
    """
    if job.run_id is None:
        never_launched = now - job.requested_at >= LAUNCH_TIMEOUT
        return _not_launched(job) if never_launched else None
    if run is None:
        return _unknown(job)
    if run.status in _ENDS:
        return _stopped(run)
    return JobStatus.SUCCEEDED if run.status is JobStatus.SUCCEEDED else None


def is_left_open(session: SessionRecord, job: JobRecord, others: Sequence[JobRecord]) -> bool:
    """Whether a session still waits for a job that has ended without being done.

    It has moved on where it is not active any more, or where somebody asked for another run since.
    """
    since = [one for one in others if one.job_id != job.job_id and one.requested_at >= job.requested_at]
    return session.status is Status.ACTIVE and not since


def run_ended(run: SeenRun, around: Surroundings, runs: Runs) -> str | None:
    """Settle a run of a session that has ended, whatever its steps had time to write down.

    Returns:
        What was settled, as a sentence; None where all was known.
    """
    if run.session_id is None:
        return None
    job = runs.job_of(run.run_id) or _first_heard_of(run, around, runs)
    return _settled(job, ending_of(job, run, around.now()), around, runs) if job else None


def settle_session(
    session_id: str, around: Surroundings, runs: Runs, orchestrator: Orchestrator
) -> Sequence[str]:
    """Settle the jobs of one session whose row and run disagree; each as a sentence."""
    told = []
    for job in runs.jobs(session_id):
        if not job.has_ended:
            run = orchestrator.run(job.run_id) if job.run_id else None
            told.append(_settled(job, ending_of(job, run, around.now()), around, runs))
    return [sentence for sentence in told if sentence]


def reconcile(around: Surroundings, runs: Runs, orchestrator: Orchestrator) -> Iterator[str]:
    """Settle every job whose row and run disagree, and give back lost partitions; each as a sentence."""
    for dead in orchestrator.bury():
        if told := run_ended(dead, around, runs):
            yield told
    for job in runs.unfinished():
        run = orchestrator.run(job.run_id) if job.run_id else None
        if told := _settled(job, ending_of(job, run, around.now()), around, runs):
            yield told
    known = set(orchestrator.partitions())
    for session in around.history.sessions(status=Status.ACTIVE, limit=_MOST_ACTIVE):
        if session.session_id not in known:
            orchestrator.add_partition(session.session_id)
            yield f"Session {session.session_id} has its partition again."
        newest = around.history.newest_result(session.session_id) if session.step is _COMPARED else None
        if newest is not None:
            from smoke_pipeline.smoke_test.steps import finish_result  # noqa: PLC0415 - slow

            finish_result(session, newest, around)


def _settled(
    job: JobRecord, ending: SmokePipelineError | JobStatus | None, around: Surroundings, runs: Runs
) -> str | None:
    if ending is None or job.has_ended:
        return None
    if isinstance(ending, JobStatus):
        return f"{_named(job)} {ending}." if runs.settle(job.job_id, ending) else None
    # The session first: a kill between the two leaves the job open, and the next one settles both.
    _fail(job, ending, around, runs)
    cancelled = isinstance(ending, RunStoppedError) and ending.context["status"] == JobStatus.CANCELLED
    status = JobStatus.CANCELLED if cancelled else JobStatus.FAILED
    return ending.message if runs.settle(job.job_id, status, ending.to_dict()) else None


def _fail(job: JobRecord, error: SmokePipelineError, around: Surroundings, runs: Runs) -> None:
    """Mark the session failed, unless it has moved on."""
    if job.session_id is None:
        return
    try:
        session = around.history.session(job.session_id)
        if is_left_open(session, job, runs.jobs(job.session_id)):
            around.history.move(move_after_failure(session, error.to_dict()))
    except SessionError:
        return  # gone, or moved at this very moment


def _first_heard_of(run: SeenRun, around: Surroundings, runs: Runs) -> JobRecord | None:
    """The job of a run that ended before its first step could write it down."""
    try:
        around.history.session(str(run.session_id))
    except SessionError:
        return None
    asked = JobRequest(job_name=run.job_name, session_id=run.session_id)
    return runs.begun(run.run_id, asked, job_id=run.job_id)


def _named(job: JobRecord) -> str:
    return f"The run {job.run_id} of {job.job_name}"


def _stopped(run: SeenRun) -> RunStoppedError:
    return RunStoppedError(
        f"The run {run.run_id} of {run.job_name} {_ENDS[run.status]} outside of a step.",
        ("Go on with the session, which repeats the step.", "Read the log of the run on Dagster's page."),
        {"run_id": run.run_id, "job": run.job_name, "status": run.status.value},
    )


def _unknown(job: JobRecord) -> RunNotFoundError:
    return RunNotFoundError(
        f"Dagster does not know the run {job.run_id} of {job.job_name} any more.",
        ("Go on with the session, which repeats the step.",),
        {"run_id": job.run_id, "job": job.job_name},
    )


def _not_launched(job: JobRecord) -> RunStoppedError:
    minutes = round(LAUNCH_TIMEOUT.total_seconds() / 60)
    return RunStoppedError(
        f"{job.job_name} was asked for and not launched within {minutes} minutes.",
        ("Check that Dagster is served (smoke up), then ask again.",),
        {"job_id": job.job_id, "job": job.job_name, "status": JobStatus.FAILED.value},
    )
