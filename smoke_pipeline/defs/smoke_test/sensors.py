"""What happens by itself: a session that was started goes on as its order says."""

import dagster as dg

from smoke_pipeline.defs.smoke_test import jobs
from smoke_pipeline.defs.smoke_test.order import Then
from smoke_pipeline.smoke_test.pipeline_names import SESSION_TAG


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[jobs.start_session],
    request_jobs=[jobs.take_source, jobs.smoke_test],
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Launches what the order of a new session names as `then`.",
)
def session_started(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """The run that follows `start_session`."""
    tags = context.dagster_run.tags
    session_id, then = tags.get(SESSION_TAG), tags.get(jobs.THEN_TAG, Then.nothing.value)
    if session_id is None or then == Then.nothing.value:
        return dg.SkipReason("The session's order asks for nothing more.")
    return dg.RunRequest(
        run_key=context.dagster_run.run_id,
        job_name=then,
        partition_key=session_id,
        tags={SESSION_TAG: session_id},
    )
