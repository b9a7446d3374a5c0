"""Runs that ended and sessions that do not know it yet: the row and the run never disagree for long."""

from collections.abc import Iterator, Sequence

from smoke_pipeline.errors import SessionError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.history.runs.records import JobRecord, JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.keeping.endings import ending_of, write_ending
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator, SeenRun
from smoke_pipeline.smoke_test.surroundings import Surroundings

_MOST_ACTIVE = 10_000
"""Active sessions looked at; more are never under way at once."""

_COMPARED = Step.AWAITING_REPORT


def run_ended(run: SeenRun, around: Surroundings, runs: Runs) -> str | None:
    """Settle a run of a session that has ended, whatever its steps had time to write down.

    Returns:
        What was settled, as a sentence; None where all was known.
    """
    if run.session_id is None:
        return None
    job = runs.job_of(run.run_id) or _first_heard_of(run, around, runs)
    return _settled(job, run, around, runs) if job else None


def settle_session(
    session_id: str, around: Surroundings, runs: Runs, orchestrator: Orchestrator
) -> Sequence[str]:
    """Settle the jobs of one session whose row and run disagree; each as a sentence."""
    told = []
    for job in runs.jobs(session_id):
        if not job.has_ended:
            run = orchestrator.run(job.run_id) if job.run_id else None
            told.append(_settled(job, run, around, runs))
    return [sentence for sentence in told if sentence]


def reconcile(around: Surroundings, runs: Runs, orchestrator: Orchestrator) -> Iterator[str]:
    """Settle every job whose row and run disagree, and give back lost partitions; each as a sentence."""
    for dead in orchestrator.bury():
        if told := run_ended(dead, around, runs):
            yield told
    for job in runs.unfinished():
        run = orchestrator.run(job.run_id) if job.run_id else None
        if told := _settled(job, run, around, runs):
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


def _settled(job: JobRecord, run: SeenRun | None, around: Surroundings, runs: Runs) -> str | None:
    if job.has_ended:
        return None
    ending = ending_of(job, run, around)
    if ending is None or not write_ending(job, ending, around, runs):
        return None
    return ending.told or f"The run {job.run_id} of {job.job_name} {ending.status}."


def _first_heard_of(run: SeenRun, around: Surroundings, runs: Runs) -> JobRecord | None:
    """The job of a run that ended before its first step could write it down."""
    try:
        around.history.session(str(run.session_id))
    except SessionError:
        return None
    asked = JobRequest(job_name=run.job_name, session_id=run.session_id)
    return runs.begun(run.run_id, asked, job_id=run.job_id)
