"""The log of what was done: one row for each action, which nobody can change afterwards."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select

from smoke_pipeline.errors import HistoryError, InvalidOptionError
from smoke_pipeline.history.access.roles import Identity
from smoke_pipeline.history.access.secrets import without_secrets
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.records import Role
from smoke_pipeline.history.schema.access import audit_log

UNKNOWN = "unknown"
"""The client of an action whose key was refused."""

DETAILS = frozenset(
    {"exit_status", "key_id", "job", "sessions", "files", "rows", "size_bytes", "dry_run", "reason"}
)
"""What may be told of an action beside its columns; anything else is left out."""

_LONGEST_TEXT = 200


@dataclass(slots=True, kw_only=True)
class Action:
    """What is being done; what only shows on the way is put in while it is done."""

    tool_name: str
    """The command or tool that was called."""
    action: str
    """What it does, in words that all faces share."""
    identity: Identity | None
    """Who does it; None where nobody is known by the key that was shown."""
    origin: str = "cli"
    session_id: str | None = None
    preset: str | None = None
    details: dict[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A row of `audit_log`."""

    audit_id: int
    happened_at: datetime
    client_id: str
    client_role: Role | None
    key_id: int | None
    tool_name: str
    action: str
    session_id: str | None
    preset: str | None
    success: bool
    error_class: str | None
    execution_time_ms: int
    origin: str
    details: Mapping[str, str | int | float | bool]

    def to_dict(self) -> dict[str, Any]:
        """The entry as a program reads it."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {
            **plain,
            "happened_at": self.happened_at.isoformat(timespec="milliseconds"),
            "client_role": self.client_role.value if self.client_role else None,
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are asked for; what is None is no filter."""

    client_id: str | None = None
    action: str | None = None
    """The action, or the name of the command or tool."""
    session_id: str | None = None
    since: datetime | None = None
    success: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Entries, the newest first, and where the next page begins."""

    entries: Sequence[AuditEntry]
    next_cursor: str | None


class AuditLog:
    """The log in the schema `mcp_smoke`; rows are only ever added.

    Args:
        database: The server, its tables made.
        now: The clock.
        stopwatch: What measures how long an action takes, in seconds.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = utc_now,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._now = now
        self._stopwatch = stopwatch

    def __repr__(self) -> str:
        return f"AuditLog({self._database!r})"

    @contextmanager
    def recording(self, action: Action) -> Iterator[Action]:
        """Write down what happens in the block, whether it succeeds or fails.

        Raises:
            HistoryError: The block succeeded, and that cannot be written down.
        """
        began_at, began = self._now(), self._stopwatch()
        try:
            yield action
        except BaseException as error:
            with suppress(HistoryError):  # what ended the block is the error that counts
                self._add(action, began_at, began, type(error).__name__)
            raise
        self._add(action, began_at, began, None)

    def page(
        self, wanted: AuditFilter | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> AuditPage:
        """Entries, the newest first; rows that are added meanwhile do not move a later page.

        Raises:
            InvalidOptionError: The cursor is none of ours.
        """
        columns = audit_log.c
        query = select(audit_log).where(*_conditions(wanted or AuditFilter()))
        if cursor is not None:
            query = query.where(columns.audit_id < _position(cursor))
        query = query.order_by(columns.audit_id.desc()).limit(limit + 1)
        with self._database.transaction() as connection:
            found = [_entry_of(row) for row in connection.execute(query).mappings()]
        shown = found[:limit]
        return AuditPage(
            entries=shown, next_cursor=str(shown[-1].audit_id) if len(found) > limit and shown else None
        )

    def _add(self, action: Action, began_at: datetime, began: float, error_class: str | None) -> None:
        identity = action.identity
        row = {
            "happened_at": began_at,
            "client_id": identity.client_id if identity else UNKNOWN,
            "client_role": identity.role.value if identity else None,
            "key_id": identity.key_id if identity else None,
            "tool_name": action.tool_name,
            "action": action.action,
            "session_id": _plain(action.session_id),
            "preset": _plain(action.preset),
            "success": error_class is None,
            "error_class": error_class,
            "execution_time_ms": round(1000 * (self._stopwatch() - began)),
            "origin": identity.origin if identity else action.origin,
            "details": _allowed(action.details) or None,
        }
        with self._database.transaction() as connection:
            connection.execute(insert(audit_log).values(row))


def _allowed(details: Mapping[str, str | int | float | bool]) -> dict[str, str | int | float | bool]:
    """The details that may be kept, without anything that looks like a key."""
    return {
        name: _plain(value) or "" if isinstance(value, str) else value
        for name, value in details.items()
        if name in DETAILS
    }


def _plain(text: str | None) -> str | None:
    """A text that somebody wrote, as the log may hold it: short, without keys, of whole characters."""
    if text is None:
        return None
    whole = text.encode("utf-8", "replace").decode().replace("\0", "?")
    return without_secrets(whole)[:_LONGEST_TEXT]


def _conditions(wanted: AuditFilter) -> list[Any]:
    columns = audit_log.c
    found: list[Any] = []
    if wanted.client_id is not None:
        found.append(columns.client_id == wanted.client_id)
    if wanted.action is not None:
        found.append((columns.action == wanted.action) | (columns.tool_name == wanted.action))
    if wanted.session_id is not None:
        found.append(columns.session_id == wanted.session_id)
    if wanted.since is not None:
        found.append(columns.happened_at >= wanted.since)
    if wanted.success is not None:
        found.append(columns.success == wanted.success)
    return found


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise InvalidOptionError(
            f"{cursor!r} is no cursor of this log.", ("Copy it from the answer before, as it stands there.",)
        )
    return int(cursor)


def _entry_of(row: RowMapping) -> AuditEntry:
    role = row["client_role"]
    return AuditEntry(
        **{
            **row,
            "client_role": Role(role) if role else None,
            "details": row["details"] or {},
        }
    )
