"""Sessions whose run ended without a word of its steps: marked failed, unless they have moved on."""

from collections.abc import Mapping, Sequence
from typing import Any

from smoke_pipeline.errors import SessionError
from smoke_pipeline.history.records import SessionRecord, Status
from smoke_pipeline.history.runs.records import JobRecord
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.lifecycle import move_after_failure
from smoke_pipeline.smoke_test.surroundings import Surroundings


def is_left_open(session: SessionRecord, job: JobRecord, others: Sequence[JobRecord]) -> bool:
    """Whether a session still waits for a job that has ended without being done.

    It has moved on where it is not active any more, or where somebody asked for another run since.
    """
    since = [one for one in others if one.job_id != job.job_id and one.requested_at >= job.requested_at]
    return session.status is Status.ACTIVE and not since


def fail_left_open(job: JobRecord, failure: Mapping[str, Any], around: Surroundings, runs: Runs) -> None:
    """Mark the session of a job failed, unless it has moved on.

    Whoever settles the job does this first: a kill between the two leaves the job open, to be settled again.

    Args:
        job: The job that has ended.
        failure: `SmokePipelineError.to_dict()` of why.
        around: Where the session is.
        runs: Where the jobs are.
    """
    if job.session_id is None:
        return
    try:
        session = around.history.session(job.session_id)
        if is_left_open(session, job, runs.jobs(job.session_id)):
            around.history.move(move_after_failure(session, failure))
    except SessionError:
        return  # gone, or moved at this very moment
