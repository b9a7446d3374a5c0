"""The questions that every face and every step asks before it touches a session."""

from collections.abc import Sequence

from smoke_pipeline.history.access.roles import (
    SHOWN_TO_REPORT_READERS,
    Identity,
    Permission,
    denied,
    may_change,
    may_see,
    require,
)
from smoke_pipeline.history.answers.filters import Seen
from smoke_pipeline.history.records import SessionRecord, Status
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.surroundings import Surroundings


def session_to_see(session_id: str, around: Surroundings) -> SessionRecord:
    """A session that who acts may see.

    Raises:
        SessionNotFoundError: There is no such session.
        PermissionDeniedError: It is not theirs to see.
    """
    session = around.history.session(session_id)
    if not may_see(around.identity, session):
        raise denied(around.identity, Permission.SEE_ALL_SESSIONS, f"see the session {session_id}")
    return session


def session_to_change(session_id: str, around: Surroundings) -> SessionRecord:
    """A session that who acts may go on with, cancel or delete.

    Raises:
        SessionNotFoundError: There is no such session.
        PermissionDeniedError: It is not theirs to change, or reads by a production preset.
    """
    session, who = around.history.session(session_id), around.identity
    if not may_change(who, session):
        is_own = session.client_id == who.client_id
        needed = Permission.START_SESSIONS if is_own else Permission.CHANGE_ALL_SESSIONS
        raise denied(who, needed, f"change the session {session_id}")
    require_reading(who, session.preset, around.settings)
    return session


def sessions_to_see(
    around: Surroundings, *, status: Status | None = None, limit: int = 50
) -> Sequence[SessionRecord]:
    """The sessions that who acts may see, the newest first."""
    who, history = around.identity, around.history
    if who.may(Permission.SEE_ALL_SESSIONS):
        return history.sessions(status=status, limit=limit)
    found: list[SessionRecord] = []
    if who.may(Permission.SEE_OWN_SESSIONS):
        found += history.sessions(status=status, client_id=who.client_id, limit=limit)
    if who.may(Permission.READ_ALL_REPORTS):
        for shown in SHOWN_TO_REPORT_READERS:
            found += history.sessions(status=shown, limit=limit) if status in (None, shown) else ()
    each = {session.session_id: session for session in found}
    newest = sorted(each.values(), key=lambda one: (one.created_at, one.session_id), reverse=True)
    return newest[:limit]


def seen_by(who: Identity) -> Seen | None:
    """What of a list of sessions may be seen; None where everything may."""
    if who.may(Permission.SEE_ALL_SESSIONS):
        return None
    return Seen(
        client_id=who.client_id if who.may(Permission.SEE_OWN_SESSIONS) else None,
        statuses=SHOWN_TO_REPORT_READERS if who.may(Permission.READ_ALL_REPORTS) else (),
    )


def require_starting(who: Identity, preset_name: str, settings: Settings) -> None:
    """Refuse to start a session for who may not, or not by that preset.

    Raises:
        PermissionDeniedError: It is not permitted.
    """
    require(who, Permission.START_SESSIONS, "start a session")
    require_reading(who, preset_name, settings)


def require_reading(who: Identity, preset_name: str | None, settings: Settings) -> None:
    """Refuse to read by a production preset for who may not; a preset that is gone counts as production.

    Raises:
        PermissionDeniedError: It is not permitted.
    """
    name = preset_name or settings.default_preset
    found = settings.presets.get(name)
    if found is None or found.production:
        require(who, Permission.READ_PRODUCTION, f"read by the preset {name!r}")
