"""What a step writes down of its run, so that the history knows who works on a session and how it ended."""

from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.worker import PROCESS_TAG, this_process
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.smoke_test.pipeline_names import JOB_TAG, SESSION_TAG, TEST_TAG

if TYPE_CHECKING:
    from smoke_pipeline.smoke_test.surroundings import Surroundings

StepContext = dg.AssetExecutionContext | dg.OpExecutionContext


def note_begun(context: StepContext, around: "Surroundings") -> None:
    """Write down that the run works; a history that cannot be written is no reason to stop here."""
    from smoke_pipeline.history.runs.records import JobRequest
    from smoke_pipeline.history.runs.store import Runs

    run, session_id = context.run, context.partition_key
    tags = {SESSION_TAG: session_id, PROCESS_TAG: this_process(), **_test_of(session_id, around)}
    context.instance.add_run_tags(run.run_id, tags)
    if around.database is None:
        return
    asked = JobRequest(job_name=run.job_name, session_id=session_id)
    try:
        Runs(around.database, around.now).begun(run.run_id, asked, job_id=run.tags.get(JOB_TAG))
    except SmokePipelineError as unwritten:
        context.log.warning("The run could not be written down: %s", unwritten.message)


def _test_of(session_id: str, around: "Surroundings") -> dict[str, str]:
    """The test of the session as a tag; the step itself says what is wrong where it cannot be asked."""
    try:
        return {TEST_TAG: around.history.session(session_id).test_name}
    except SmokePipelineError:
        return {}


def note_stopped(context: StepContext, reason: "dict[str, object]", around: "Surroundings") -> None:
    """Write down why the run stops; what ended it is known then, and nobody has to guess it later."""
    from smoke_pipeline.history.records import JobStatus
    from smoke_pipeline.history.runs.store import Runs

    if around.database is None:
        return
    runs = Runs(around.database, around.now)
    try:
        if job := runs.job_of(context.run.run_id):
            runs.settle(job.job_id, JobStatus.FAILED, reason)
    except SmokePipelineError as unwritten:
        context.log.warning("The run could not be written down: %s", unwritten.message)
