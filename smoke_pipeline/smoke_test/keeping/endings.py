"""How a job ended: the one place that decides it, for whoever sees the run first.

Dagster's word alone is not believed: a run that it calls a success has brought its session on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from smoke_pipeline.errors import RunNotFoundError, RunStoppedError, SessionError, SmokePipelineError
from smoke_pipeline.history.records import JobStatus, SessionRecord, Status, Step
from smoke_pipeline.history.runs.records import JobRecord
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.keeping.orchestrator import SeenRun
from smoke_pipeline.smoke_test.lifecycle import move_after_failure
from smoke_pipeline.smoke_test.pipeline_names import COMPARE, SMOKE_TEST, TAKE_SOURCE, TAKE_TARGET, VERIFY
from smoke_pipeline.smoke_test.surroundings import Surroundings

LAUNCH_TIMEOUT = timedelta(minutes=10)
"""A job that has no run after so long was never launched."""
_PROOF: Mapping[str, Step] = {
    TAKE_SOURCE: Step.AWAITING_ETL,
    TAKE_TARGET: Step.AWAITING_COMPARISON,
    COMPARE: Step.DONE,
    VERIFY: Step.DONE,
    SMOKE_TEST: Step.DONE,
}
"""The step that a session has reached, at least, once a job has done its work."""
_ORDER = tuple(Step)
_HOW: Mapping[JobStatus, str] = {JobStatus.FAILED: "failed", JobStatus.CANCELLED: "was cancelled"}
_AGAIN = "Go on with the session, which repeats the step."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job ended."""

    status: JobStatus
    failure: Mapping[str, Any] | None = None
    """`SmokePipelineError.to_dict()` of why it was not done; None where it was."""
    leaves_open: bool = False
    """Whether its session may still wait for it."""

    @property
    def told(self) -> str | None:
        """Why it was not done, as a sentence."""
        return str(self.failure["error_message"]) if self.failure else None


def ending_of(job: JobRecord, run: SeenRun | None, around: Surroundings) -> Ending | None:
    """How a job ended that is still open in its row; None where it goes on.

    Args:
        job: The row.
        run: What Dagster knows of its run.
        around: Where its session is.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if job.run_id is None and run is None:
        is_late = around.now() - job.requested_at >= LAUNCH_TIMEOUT
        return _open(JobStatus.FAILED, _not_launched(job)) if is_late else None
    if run is None:
        return _open(JobStatus.FAILED, _unknown(job))
    if run.status in _HOW:
        return _stopped(job, run, _session(job, around))
    if run.status is not JobStatus.SUCCEEDED:
        return None
    missing = _missing(job, _session(job, around))
    if missing is not None:
        return Ending(status=JobStatus.FAILED, failure=missing.to_dict())
    return Ending(status=JobStatus.SUCCEEDED)


def write_ending(job: JobRecord, ending: Ending, around: Surroundings, runs: Runs) -> bool:
    """Write down how a job ended, and that its session failed with it; whether that was not known before.

    The session first: a kill between the two leaves the job open, to be settled again.
    """
    if ending.leaves_open and ending.failure is not None and job.session_id is not None:
        _fail_session(job, ending.failure, around, runs)
    return runs.settle(job.job_id, ending.status, ending.failure)


def is_left_open(session: SessionRecord, job: JobRecord, others: Sequence[JobRecord]) -> bool:
    """Whether a session still waits for a job that has ended without being done.

    It has moved on where it is not active any more, or where somebody asked for another run since.
    """
    since = [one for one in others if one.job_id != job.job_id and one.requested_at >= job.requested_at]
    return session.status is Status.ACTIVE and not since


def _fail_session(job: JobRecord, failure: Mapping[str, Any], around: Surroundings, runs: Runs) -> None:
    try:
        session = around.history.session(str(job.session_id))
        if is_left_open(session, job, runs.jobs(str(job.session_id))):
            around.history.move(move_after_failure(session, failure))
    except SessionError:
        return  # gone, or moved at this very moment


def _session(job: JobRecord, around: Surroundings) -> SessionRecord | None:
    try:
        return around.history.session(job.session_id) if job.session_id else None
    except SessionError:
        return None


def _open(status: JobStatus, error: SmokePipelineError) -> Ending:
    return Ending(status=status, failure=error.to_dict(), leaves_open=True)


def _stopped(job: JobRecord, run: SeenRun, session: SessionRecord | None) -> Ending:
    """In the words of the session, where one of its steps has said why."""
    if session and session.status is Status.FAILED and session.updated_at >= job.requested_at:
        return Ending(status=run.status, failure=session.failure or _without_words(run).to_dict())
    return _open(run.status, _without_words(run))


def _without_words(run: SeenRun) -> RunStoppedError:
    because = f": {run.problem.rstrip('.')}" if run.problem else ""
    return RunStoppedError(
        f"The run {run.run_id} of {run.job_name} {_HOW[run.status]} outside of a step{because}.",
        (_AGAIN, "Read the log of the run on Dagster's page."),
        {"run_id": run.run_id, "job": run.job_name, "status": run.status.value},
    )


def _missing(job: JobRecord, session: SessionRecord | None) -> RunStoppedError | None:
    """What a run that Dagster calls a success should have left behind, and has not."""
    wanted = _PROOF.get(job.job_name)
    if session is None or wanted is None or _ORDER.index(session.step) >= _ORDER.index(wanted):
        return None
    return RunStoppedError(
        f"Dagster calls the run of {job.job_name} a success, and the session still is at {session.step}.",
        ("Ask for it again.", "Somebody may have changed the session meanwhile: look at it."),
        {"job_id": job.job_id, "session_id": session.session_id, "step": session.step.value},
    )


def _unknown(job: JobRecord) -> RunNotFoundError:
    return RunNotFoundError(
        f"Dagster does not know the run {job.run_id} of {job.job_name} any more.",
        (_AGAIN,),
        {"run_id": job.run_id, "job": job.job_name},
    )


def _not_launched(job: JobRecord) -> RunStoppedError:
    minutes = round(LAUNCH_TIMEOUT.total_seconds() / 60)
    return RunStoppedError(
        f"{job.job_name} was asked for and not launched within {minutes} minutes.",
        ("Check that Dagster is served (smoke up), then ask again.",),
        {"job_id": job.job_id, "job": job.job_name, "status": JobStatus.FAILED.value},
    )
