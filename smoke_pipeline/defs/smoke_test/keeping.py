"""Taking away what was kept long enough: the job, and the schedule that launches it every night."""

import dagster as dg

from smoke_pipeline.defs.failures import failing_clearly
from smoke_pipeline.defs.resources import SmokeResource


@dg.op(
    description="Deletes what the settings `retention` do not keep any longer.",
    out=dg.Out(int, description="How many things were taken away."),
)
def clean(context: dg.OpExecutionContext, smoke: SmokeResource) -> int:
    """How many things were taken away."""
    from smoke_pipeline.defs.smoke_test.orchestrator import DagsterOrchestrator
    from smoke_pipeline.history.runs.store import Runs
    from smoke_pipeline.smoke_test.keeping.clean import Cleaning, logged
    from smoke_pipeline.smoke_test.keeping.clean import clean as carry_out
    from smoke_pipeline.smoke_test.keeping.settling import reconcile

    gone = 0
    with failing_clearly(), smoke.opened() as around:
        if around.database is None:
            return gone
        dagster, runs = DagsterOrchestrator(context.instance), Runs(around.database, around.now)
        for told in reconcile(around, runs, dagster):
            context.log.info(told)
        cleaning = Cleaning(
            around=around,
            database=around.database,
            orchestrator=dagster,
            on_deleted=logged(around, around.database, "clean_up"),
        )
        for going in carry_out(cleaning):
            gone += 1
            context.log.info("%s %s: %s.", going.kind.value, going.name, going.why)
    context.add_output_metadata({"gone": gone})
    return gone


@dg.job(description="Take away what was kept long enough; the settings `retention` say how long that is.")
def clean_up() -> None:
    """What was kept long enough goes."""
    clean()


daily_clean_up = dg.ScheduleDefinition(
    name="daily_clean_up",
    job=clean_up,
    cron_schedule="30 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Launches `clean_up` every night at half past three, UTC.",
)
