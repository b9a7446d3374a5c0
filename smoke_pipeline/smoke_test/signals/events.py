"""Sessions that wait for their ETL, and the events by which they hear of it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.records import SessionRecord, Status, Step
from smoke_pipeline.smoke_test.orders.etl import JobEtl, Mark, WatchedEtl
from smoke_pipeline.smoke_test.signals.looking import Look, is_event, look
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.snapshots.manifest import Side

MOST_ACTIVE = 10_000
"""Active sessions looked through; more are never under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EtlEvent:
    """The ETL of a session has run."""

    session_id: str
    event: str
    """What makes it this event and no other; told twice, it is still one."""
    told_by: str
    """Who tells it, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A place that could not be looked at; the session goes on waiting."""

    session_id: str
    error: SmokePipelineError


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run of any job that succeeded."""

    run_id: str
    job: str
    location: str
    began_at: datetime
    session_id: str | None = None
    """The session whose ETL it says it was."""


def waiting(around: Surroundings) -> Sequence[SessionRecord]:
    """The sessions that wait for their ETL, the oldest first."""
    active = around.history.sessions(status=Status.ACTIVE, limit=MOST_ACTIVE)
    return [session for session in reversed(active) if session.step is Step.AWAITING_ETL]


def next_turn(sessions: Sequence[SessionRecord], last: str | None, most: int) -> Sequence[SessionRecord]:
    """The sessions whose turn it is, so that each has one however many there are.

    Args:
        sessions: Those that wait.
        last: The last one whose turn it was.
        most: How many may be looked at.
    """
    ordered = sorted(sessions, key=lambda session: session.session_id)
    after = [session for session in ordered if last is None or session.session_id > last]
    before = [session for session in ordered if last is not None and session.session_id <= last]
    return [*after, *before][:most]


def is_watched(session: SessionRecord) -> bool:
    """Whether a place has to be looked at for the session."""
    return isinstance(spec_of(session).etl, WatchedEtl)


def look_around(
    sessions: Sequence[SessionRecord], around: Surroundings, *, look: Look = look
) -> Iterator[EtlEvent | Unseen]:
    """Look at what these sessions watch; a place that several watch is looked at once."""
    seen: dict[tuple[str, str], Mark | SmokePipelineError] = {}
    for session in sessions:
        spec = spec_of(session)
        place = (session.preset, _watched(spec))
        if place not in seen:
            try:
                seen[place] = look(spec, around.whereabouts(session.preset))
            except SmokePipelineError as error:
                seen[place] = error
        found = seen[place]
        if isinstance(found, SmokePipelineError):
            yield Unseen(session_id=session.session_id, error=found)
            continue
        source = around.history.snapshot(session.session_id, Side.SOURCE)
        if is_event(spec, found, source.manifest if source else None):
            yield EtlEvent(
                session_id=session.session_id,
                event=f"{spec.etl.kind}:{_short(found.value or '')}",
                told_by=f"{spec.etl.kind} {found.place}",
            )


def waited_for_jobs(sessions: Sequence[SessionRecord]) -> Sequence[str]:
    """The names of the jobs for which these sessions wait, each once."""
    etls = (spec_of(session).etl for session in sessions)
    return sorted({etl.job for etl in etls if isinstance(etl, JobEtl)})


def told_by_run(run: EndedRun, sessions: Sequence[SessionRecord], around: Surroundings) -> Iterator[EtlEvent]:
    """The events that a run means, for the sessions that wait for its job and whose source was taken before.

    Args:
        run: The run that succeeded.
        sessions: Those that wait.
        around: Where they are.
    """
    for session in sessions:
        etl = spec_of(session).etl
        if not isinstance(etl, JobEtl) or etl.job != run.job or etl.location not in (None, run.location):
            continue
        if run.session_id not in (None, session.session_id):
            continue
        source = around.history.snapshot(session.session_id, Side.SOURCE)
        taken_at = source.manifest.taken_at if source else None
        if taken_at is not None and run.began_at >= taken_at:
            yield EtlEvent(
                session_id=session.session_id,
                event=f"job:{run.run_id}",
                told_by=f"job {run.job} of {run.location}",
            )


def _watched(spec: SessionSpec) -> str:
    """What makes two sessions watch one place."""
    etl = spec.etl.model_dump_json(exclude={"since"})
    sides = (spec.source, spec.target) if spec.etl.kind == "object" else ()
    return "\n".join([etl, *(side.model_dump_json() if side else "" for side in sides)])


def _short(value: str) -> str:
    """A name of bounded length for what a place holds."""
    return value if len(value) <= 80 else hashlib.blake2b(value.encode(), digest_size=16).hexdigest()
