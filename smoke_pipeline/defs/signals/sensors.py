"""The sensors of the ETL signals.

    etl_looked_for      objects, watermarks, marker files    -> etl_completed[session] -> etl_verified
    etl_job_succeeded   another job of Dagster               -> etl_completed[session] -> etl_verified

`etl_verified` alone launches, under a run key of the session and its event. What was posted to the report
server it reports itself, since a second sensor would let the signal wait twice.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.signals.reporting import report, told_of
from smoke_pipeline.defs.smoke_test import jobs
from smoke_pipeline.defs.smoke_test.checks import ETL
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.pipeline_names import LOCATION, SESSION_TAG

if TYPE_CHECKING:
    from smoke_pipeline.history.keeping.cache import MetadataCache
    from smoke_pipeline.smoke_test.signals.events import EndedRun, EtlEvent
    from smoke_pipeline.smoke_test.signals.verifying import Verify
    from smoke_pipeline.smoke_test.surroundings import Surroundings

MOST_EVENTS = 200
"""Events that are read in one turn; the others are read in the next."""
REPORTED = "etl_reported"
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
        told = _reported(events, context, _notes(around))
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

    ended = _ended(context)
    if ended is None:
        return dg.SkipReason("The run is one of a session.")
    with smoke.opened() as around:
        events = list(told_by_run(ended, waiting(around), around))
        told = _reported(events, context, _notes(around))
    return dg.SkipReason(" ".join(told) or f"No session waits for {ended.job}.")


@dg.sensor(
    job=jobs.verify,
    minimum_interval_seconds=2,
    default_status=_RUNNING,
    description="Launches `verify` for a session whose ETL has run, once for each event; refuses the others.",
)
def etl_verified(context: dg.SensorEvaluationContext, smoke: SmokeResource) -> dg.SensorResult:
    """The verifications that new events start."""
    from smoke_pipeline.defs.smoke_test.orchestrator import DagsterOrchestrator
    from smoke_pipeline.smoke_test.signals.verifying import Later, Verify, decide

    with smoke.opened() as around:
        _report_posted(context, around)
        after, held = _position(context.cursor)
        found, later = [*_records(context, held=held), *_records(context, after=after)], []
        dagster, requests, refused = DagsterOrchestrator(context.instance), [], []
        under_way = {str(run.session_id) for run in dagster.unfinished()} if found else set()
        for record in found:
            decided = decide(told_of(record), around, under_way)
            if isinstance(decided, Verify):
                dagster.add_partition(decided.session_id)
                requests.append(_request(decided))
                under_way.add(decided.session_id)
                continue
            if isinstance(decided, Later):
                later.append(record.storage_id)
            else:
                context.log.info(decided.because)
            refused.append(decided.because)
    words = None if requests else " ".join(refused) or "No ETL was told to have run."
    newest = max([after or 0, *(record.storage_id for record in found)])
    cursor = json.dumps({"after": newest, "later": later})
    return dg.SensorResult(run_requests=requests, skip_reason=words, cursor=cursor)


def _position(cursor: str | None) -> tuple[int | None, Sequence[int]]:
    """The last record that was read, and those that are asked about again."""
    if not cursor:
        return None, ()
    kept = json.loads(cursor)
    return kept["after"], kept["later"]


def _records(
    context: dg.SensorEvaluationContext, *, after: int | None = None, held: Sequence[int] | None = None
) -> Sequence[dg.EventLogRecord]:
    """What was told since, or these records again; in the order in which they were told."""
    if held is not None and not held:
        return ()
    asked = dg.AssetRecordsFilter(asset_key=ETL, after_storage_id=after, storage_ids=held)
    most = len(held) if held else MOST_EVENTS
    return context.instance.fetch_materializations(asked, limit=most, ascending=True).records


def _report_posted(context: dg.SensorEvaluationContext, around: "Surroundings") -> None:
    """Report what was posted to the report server since."""
    from smoke_pipeline.smoke_test.signals.webhook import note_told, untold

    notes = _notes(around)
    for nonce, event in untold(notes) if notes else ():
        _reported([event], context, notes)
        if notes:
            note_told(nonce, event, notes)


def _request(verify: "Verify") -> dg.RunRequest:
    return dg.RunRequest(
        run_key=verify.run_key, partition_key=verify.session_id, tags={SESSION_TAG: verify.session_id}
    )


def _reported(
    events: "list[EtlEvent]",
    context: dg.SensorEvaluationContext | dg.RunStatusSensorContext,
    notes: "MetadataCache | None",
) -> list[str]:
    """Report what was not reported before; each as a sentence."""
    told = []
    for event in events:
        key = json.dumps([event.session_id, event.event])
        if notes is not None and notes.get(REPORTED, key) is not None:
            continue
        report(context.instance, event)  # first: an event that is told twice is still one, a lost one is none
        if notes is not None:
            notes.put(REPORTED, key, event.told_by)
        told.append(f"The ETL of session {event.session_id} has run ({event.told_by}).")
        context.log.info(told[-1])
    return told


def _notes(around: "Surroundings") -> "MetadataCache | None":
    from smoke_pipeline.history.keeping.cache import MetadataCache

    return MetadataCache(around.database, around.now) if around.database else None


def _ended(context: dg.RunStatusSensorContext) -> "EndedRun | None":
    """The run as the signals know it; None for one of a session's own."""
    from smoke_pipeline.smoke_test.signals.events import EndedRun

    run = context.dagster_run
    origin = run.remote_job_origin
    location = origin.location_name if origin else LOCATION
    record = context.instance.get_run_record_by_id(run.run_id)
    if record is None or run.tags.get("dagster/partition") == run.tags.get(SESSION_TAG, ""):
        return None
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        location=location,
        began_at=datetime.fromtimestamp(record.start_time or record.create_timestamp.timestamp(), UTC),
        session_id=run.tags.get(SESSION_TAG),
    )
