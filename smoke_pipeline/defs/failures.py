"""How a step that cannot go on says so: to the person at the run's page, and in the session's row."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.noted import StepContext, note_begun, note_stopped
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.told import told
from smoke_pipeline.errors import SmokePipelineError

if TYPE_CHECKING:
    from smoke_pipeline.readers.base import OnProgress
    from smoke_pipeline.smoke_test.surroundings import Surroundings

RETRIES = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)
"""Tries again what may succeed later; every other error forbids it."""
STOPPED = (dg.DagsterExecutionInterruptedError, KeyboardInterrupt)
"""Ctrl-C, a polite kill, or somebody who ends the run."""


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Show an error of ours as one sentence with suggestions, without its traceback."""
    try:
        yield
    except SmokePipelineError as error:
        raise as_failure(error) from error
    except STOPPED as stopped:  # which the retry policy of a step would take for a reason to begin again
        raise dg.Failure("The step was told to stop.", allow_retries=False) from stopped
    except Exception as error:  # the face: a retry does not mend a mistake in the program
        words = f"An unexpected {type(error).__name__} stopped the step; the stack trace below tells where."
        raise dg.Failure(words, allow_retries=False) from error


@contextmanager
def step(context: StepContext, smoke: SmokeResource) -> "Iterator[Surroundings]":
    """Open what a step works with; a step that fails for good marks its session failed, with the reason."""
    with failing_clearly(), smoke.opened() as around, told(context, around.settings):
        note_begun(context, around)
        try:
            yield around
        except Exception as error:  # the face: whatever ended the step is the reason that is kept
            if not _will_be_tried_again(error, context.retry_number):
                _mark_failed(context, error, around)
            raise


def as_failure(error: SmokePipelineError) -> dg.Failure:
    """The error as Dagster shows it; it is tried again only where that may help."""
    metadata: dict[str, dg.MetadataValue] = {"error_type": dg.MetadataValue.text(type(error).__name__)}
    if error.suggestions:
        lines = "\n".join(f"- {one}" for one in error.suggestions)
        metadata["suggestions"] = dg.MetadataValue.md(lines)
    if error.context:
        metadata["context"] = dg.MetadataValue.json(json.loads(json.dumps(error.context, default=str)))
    return dg.Failure(error.message, metadata=metadata, allow_retries=error.retryable)


def _will_be_tried_again(error: Exception, retry_number: int) -> bool:
    may_help = isinstance(error, SmokePipelineError) and error.retryable
    return may_help and retry_number < RETRIES.max_retries


def _mark_failed(context: StepContext, error: Exception, around: "Surroundings") -> None:
    from smoke_pipeline.smoke_test.steps import fail_session, reason_of

    try:
        fail_session(context.partition_key, error, around)
    except SmokePipelineError as unmarked:
        context.log.warning("The session could not be marked failed: %s", unmarked.message)
        return
    note_stopped(context, reason_of(error), around)


def listening(context: StepContext, smoke: SmokeResource, around: "Surroundings") -> "OnProgress":
    """Who hears how far a step has come: its run's log, and the history."""
    from smoke_pipeline.smoke_test.keeping.progress import kept_progress

    return smoke.listener(context.log, kept_progress(context.partition_key, context.run.run_id, around))
