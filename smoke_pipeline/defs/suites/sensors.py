"""What goes on with the suites that were begun."""

import dagster as dg

from smoke_pipeline.defs.partitions import smoke_sessions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test import jobs
from smoke_pipeline.smoke_test.pipeline_names import SESSION_TAG, SUITE_TAG


@dg.sensor(
    jobs=[jobs.smoke_test, jobs.take_source],
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Begins the sessions of suites as others end, and sums a suite up after its last.",
)
def suites_driven(context: dg.SensorEvaluationContext, smoke: SmokeResource) -> dg.SensorResult:
    """The runs that suites need now."""
    from smoke_pipeline.history.keeping.cache import MetadataCache
    from smoke_pipeline.smoke_test.suites.record import unended
    from smoke_pipeline.smoke_test.suites.running import go_on
    from smoke_pipeline.smoke_test.turns.reading import reading_tags

    requests = []
    with smoke.opened() as around:
        if around.database is None:
            return dg.SensorResult(skip_reason="The history lies in memory.")
        notes = MetadataCache(around.database, around.now)
        driven = [run for run in unended(notes) if run.driver == "dagster"]
        for run in driven:
            for launch in go_on(run, around, notes):
                context.instance.add_dynamic_partitions(str(smoke_sessions.name), [launch.session_id])
                reads = reading_tags(launch.session_id, launch.job, around)
                tags = {SESSION_TAG: launch.session_id, SUITE_TAG: run.suite_id, **reads}
                requests.append(
                    dg.RunRequest(
                        run_key=launch.run_key,
                        job_name=launch.job,
                        partition_key=launch.session_id,
                        tags=tags,
                    )
                )
    words = f"{len(driven)} suites go on." if driven else "No suite goes on."
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else words)
