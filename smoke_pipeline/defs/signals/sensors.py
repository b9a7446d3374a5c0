"""The sensors of the ETL signals.

    etl_looked_for      objects, watermarks, marker files    -> etl_completed[session] -> etl_verified
    etl_job_succeeded   another job of Dagster               -> etl_completed[session] -> etl_verified

`etl_verified` alone launches, under a run key of the session and its event. What was posted to the report
server, and jobs that ended just now, it reports itself: with a second sensor the signal would wait twice.
"""

from collections.abc import Sequence

import dagster as dg

from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.signals.hearing import Hearing, ended_run, looks
from smoke_pipeline.defs.signals.reporting import notes_of, reported
from smoke_pipeline.defs.smoke_test import jobs
from smoke_pipeline.settings.load import load_settings

_RUNNING = dg.DefaultSensorStatus.RUNNING


@dg.sensor(
    minimum_interval_seconds=load_settings().signals.look_every_s,
    default_status=_RUNNING,
    description="Looks at the objects, watermarks and marker files that sessions wait for.",
)
def etl_looked_for(context: dg.SensorEvaluationContext, smoke: SmokeResource) -> dg.SensorResult:
    """What changed since the source was taken."""
    from smoke_pipeline.smoke_test.signals.events import Unseen, is_watched, look_around, next_turn, waiting

    with smoke.opened() as around:
        watched = [session for session in waiting(around) if is_watched(session)]
        turn = next_turn(watched, context.cursor, around.settings.signals.most_looks)
        events = []
        for found in look_around(turn, around):
            if isinstance(found, Unseen):
                context.log.warning("Session %s: %s", found.session_id, found.error.message)
            else:
                events.append(found)
        told = reported(events, context, notes_of(around))
    words = " ".join(told) or f"{len(watched)} sessions wait for what is looked at; nothing has changed."
    return dg.SensorResult(skip_reason=words, cursor=turn[-1].session_id if turn else None)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitor_all_code_locations=True,
    minimum_interval_seconds=2,
    default_status=_RUNNING,
    description="Reports that a job has succeeded for which sessions wait, of whatever code location.",
)
def etl_job_succeeded(context: dg.RunStatusSensorContext, smoke: SmokeResource) -> dg.SkipReason:
    """The sessions that wait for the job of this run."""
    from smoke_pipeline.smoke_test.signals.events import told_by_run, waiting

    ended = ended_run(context.dagster_run, context.instance)
    if ended is None:
        return dg.SkipReason("The run is one of a session.")
    with smoke.opened() as around:
        events = list(told_by_run(ended, waiting(around), around))
        told = reported(events, context, notes_of(around))
    return dg.SkipReason(" ".join(told) or f"No session waits for {ended.job}.")


@dg.sensor(
    job=jobs.verify,
    minimum_interval_seconds=2,
    default_status=_RUNNING,
    description="Launches `verify` for a session whose ETL has run, once for each event; refuses the others.",
)
def etl_verified(context: dg.SensorEvaluationContext, smoke: SmokeResource) -> dg.SensorResult:
    """The verifications that new events start."""
    requests: Sequence[dg.RunRequest] = ()
    with smoke.opened() as around:
        hearing = Hearing(context, around)
        for _ in looks(smoke.listen_s if hearing.anybody_waits else 0):
            if requests := hearing.look():
                break
    return dg.SensorResult(
        run_requests=requests, skip_reason=None if requests else hearing.words, cursor=hearing.cursor
    )
