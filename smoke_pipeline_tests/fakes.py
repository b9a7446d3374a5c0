"""What stands in for the real thing in tests: the same promises, with the state in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from smoke_pipeline.comparison.result import RowDifference
from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.base import History, moved_meanwhile, no_such_session
from smoke_pipeline.history.records import (
    FileRecord,
    FoundResult,
    Move,
    ResultRecord,
    SessionRecord,
    Status,
    moved,
    recorded,
)
from smoke_pipeline.smoke_test.lifecycle import LEGAL
from smoke_pipeline.snapshots.manifest import Side


class FakeClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> datetime:
        """Go on by what `timedelta` takes, e.g. `hours=2`; the new time."""
        self._now += timedelta(**by)
        return self._now


class FakeHistory(History):
    """A history that forgets everything when the process ends."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or FakeClock()
        self._sessions: dict[str, SessionRecord] = {}
        self._files: list[FileRecord] = []
        self._results: dict[int, tuple[ResultRecord, tuple[RowDifference, ...]]] = {}
        self._last_result_id = 0
        self._lock = Lock()

    def create_session(self, session: SessionRecord) -> SessionRecord:
        with self._lock:
            created, number = session, 1
            while created.session_id in self._sessions:
                number += 1
                created = replace(
                    session,
                    session_id=f"{session.session_id}_{number}",
                    test_folder=f"{session.test_folder}_{number}",
                )
            self._sessions[created.session_id] = created
            return created

    def session(self, session_id: str) -> SessionRecord:
        if session_id not in self._sessions:
            raise no_such_session(session_id, self._sessions)
        return self._sessions[session_id]

    def sessions(
        self, *, status: Status | None = None, client_id: str | None = None, limit: int = 50
    ) -> Sequence[SessionRecord]:
        found = [
            s
            for s in self._sessions.values()
            if status in (None, s.status) and client_id in (None, s.client_id)
        ]
        return sorted(found, key=lambda s: (s.created_at, s.session_id), reverse=True)[:limit]

    def move(self, move: Move) -> SessionRecord:
        with self._lock:
            self._sessions[move.session_id] = self._after(move)
            return self._sessions[move.session_id]

    def save_snapshot(self, file: FileRecord, move: Move | None) -> None:
        with self._lock:
            self._save_move(file.session_id, move)
            self._files.append(file)

    def snapshot(self, session_id: str, side: Side) -> FileRecord | None:
        found = [f for f in self._files if f.session_id == session_id and f.file_role is side]
        return found[-1] if found else None

    def save_result(self, session_id: str, found: FoundResult, move: Move | None) -> int:
        with self._lock:
            self._save_move(session_id, move)
            self._last_result_id += 1
            record = recorded(
                found, result_id=self._last_result_id, session_id=session_id, created_at=self._now()
            )
            self._results[record.result_id] = (record, found.result.differences)
            return record.result_id

    def newest_result(self, session_id: str) -> ResultRecord | None:
        found = [record for record, _ in self._results.values() if record.session_id == session_id]
        return found[-1] if found else None

    def differences(self, result_id: int, *, limit: int | None = None) -> Sequence[RowDifference]:
        return self._results[result_id][1][:limit] if result_id in self._results else ()

    def save_report(self, result_id: int, zip_package_path: str, move: Move | None) -> None:
        with self._lock:
            if result_id not in self._results:
                raise HistoryError(f"There is no result {result_id}.")
            record, differences = self._results[result_id]
            self._save_move(record.session_id, move)
            self._results[result_id] = (replace(record, zip_package_path=zip_package_path), differences)

    def delete_session(self, session_id: str) -> None:
        with self._lock:
            self._sessions.pop(session_id, None)
            self._files = [f for f in self._files if f.session_id != session_id]
            self._results = {
                n: (record, rows)
                for n, (record, rows) in self._results.items()
                if record.session_id != session_id
            }

    def _save_move(self, session_id: str, move: Move | None) -> None:
        session = self.session(session_id)
        self._sessions[session_id] = self._after(move) if move else session

    def _after(self, move: Move) -> SessionRecord:
        session = self.session(move.session_id)
        if session.version != move.version:
            raise moved_meanwhile(move, session)
        if move.status not in {session.status, *LEGAL[session.status]}:
            raise HistoryError(f"session {move.session_id} cannot go from {session.status} to {move.status}.")
        return moved(session, move, self._now())
