"""Whether a session that heard of its ETL is verified now; the one place where that is decided."""

from collections.abc import Collection
from dataclasses import dataclass

from smoke_pipeline.errors import SessionNotFoundError
from smoke_pipeline.history.records import SessionRecord, Status, Step
from smoke_pipeline.smoke_test.surroundings import Surroundings

OPEN = (Status.ACTIVE, Status.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A materialization of `etl_completed`, as Dagster keeps it."""

    session_id: str | None
    event: str
    """What makes it this event; that of Dagster's own record where nobody named one."""
    is_carried_out: bool = False
    """Whether who told it verifies the session, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """A verification that is to be launched."""

    session_id: str
    run_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An event that starts nothing, and why."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """An event that is asked about again: what comes of the run under way is not known yet."""

    because: str


def why_not_waiting(session: SessionRecord) -> str | None:
    """Why a session cannot hear of its ETL now; None where it waits for it."""
    named = f"Session {session.session_id}"
    if session.status not in OPEN:
        return f"{named} is {session.status.value}."
    if session.step is Step.AWAITING_SOURCE:
        return f"{named} has no source yet, so that its ETL cannot have run after it."
    if session.step is not Step.AWAITING_ETL:
        return f"{named} does not wait for its ETL any more."
    return None


def decide(told: Told, around: Surroundings, under_way: Collection[str]) -> Verify | Refused | Later:
    """What an event starts.

    Args:
        told: The event.
        around: Where the sessions are.
        under_way: The sessions that a run works on, or is about to.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer; the event has to be asked about again.
    """
    if told.session_id is None:
        return Refused(because="The event names no session.")
    try:
        session = around.history.session(told.session_id)
    except SessionNotFoundError as error:
        return Refused(because=error.message)
    if told.is_carried_out:
        return Refused(because=f"Session {told.session_id} is verified by who told it.")
    if because := why_not_waiting(session):
        return Refused(because=because)
    if told.session_id in under_way:
        return Later(because=f"A run works on session {told.session_id} already.")
    return Verify(session_id=told.session_id, run_key=f"{told.session_id}:{told.event}")
