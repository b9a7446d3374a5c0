"""Sessions, their snapshots and results in PostgreSQL."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import psycopg
from sqlalchemy import Connection, Select, delete, insert, select, update
from sqlalchemy.dialects import postgresql

from smoke_pipeline.comparison.result import RowDifference
from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history import rows
from smoke_pipeline.history.base import History, moved_meanwhile, no_such_session
from smoke_pipeline.history.database import Database, utc_now
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
from smoke_pipeline.history.schema.base import SCHEMA
from smoke_pipeline.history.schema.sessions import (
    comparison_results,
    mismatch_details,
    test_files,
    test_sessions,
)
from smoke_pipeline.snapshots.manifest import Side

IDS_LOOKED_AT = 1000
"""How many of the newest ids are looked at for one that may have been meant."""


class PostgresHistory(History):
    """Sessions in the schema `mcp_smoke` of a server.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def __repr__(self) -> str:
        return f"PostgresHistory({self._database!r})"

    def create_session(self, session: SessionRecord) -> SessionRecord:
        """Add a session; see `History`."""
        created, number = session, 1
        with self._database.transaction() as connection:
            while not _is_added(connection, created):
                number += 1
                created = replace(
                    session,
                    session_id=f"{session.session_id}_{number}",
                    test_folder=f"{session.test_folder}_{number}",
                )
        return created

    def session(self, session_id: str) -> SessionRecord:
        """One session; see `History`."""
        with self._database.transaction() as connection:
            return _session(connection, session_id)

    def sessions(
        self, *, status: Status | None = None, client_id: str | None = None, limit: int = 50
    ) -> Sequence[SessionRecord]:
        """Sessions, the newest first; see `History`."""
        newest = test_sessions.c.created_at.desc(), test_sessions.c.session_id.desc()
        query = select(test_sessions).order_by(*newest).limit(limit)
        if status is not None:
            query = query.where(test_sessions.c.status == status.value)
        if client_id is not None:
            query = query.where(test_sessions.c.client_id == client_id)
        with self._database.transaction() as connection:
            return [rows.session_of(row) for row in connection.execute(query).mappings()]

    def move(self, move: Move) -> SessionRecord:
        """Bring a session to another state; see `History`."""
        with self._database.transaction() as connection:
            return self._moved(connection, _session(connection, move.session_id, lock=True), move)

    def save_snapshot(self, file: FileRecord, move: Move | None) -> None:
        """Write down a snapshot and move its session; see `History`."""
        with self._database.transaction() as connection:
            session = _session(connection, file.session_id, lock=True)
            connection.execute(insert(test_files).values(rows.file_row(file)))
            self._moved(connection, session, move)

    def snapshot(self, session_id: str, side: Side) -> FileRecord | None:
        """The newest snapshot of a side, if one was taken."""
        query = select(test_files).where(
            test_files.c.session_id == session_id, test_files.c.file_role == side.value
        )
        with self._database.transaction() as connection:
            row = connection.execute(query.order_by(test_files.c.file_id.desc()).limit(1)).mappings().first()
        return rows.file_of(row) if row else None

    def save_result(self, session_id: str, found: FoundResult, move: Move | None) -> int:
        """Write down a result with its kept differences and move its session; see `History`."""
        record = recorded(found, result_id=0, session_id=session_id, created_at=self._now())
        with self._database.transaction() as connection:
            session = _session(connection, session_id, lock=True)
            added = insert(comparison_results).values(rows.result_row(record))
            result_id: int = connection.execute(added.returning(comparison_results.c.result_id)).scalar_one()
            _copy_differences(connection, result_id, found.result.differences)
            self._moved(connection, session, move)
        return result_id

    def newest_result(self, session_id: str) -> ResultRecord | None:
        """The newest result of a session, if it was compared."""
        query = select(comparison_results).where(comparison_results.c.session_id == session_id)
        newest = query.order_by(comparison_results.c.result_id.desc()).limit(1)
        with self._database.transaction() as connection:
            row = connection.execute(newest).mappings().first()
        return rows.result_of(row) if row else None

    def differences(self, result_id: int, *, limit: int | None = None) -> Sequence[RowDifference]:
        """The kept differences of a result, in the order in which they were found."""
        columns = mismatch_details.c
        query = select(mismatch_details).where(columns.result_id == result_id)
        if limit is not None:
            query = query.where(columns.row_index < limit)
        with self._database.transaction() as connection:
            found = connection.execute(query.order_by(columns.row_index, columns.cell_index))
            return rows.differences_of(found.mappings())

    def save_report(self, result_id: int, zip_package_path: str, move: Move | None) -> None:
        """Write down where the bundle of a result lies and move its session; see `History`."""
        result = update(comparison_results).where(comparison_results.c.result_id == result_id)
        owner = result.values(zip_package_path=zip_package_path).returning(comparison_results.c.session_id)
        with self._database.transaction() as connection:
            session_id = connection.execute(owner).scalar_one_or_none()
            if session_id is None:
                raise HistoryError(f"There is no result {result_id}.")
            self._moved(connection, _session(connection, session_id, lock=True), move)

    def delete_session(self, session_id: str) -> None:
        """Forget a session with everything that hangs on it; nothing happens if there is none."""
        with self._database.transaction() as connection:
            connection.execute(delete(test_sessions).where(test_sessions.c.session_id == session_id))

    def _moved(self, connection: Connection, session: SessionRecord, move: Move | None) -> SessionRecord:
        """Move a session that nobody else can move now."""
        if move is None:
            return session
        if move.version != session.version:
            raise moved_meanwhile(move, session)
        after = moved(session, move, self._now())
        row = update(test_sessions).where(test_sessions.c.session_id == session.session_id)
        connection.execute(row.values(rows.session_row(after)))
        return after


def _is_added(connection: Connection, session: SessionRecord) -> bool:
    """Add the session unless its id is taken."""
    row = postgresql.insert(test_sessions).values(rows.session_row(session)).on_conflict_do_nothing()
    return connection.execute(row.returning(test_sessions.c.session_id)).first() is not None


def _session(connection: Connection, session_id: str, *, lock: bool = False) -> SessionRecord:
    """A session, with `lock` held against every other move until the transaction ends."""
    query: Select = select(test_sessions).where(test_sessions.c.session_id == session_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        newest = select(test_sessions.c.session_id).order_by(test_sessions.c.created_at.desc())
        raise no_such_session(session_id, connection.scalars(newest.limit(IDS_LOOKED_AT)))
    return rows.session_of(row)


def _copy_differences(connection: Connection, result_id: int, differences: Sequence[RowDifference]) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(driver).__name__}.")
    statement = f"COPY {SCHEMA}.{mismatch_details.name} ({', '.join(rows.DETAIL_COLUMNS)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows.detail_rows(result_id, differences):
            copy.write_row(row)
