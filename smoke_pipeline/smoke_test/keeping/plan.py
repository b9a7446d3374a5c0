"""What goes and why, decided from what was found; nothing here touches a file or a table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from smoke_pipeline.history.keeping.records import KeptFile, KeptSession
from smoke_pipeline.history.records import FileKind, Status
from smoke_pipeline.settings.sections.retention import RetentionSettings, words_of
from smoke_pipeline.smoke_test.keeping.lying import INCOMING, Lying, SessionFolder


class Kind(StrEnum):
    """What can go, in the order in which it goes."""

    EXPIRING = "expiring"
    """A session that is closed, and stays."""
    SESSION = "session"
    UPLOAD = "upload"
    LEFT_OVER = "left_over"
    FOLDER = "folder"
    """A session's folder without a session."""
    SUITE = "suite"
    """The summary of a suite."""
    RUNS = "runs"
    """Runs and the partition of a session that is gone."""
    FILE_ROW = "file_row"
    """A row of a file that is gone."""
    CACHE = "cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """One thing that goes."""

    kind: Kind
    name: str
    """The session's id, or a path below the data folder."""
    why: str
    size_bytes: int | None = None
    session: KeptSession | None = None

    def to_dict(self) -> dict[str, Any]:
        """As a program reads it."""
        return {"kind": self.kind.value, "name": self.name, "why": self.why, "size_bytes": self.size_bytes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that is kept now. Things were looked at before the sessions, so that none is new to them."""

    sessions: Sequence[KeptSession] = ()
    folders: Collection[SessionFolder] = ()
    left_overs: Sequence[Lying] = ()
    uploads: Sequence[Lying] = ()
    trash: Sequence[Lying] = ()
    suites: Sequence[Lying] = ()
    """The summaries of suites."""
    needed_uploads: Collection[str] = ()
    """Paths of uploads that a session may still want to read."""
    files: Sequence[KeptFile] = ()
    partitions: Collection[str] = ()
    sessions_with_runs: Collection[str] = ()
    cached_too_long: int = 0


def plan(now: datetime, found: Found, limits: RetentionSettings) -> Sequence[Going]:
    """What goes now and why, in the order in which it goes."""
    return [
        *_sessions(now, found, limits),
        *_uploads(now, found, limits),
        *_left_overs(now, found, limits),
        *_orphans(now, found, limits),
        *_suites(now, found, limits),
        *_file_rows(found),
        *_cache(found),
    ]


def _sessions(now: datetime, found: Found, limits: RetentionSettings) -> Iterator[Going]:
    kept_for: Mapping[Status, timedelta | None] = {
        Status.COMPLETED: limits.completed,
        Status.FAILED: limits.closed,
        Status.CANCELLED: limits.closed,
        Status.EXPIRED: limits.closed,
        Status.ARCHIVED: limits.archived,
    }
    for session in found.sessions:
        if session.has_open_job:
            continue
        if session.status is Status.ACTIVE:
            if _is_over(session.updated_at, limits.expire_after, now):
                why = f"nobody went on with it for {_told(limits.expire_after)}"
                yield Going(kind=Kind.EXPIRING, name=session.session_id, why=why, session=session)
        elif _is_over(session.updated_at, kept_for[session.status], now):
            why = f"{session.status} for {_told(kept_for[session.status])}"
            yield Going(kind=Kind.SESSION, name=session.session_id, why=why, session=session)


def _uploads(now: datetime, found: Found, limits: RetentionSettings) -> Iterator[Going]:
    needed = {f"{INCOMING}/{path}" for path in found.needed_uploads}
    until = {file.path: file.expires_at for file in found.files if file.kind is FileKind.UPLOAD}
    for upload in found.uploads:
        own = until.get(upload.path)
        is_over = own <= now if own else _is_over(upload.changed_at, limits.uploads, now)
        if is_over and upload.path not in needed:
            why = "its time is over" if own else f"handed in {_told(limits.uploads)} ago or earlier"
            yield Going(kind=Kind.UPLOAD, name=upload.path, why=why, size_bytes=upload.size_bytes)


def _left_overs(now: datetime, found: Found, limits: RetentionSettings) -> Iterator[Going]:
    worked_on = {session.test_folder for session in found.sessions if session.has_open_job}
    for lying in found.left_overs:
        folder = lying.path.rpartition("/")[0]
        if folder not in worked_on and _is_over(lying.changed_at, limits.temporary, now):
            why = f"left by a step that stopped {_told(limits.temporary)} ago or earlier"
            yield Going(kind=Kind.LEFT_OVER, name=lying.path, why=why, size_bytes=lying.size_bytes)
    for lying in found.trash:
        why = "was on its way out"
        yield Going(kind=Kind.LEFT_OVER, name=lying.path, why=why, size_bytes=lying.size_bytes)


def _orphans(now: datetime, found: Found, limits: RetentionSettings) -> Iterator[Going]:
    ids = {session.session_id for session in found.sessions}
    folders = {session.test_folder for session in found.sessions}
    for folder in found.folders:
        # Without the mark it may be that of a session in another database, and is given time.
        is_over = folder.is_going or _is_over(folder.changed_at, limits.completed, now)
        if folder.path not in folders and is_over:
            yield Going(kind=Kind.FOLDER, name=folder.path, why="its session is gone")
    for session_id in sorted({*found.partitions, *found.sessions_with_runs} - ids):
        yield Going(kind=Kind.RUNS, name=session_id, why="their session is gone")


def _suites(now: datetime, found: Found, limits: RetentionSettings) -> Iterator[Going]:
    for suite in found.suites:
        if _is_over(suite.changed_at, limits.completed, now):
            why = f"summed up {_told(limits.completed)} ago or earlier"
            yield Going(kind=Kind.SUITE, name=suite.path, why=why, size_bytes=suite.size_bytes)


def _file_rows(found: Found) -> Iterator[Going]:
    there = {upload.path for upload in found.uploads}
    for file in found.files:
        if file.kind is FileKind.UPLOAD and file.path not in there:
            yield Going(kind=Kind.FILE_ROW, name=file.path, why="its file is gone")


def _cache(found: Found) -> Iterator[Going]:
    if found.cached_too_long:
        why = f"the time of {found.cached_too_long:,} kept facts is over"
        yield Going(kind=Kind.CACHE, name="metadata_cache", why=why)


def _is_over(since: datetime, limit: timedelta | None, now: datetime) -> bool:
    return limit is not None and now - since >= limit


def _told(limit: timedelta | None) -> str:
    return words_of(limit) if limit else ""
