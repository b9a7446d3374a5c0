"""What a history can do; `history.postgres` and the tests' fake keep the same promises."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from smoke_pipeline.comparison.result import RowDifference
from smoke_pipeline.errors import SessionConflictError, SessionNotFoundError
from smoke_pipeline.history.records import (
    FileRecord,
    FoundResult,
    Move,
    ResultRecord,
    SessionRecord,
    Status,
)
from smoke_pipeline.snapshots.manifest import Side


class History(ABC):
    """Sessions, their snapshots and results. Each method is one transaction: all of it happens, or nothing.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.
    """

    @abstractmethod
    def create_session(self, session: SessionRecord) -> SessionRecord:
        """Add a session; if its id is taken, `_2`, `_3`, … is appended to the id and to the folder."""

    @abstractmethod
    def session(self, session_id: str) -> SessionRecord:
        """One session.

        Raises:
            SessionNotFoundError: There is none of that id; ids that look alike are suggested.
        """

    @abstractmethod
    def sessions(
        self, *, status: Status | None = None, client_id: str | None = None, limit: int = 50
    ) -> Sequence[SessionRecord]:
        """Sessions, the newest first; of one status or one client where they are named."""

    @abstractmethod
    def move(self, move: Move) -> SessionRecord:
        """Bring a session to another state.

        Raises:
            SessionNotFoundError: There is no such session.
            SessionConflictError: The session is not at `move.version` any more.
        """

    @abstractmethod
    def save_snapshot(self, file: FileRecord, move: Move | None) -> None:
        """Write down a snapshot and move its session (or leave it where it is).

        Raises:
            SessionNotFoundError: There is no such session.
            SessionConflictError: The session is not at `move.version` any more.
        """

    @abstractmethod
    def snapshot(self, session_id: str, side: Side) -> FileRecord | None:
        """The newest snapshot of a side, if one was taken."""

    @abstractmethod
    def save_result(self, session_id: str, found: FoundResult, move: Move | None) -> int:
        """Write down a result with its kept differences and move its session; the new `result_id`.

        Raises:
            SessionNotFoundError: There is no such session.
            SessionConflictError: The session is not at `move.version` any more.
        """

    @abstractmethod
    def newest_result(self, session_id: str) -> ResultRecord | None:
        """The newest result of a session, if it was compared."""

    @abstractmethod
    def differences(self, result_id: int, *, limit: int | None = None) -> Sequence[RowDifference]:
        """The kept differences of a result, in the order in which they were found."""

    @abstractmethod
    def save_report(self, result_id: int, zip_package_path: str, move: Move | None) -> None:
        """Write down where the bundle of a result lies and move its session.

        Raises:
            HistoryError: There is no such result.
            SessionConflictError: The session is not at `move.version` any more.
        """

    @abstractmethod
    def delete_session(self, session_id: str) -> None:
        """Forget a session with everything that hangs on it; nothing happens if there is none."""


def no_such_session(session_id: str, known: Iterable[str]) -> SessionNotFoundError:
    """The error for an id that names no session; `known` are ids among which one may have been meant."""
    near = get_close_matches(session_id, list(known), n=3)
    suggestions = (f"Did you mean {' or '.join(map(repr, near))}?",) if near else ()
    return SessionNotFoundError(
        f"There is no session {session_id!r}.",
        (*suggestions, "List the sessions that exist with `smoke sessions`."),
        {"session_id": session_id},
    )


def moved_meanwhile(move: Move, current: SessionRecord) -> SessionConflictError:
    """The error for a move from a version that is not the current one."""
    return SessionConflictError(
        f"Session {move.session_id!r} was moved by somebody else meanwhile; it is now {current.status.value} "
        f"at {current.step.value}.",
        ("Look at the session again, then decide.",),
        {"session_id": move.session_id, "version_read": move.version, "version_now": current.version},
    )
