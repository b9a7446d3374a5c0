"""What happens by itself: a session that was started goes on, and a run that ended is known to have ended."""

import dagster as dg

from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test import jobs
from smoke_pipeline.defs.smoke_test.order import Then
from smoke_pipeline.defs.told import told_run
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.smoke_test.pipeline_names import SESSION_TAG, TRACE_TAG


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[jobs.start_session],
    request_jobs=[jobs.take_source, jobs.smoke_test],
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Launches what the order of a new session names as `then`.",
)
def session_started(
    context: dg.RunStatusSensorContext, smoke: SmokeResource
) -> dg.RunRequest | dg.SkipReason:
    """The run that follows `start_session`."""
    tags = context.dagster_run.tags
    session_id, then = tags.get(SESSION_TAG), tags.get(jobs.THEN_TAG, Then.nothing.value)
    if session_id is None or then == Then.nothing.value:
        return dg.SkipReason("The session's order asks for nothing more.")
    traced = {TRACE_TAG: tags[TRACE_TAG]} if TRACE_TAG in tags else {}
    return dg.RunRequest(
        run_key=context.dagster_run.run_id,
        job_name=then,
        partition_key=session_id,
        tags={**_read(session_id, then, smoke), **traced, SESSION_TAG: session_id},
    )


def _read(session_id: str, job: str, smoke: SmokeResource) -> dict[str, str]:
    """What a run will read from; whatever keeps this from being known is its step's to tell."""
    from smoke_pipeline.smoke_test.turns.reading import reading_tags

    try:
        with smoke.opened() as around:
            return reading_tags(session_id, job, around)
    except SmokePipelineError:
        return {}


def _ended(status: dg.DagsterRunStatus, name: str, words: str) -> dg.SensorDefinition:
    """A sensor that settles the runs of sessions that end in one way."""

    @dg.run_status_sensor(
        run_status=status,
        name=name,
        minimum_interval_seconds=5,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Writes down that a run of a session {words}, and leaves no session waiting for it.",
    )
    def sensor(context: dg.RunStatusSensorContext, smoke: SmokeResource) -> dg.SkipReason:
        from smoke_pipeline.defs.smoke_test.orchestrator import seen
        from smoke_pipeline.history.runs.store import Runs
        from smoke_pipeline.smoke_test.keeping.settling import run_ended

        found = seen(context.dagster_run)
        with smoke.opened() as around:
            if context.dagster_run.remote_job_origin is not None:  # a command sends the spans of its own
                told_run(found.run_id, context.instance, around.settings)
            if found.job_name == jobs.start_session.name or found.session_id is None:
                return dg.SkipReason("The run worked on no session.")
            if around.database is None:
                return dg.SkipReason("The history lies in memory.")
            told = run_ended(found, around, Runs(around.database, around.now))
        return dg.SkipReason(told or "All was known.")

    return sensor


run_succeeded = _ended(dg.DagsterRunStatus.SUCCESS, "run_succeeded", "succeeded")
run_failed = _ended(dg.DagsterRunStatus.FAILURE, "run_failed", "failed")
run_cancelled = _ended(dg.DagsterRunStatus.CANCELED, "run_cancelled", "was cancelled")


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Settles what the history and Dagster disagree on: runs whose process is gone, jobs that "
    "were never launched, sessions without a partition.",
)
def runs_reconciled(context: dg.SensorEvaluationContext, smoke: SmokeResource) -> dg.SkipReason:
    """What was settled."""
    from smoke_pipeline.defs.smoke_test.orchestrator import DagsterOrchestrator
    from smoke_pipeline.history.runs.store import Runs
    from smoke_pipeline.smoke_test.keeping.settling import reconcile

    with smoke.opened() as around:
        if around.database is None:
            return dg.SkipReason("The history lies in memory.")
        runs = Runs(around.database, around.now)
        told = list(reconcile(around, runs, DagsterOrchestrator(context.instance)))
    for sentence in told:
        context.log.info(sentence)
    return dg.SkipReason(" ".join(told) or "History and Dagster agree.")
