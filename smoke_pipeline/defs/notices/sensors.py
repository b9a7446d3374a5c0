"""How people are told, and by which sensor."""

import dagster as dg

from smoke_pipeline.defs.resources import SmokeResource


@dg.sensor(
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells Slack, people by mail, a webhook and commits how tests ended, as the settings "
    "`notices` say.",
)
def notices_sent(context: dg.SensorEvaluationContext, smoke: SmokeResource) -> dg.SkipReason:
    """What was told."""
    from smoke_pipeline.history.keeping.cache import MetadataCache
    from smoke_pipeline.history.keeping.ended import EndedSessions
    from smoke_pipeline.settings.load import load_settings
    from smoke_pipeline.smoke_test.notices.opening import channels_of
    from smoke_pipeline.smoke_test.notices.sending import Sending, send_due
    from smoke_pipeline.smoke_test.suites.telling import notices_of

    if not channels_of(load_settings().notices):
        return dg.SkipReason("Nobody is to be told anything.")
    with smoke.opened() as around:
        if around.database is None:
            return dg.SkipReason("The history lies in memory.")
        notes = MetadataCache(around.database, around.now)
        sending = Sending(
            around=around,
            channels=channels_of(around.settings.notices),
            notes=notes,
            ended=EndedSessions(around.database),
        )
        told = list(send_due(sending, notices_of(notes, around.settings.report_server)))
    for sentence in told:
        context.log.info(sentence)
    return dg.SkipReason(" ".join(told) or "Nothing has ended.")
