"""A step in the logs of its run's process: when it began, how it ended, and what it counted in between."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.settings.logs.telling import EVENTS, about, tell, warn

if TYPE_CHECKING:
    from smoke_pipeline.defs.noted import StepContext
    from smoke_pipeline.settings.model import Settings


@contextmanager
def told(context: "StepContext", settings: "Settings") -> Iterator[None]:
    """Let everything that is told within the block carry the session and the run.

    Dagster's own logs are left alone, and so is a process that has set its logs up already.
    """
    _set_up(settings)
    ids = {"session_id": context.partition_key, "run_id": context.run.run_id, "job": context.run.job_name}
    is_asset, begun = isinstance(context, dg.AssetExecutionContext), time.monotonic()
    op = context.op_execution_context.op_def if is_asset else context.op_def
    with about(**ids, step=op.name):
        tell("step began")
        try:
            yield
        except BaseException as error:  # the face: whatever ended the step is told, by its class alone
            warn("step failed", error=type(error).__name__, seconds=round(time.monotonic() - begun, 3))
            raise
        tell("step ended", seconds=round(time.monotonic() - begun, 3))


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
