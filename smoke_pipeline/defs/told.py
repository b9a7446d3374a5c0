"""A step in the logs and in the trace: when it began, how it ended, and what it counted in between."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.settings.logs.telling import EVENTS, about, tell, tellable, warn
from smoke_pipeline.settings.traces.sending import trace_to
from smoke_pipeline.settings.traces.spans import Span, is_heard, of_run, send, span
from smoke_pipeline.smoke_test.pipeline_names import SESSION_TAG, TRACE_TAG

if TYPE_CHECKING:
    from smoke_pipeline.defs.noted import StepContext
    from smoke_pipeline.settings.model import Settings


@contextmanager
def told(context: "StepContext", settings: "Settings") -> Iterator[None]:
    """Let everything that is told within the block carry the session and the run.

    Dagster's own logs are left alone, and so is a process that has set its logs up already.
    """
    _set_up(settings)
    trace_to(settings.telemetry)
    run_place, _ = of_run(context.run.run_id, context.run.tags.get(TRACE_TAG))
    ids = {"session_id": context.partition_key, "run_id": context.run.run_id, "job": context.run.job_name}
    is_asset, begun = isinstance(context, dg.AssetExecutionContext), time.monotonic()
    op = context.op_execution_context.op_def if is_asset else context.op_def
    with about(**ids, step=op.name), span(f"step {op.name}", within=run_place):
        tell("step began")
        try:
            yield
        except BaseException as error:  # the face: whatever ended the step is told, by its class alone
            warn("step failed", error=type(error).__name__, seconds=round(time.monotonic() - begun, 3))
            raise
        tell("step ended", seconds=round(time.monotonic() - begun, 3))


def told_run(run_id: str, instance: dg.DagsterInstance, settings: "Settings") -> None:
    """Send the span of a run that has ended, in which its steps are; where anybody asked for it."""
    trace_to(settings.telemetry)
    record = instance.get_run_record_by_id(run_id) if is_heard() else None
    if record is None:
        return
    run, began = record.dagster_run, record.create_timestamp.timestamp()
    place, parent = of_run(run_id, run.tags.get(TRACE_TAG))
    status = run.status.value.lower()
    ids = {"run_id": run_id, "session_id": run.tags.get(SESSION_TAG), "job": run.job_name, "status": status}
    send(
        Span(
            name=f"run {run.job_name}",
            place=place,
            parent=parent,
            began_ns=int(began * 1e9),
            ended_ns=int(max(began, record.end_time or began) * 1e9),
            fields=tellable(ids),
            error=None if run.status is dg.DagsterRunStatus.SUCCESS else status,
        )
    )


def _set_up(settings: "Settings") -> None:
    """Set up what was asked for; by default Dagster says all that there is to say of a step."""
    is_default = settings.logging == type(settings.logging)()
    if is_default or any(
        not isinstance(one, logging.NullHandler) for one in logging.getLogger(EVENTS).handlers
    ):
        return
    from smoke_pipeline.history.access.secrets import without_secrets
    from smoke_pipeline.settings.logs.setup import set_up_logs

    set_up_logs(settings.logging, service="step", redact=without_secrets, owns_process=False)
