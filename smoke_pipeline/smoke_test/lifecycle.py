"""The states of a session and the moves between them; nothing here touches a file or a table.

    awaiting_source -> awaiting_etl -> awaiting_comparison -> awaiting_report -> done
         take_source      take_target         compare             publish

Everything may be done again. Taking a side again opens the steps after it, since what they found was of
another snapshot. A failed session keeps the step it failed at and goes on from there. A session that was
cancelled, archived or has expired is closed for good; it keeps the step at which it was closed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from smoke_pipeline.errors import SessionExpiredError, SessionStateError
from smoke_pipeline.history.records import Move, SessionRecord, Status, Step
from smoke_pipeline.snapshots.manifest import Side

PREFIXES: Mapping[str, str] = {"statement": "stmt"}
"""Where the beginning of a session id is not the test type itself."""


class Act(StrEnum):
    """What can be done with a session."""

    TAKE_SOURCE = "take_source"
    TAKE_TARGET = "take_target"
    COMPARE = "compare"
    PUBLISH = "publish"

    @classmethod
    def taking(cls, side: Side) -> "Act":
        """The act that takes `side`."""
        return cls.TAKE_SOURCE if side is Side.SOURCE else cls.TAKE_TARGET


_ORDER = tuple(Step)

_NEEDS: Mapping[Act, Step] = {
    Act.TAKE_SOURCE: Step.AWAITING_SOURCE,
    Act.TAKE_TARGET: Step.AWAITING_ETL,
    Act.COMPARE: Step.AWAITING_COMPARISON,
    Act.PUBLISH: Step.AWAITING_REPORT,
}
"""The first step at which an act makes sense; it may be repeated at every later one."""

_LEADS_TO: Mapping[Act, tuple[Status, Step]] = {
    Act.TAKE_SOURCE: (Status.ACTIVE, Step.AWAITING_ETL),
    Act.TAKE_TARGET: (Status.ACTIVE, Step.AWAITING_COMPARISON),
    Act.COMPARE: (Status.ACTIVE, Step.AWAITING_REPORT),
    Act.PUBLISH: (Status.COMPLETED, Step.DONE),
}

_MISSING: Mapping[Step, tuple[str, str]] = {
    Step.AWAITING_SOURCE: ("its source has not been taken", "Take the source first."),
    Step.AWAITING_ETL: (
        "its target has not been taken since the source was",
        "Run the ETL, then take the target.",
    ),
    Step.AWAITING_COMPARISON: ("its two sides have not been compared", "Compare the two sides first."),
}

_CLOSED = (Status.CANCELLED, Status.ARCHIVED)

LEGAL: Mapping[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.EXPIRED}),
    Status.FAILED: frozenset(
        {Status.ACTIVE, Status.COMPLETED, Status.CANCELLED, Status.EXPIRED, Status.ARCHIVED}
    ),
    Status.COMPLETED: frozenset({Status.ACTIVE, Status.FAILED, Status.ARCHIVED}),
    Status.CANCELLED: frozenset({Status.ARCHIVED}),
    Status.EXPIRED: frozenset({Status.ARCHIVED}),
    Status.ARCHIVED: frozenset(),
}
"""To which other status a session may move; the database refuses every other move, too."""

_INSTEAD: Mapping[tuple[Status, Status], str] = {
    (Status.ACTIVE, Status.ARCHIVED): "Cancel it first: smoke cancel {}",
    (Status.COMPLETED, Status.CANCELLED): "It is done; put it away with: smoke archive {}",
}
"""What a person may do where a session cannot be closed in the way that was asked for."""


def new_session_id(test_type: str, now: datetime) -> str:
    """The id of a session that starts now, such as `stmt_20260204_093000`."""
    return f"{PREFIXES.get(test_type, test_type)}_{now:%Y%m%d_%H%M%S}"


def session_folder(test_type: str, session_id: str) -> str:
    """The folder of a session below the data folder."""
    return f"{'uploads' if test_type == 'upload' else 'tests'}/{session_id}"


def move_after(session: SessionRecord, act: Act) -> Move:
    """The move that `act` will make once it has succeeded.

    Raises:
        SessionExpiredError: The session waited too long and was closed.
        SessionStateError: The session is closed, or something has to be done before.
    """
    require_open(session)
    if _ORDER.index(session.step) < _ORDER.index(_NEEDS[act]):
        missing, advice = _MISSING[session.step]
        raise SessionStateError(
            f"Session {session.session_id} is not ready to {act.replace('_', ' ')}: {missing}.",
            suggestions=(advice,),
            context={"session_id": session.session_id, "step": session.step.value},
        )
    status, step = _LEADS_TO[act]
    return Move(session_id=session.session_id, version=session.version, status=status, step=step)


def move_before(session: SessionRecord, act: Act) -> Move | None:
    """The move back to where the session waits for `act`; None where it waits there already.

    Raises:
        SessionExpiredError: The session waited too long and was closed.
        SessionStateError: The session is closed, or something has to be done before.
    """
    move = move_after(session, act)
    if session.step is _NEEDS[act]:
        return None
    return replace(move, status=Status.ACTIVE, step=_NEEDS[act])


def move_back(session: SessionRecord, act: Act) -> Move:
    """The move to where the session waits for `act`, or for what comes before it and was never done.

    Raises:
        SessionExpiredError: The session waited too long and was closed.
        SessionStateError: The session is closed.
    """
    require_open(session)
    step = min(session.step, _NEEDS[act], key=_ORDER.index)
    return Move(session_id=session.session_id, version=session.version, status=Status.ACTIVE, step=step)


def move_after_failure(session: SessionRecord, failure: Mapping[str, Any]) -> Move:
    """The move to `failed`; the session keeps its step, so that it can go on from there.

    Raises:
        SessionExpiredError: The session waited too long and was closed.
        SessionStateError: The session is closed.
    """
    require_open(session)
    return Move(
        session_id=session.session_id,
        version=session.version,
        status=Status.FAILED,
        step=session.step,
        failure=failure,
    )


def closing_move(session: SessionRecord, status: Status) -> Move:
    """The move that closes a session for good: to `cancelled`, `expired` or `archived`.

    Raises:
        SessionStateError: A session of that status cannot be closed in that way, or is already.
    """
    if status not in LEGAL[session.status]:
        instead = _INSTEAD.get((session.status, status), "Look at it with: smoke show {}")
        already = " already" if session.status is status else f" and cannot be {status}"
        raise SessionStateError(
            f"Session {session.session_id} is {session.status}{already}.",
            suggestions=(instead.format(session.session_id),),
            context={"session_id": session.session_id, "status": session.status.value},
        )
    return Move(
        session_id=session.session_id,
        version=session.version,
        status=status,
        step=session.step,
        failure=session.failure,
    )


def require_open(session: SessionRecord) -> None:
    """Refuse a session with which nothing may be done any more.

    Raises:
        SessionExpiredError: The session waited too long and was closed.
        SessionStateError: The session is closed.
    """
    context = {"session_id": session.session_id, "status": session.status.value}
    if session.status is Status.EXPIRED:
        raise SessionExpiredError(
            f"Session {session.session_id} waited too long and was closed.",
            suggestions=("Start a new session.",),
            context=context,
        )
    if session.status in _CLOSED:
        raise SessionStateError(
            f"Session {session.session_id} is {session.status}.",
            suggestions=("Start a new session.",),
            context=context,
        )
