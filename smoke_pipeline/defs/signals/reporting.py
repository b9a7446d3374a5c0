"""How it is told, and read again, that the ETL of a session has run: a materialization of `etl_completed`."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.smoke_test.checks import ETL

if TYPE_CHECKING:
    from smoke_pipeline.history.keeping.cache import MetadataCache
    from smoke_pipeline.smoke_test.signals.events import EtlEvent
    from smoke_pipeline.smoke_test.signals.verifying import Told
    from smoke_pipeline.smoke_test.surroundings import Surroundings

EVENT, TOLD_BY, CARRIED_OUT = "event", "told_by", "verified_by_teller"
REPORTED = "etl_reported"
"""Under which it is noted what was reported."""


def report(instance: dg.DagsterInstance, event: "EtlEvent", *, is_carried_out: bool = False) -> None:
    """Tell Dagster.

    Args:
        instance: Where it is written.
        event: What happened.
        is_carried_out: Whether who tells it verifies the session, too, so that no sensor does.
    """
    metadata: dict[str, dg.MetadataValue] = {
        EVENT: dg.MetadataValue.text(event.event),
        TOLD_BY: dg.MetadataValue.text(event.told_by),
    }
    if is_carried_out:
        metadata[CARRIED_OUT] = dg.MetadataValue.bool(True)
    instance.report_runless_asset_event(
        dg.AssetMaterialization(ETL, partition=event.session_id, metadata=metadata)
    )


def told_of(record: dg.EventLogRecord) -> "Told":
    """What a materialization tells; one that was reported on Dagster's page has no name of its own."""
    from smoke_pipeline.smoke_test.signals.verifying import Told

    found = record.asset_materialization
    metadata = found.metadata if found else {}
    event, carried = metadata.get(EVENT), metadata.get(CARRIED_OUT)
    return Told(
        session_id=record.partition_key,
        event=str(event.value) if event else f"record:{record.storage_id}",
        is_carried_out=bool(carried.value) if carried else False,
    )


def reported(
    events: "Iterable[EtlEvent]",
    context: dg.SensorEvaluationContext | dg.RunStatusSensorContext,
    notes: "MetadataCache | None",
) -> Sequence[str]:
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


def notes_of(around: "Surroundings") -> "MetadataCache | None":
    """Where it is noted what was reported; None where the history lies in memory."""
    from smoke_pipeline.history.keeping.cache import MetadataCache

    return MetadataCache(around.database, around.now) if around.database else None
