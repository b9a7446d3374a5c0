"""What goes is carried out so that a kill at any point is mended by the next time.

The row in the log first, then the session's sums and rows in one transaction, then its folder, then its runs
and its partition: whatever is left after a kill has no session any more, and is found by that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from smoke_pipeline.errors import SessionError
from smoke_pipeline.history.access.audit import Action, AuditLog
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.keeping.records import KeptSession
from smoke_pipeline.history.keeping.sessions import KeptSessions
from smoke_pipeline.history.records import Status
from smoke_pipeline.smoke_test.keeping import lying
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.keeping.elsewhere import abandon, all_folders, cut_off, kept_elsewhere
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator
from smoke_pipeline.smoke_test.keeping.plan import Found, Going, Kind, plan
from smoke_pipeline.smoke_test.surroundings import Surroundings

MAY_GO_ON = (Status.ACTIVE, Status.FAILED)
"""Sessions that may still read what was handed in."""

OnDeleted = Callable[[KeptSession, str], None]
"""Told of a session, and why it goes, before it does; an error keeps the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What cleaning works with."""

    around: Surroundings
    database: Database
    orchestrator: Orchestrator
    on_deleted: OnDeleted

    @property
    def sessions(self) -> KeptSessions:
        """Every session."""
        return KeptSessions(self.database, self.around.now)

    @property
    def files(self) -> Files:
        """The rows of files."""
        return Files(self.database, self.around.now)

    @property
    def cache(self) -> MetadataCache:
        """The facts that are kept for a while."""
        return MetadataCache(self.database, self.around.now)


def logged(around: Surroundings, database: Database, tool_name: str) -> OnDeleted:
    """What writes a row into the log for each session that goes."""
    log = AuditLog(database, around.now)

    def on_deleted(session: KeptSession, why: str) -> None:
        action = Action(
            tool_name=tool_name,
            action="delete_session",
            identity=around.identity,
            session_id=session.session_id,
            preset=session.preset,
            details={"reason": why},
        )
        with log.recording(action):
            pass  # written before anything is deleted: a deletion that nobody can read of never happens

    return on_deleted


def found_now(cleaning: Cleaning) -> Found:
    """Everything that is kept; sessions last, so that nothing seems to be without its own."""
    folder = cleaning.around.data_folder
    elsewhere = kept_elsewhere(cleaning.around.snapshots)
    things = Found(
        folders=all_folders(lying.session_folders(folder), elsewhere),
        left_overs=[*lying.left_overs(folder), *cut_off(elsewhere)],
        uploads=[*lying.uploads(folder)],
        trash=[*lying.trash(folder)],
        suites=[*lying.suites(folder)],
        files=cleaning.files.every(),
        partitions=cleaning.orchestrator.partitions(),
        sessions_with_runs=cleaning.orchestrator.sessions_with_runs(),
        cached_too_long=cleaning.cache.expired(),
    )
    return _with_sessions(things, cleaning)


def due(cleaning: Cleaning) -> Sequence[Going]:
    """What goes now and why."""
    return plan(cleaning.around.now(), found_now(cleaning), cleaning.around.settings.retention)


def clean(cleaning: Cleaning) -> Iterator[Going]:
    """Carry out what is due; each thing once it is gone. What changed meanwhile stays.

    Raises:
        HistoryError: The log or the history cannot be written.
        AccessDeniedError: A file may not be removed.
        ReadError: The store of the snapshots does not answer, or does not let us.
    """
    for going in due(cleaning):
        if _carried_out(going, cleaning):
            yield going


def _carried_out(going: Going, cleaning: Cleaning) -> bool:
    folder, snapshots = cleaning.around.data_folder, cleaning.around.snapshots
    match going.kind:
        case Kind.EXPIRING:
            return _expired(going, cleaning)
        case Kind.SESSION:
            return _deleted(going, cleaning)
        case Kind.UPLOAD | Kind.LEFT_OVER | Kind.FOLDER | Kind.SUITE:
            lying.remove(folder, going.name)
            if going.kind is Kind.LEFT_OVER:
                abandon(snapshots, going.name)
            if going.kind is Kind.FOLDER:
                snapshots.drop(going.name)
            if going.kind is Kind.UPLOAD:
                cleaning.files.forget([going.name])
        case Kind.RUNS:
            cleaning.orchestrator.forget(going.name)
        case Kind.FILE_ROW:
            cleaning.files.forget([going.name])
        case Kind.CACHE:
            return cleaning.cache.expire() > 0
    return True


def _expired(going: Going, cleaning: Cleaning) -> bool:
    session = cleaning.around.history.session(going.name)
    if going.session is None or session.version != going.session.version:
        return False
    with suppress(SessionError):  # somebody went on with it at this very moment
        close_session(going.name, Status.EXPIRED, cleaning.around)
        return True
    return False


def _deleted(going: Going, cleaning: Cleaning) -> bool:
    """Delete a session and everything of it; nothing where it was moved since it was looked at."""
    session = going.session
    if session is None:
        return False
    has_folder, data_folder = lying.is_session_folder(session.test_folder), cleaning.around.data_folder
    cleaning.on_deleted(session, going.why)
    if has_folder:
        lying.mark_going(data_folder, session.test_folder)
        cleaning.around.snapshots.mark_going(session.test_folder)
    if not cleaning.sessions.forget(session):
        return False
    if has_folder:
        lying.remove(data_folder, session.test_folder)
        cleaning.around.snapshots.drop(session.test_folder)
    cleaning.orchestrator.forget(session.session_id)
    return True


def _with_sessions(things: Found, cleaning: Cleaning) -> Found:
    needed = [path for spec in cleaning.sessions.specs(MAY_GO_ON) for path in _uploads_of(spec)]
    return Found(
        **{name: getattr(things, name) for name in Found.__dataclass_fields__}
        | {"sessions": cleaning.sessions.every(), "needed_uploads": needed}
    )


def _uploads_of(spec: Mapping[str, object]) -> Iterator[str]:
    """The uploads that an order names."""
    for side in (spec.get("source"), spec.get("target")):
        if isinstance(side, Mapping) and side.get("kind") == "upload":
            yield str(side.get("path"))
