"""The history in PostgreSQL; what the driver reports becomes one of our errors here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

import psycopg
from sqlalchemy import Connection, Engine, Select, create_engine, delete, insert, make_url, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from smoke_pipeline.comparison.result import RowDifference
from smoke_pipeline.errors import HistoryError, HistoryUnavailableError
from smoke_pipeline.history import rows
from smoke_pipeline.history.base import History, moved_meanwhile, no_such_session
from smoke_pipeline.history.migrate import migrate
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
from smoke_pipeline.history.tables import (
    SCHEMA,
    comparison_results,
    mismatch_details,
    test_files,
    test_sessions,
)
from smoke_pipeline.history.urls import described, postgres_url, sqlalchemy_url
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.snapshots.manifest import Side

CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 60
IDS_LOOKED_AT = 1000
"""How many of the newest ids are looked at for one that may have been meant."""


def open_history(settings: Settings) -> "PostgresHistory":
    """The history that the settings name, its tables made or brought up to date; close it after use.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer, or cannot be started.
        HistoryError: The tables are of a newer version than this program.
    """
    history = PostgresHistory(postgres_url(settings))
    try:
        history.migrate()
    except BaseException:
        history.close()
        raise
    return history


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class PostgresHistory(History):
    """Sessions in the schema `mcp_smoke` of a server.

    Args:
        url: `postgresql://…`.
        now: The clock.
    """

    def __init__(self, url: str, now: Callable[[], datetime] = utc_now) -> None:
        self._where = described(url)
        self._password = make_url(url).password
        self._now = now
        self._engine = _engine(url)

    def __repr__(self) -> str:
        return f"PostgresHistory({self._where})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def migrate(self) -> None:
        """Make the tables, or bring them up to date; several processes may ask at once."""
        with self._transaction() as connection:
            migrate(connection)

    def create_session(self, session: SessionRecord) -> SessionRecord:
        """Add a session; see `History`."""
        created, number = session, 1
        with self._transaction() as connection:
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
        with self._transaction() as connection:
            return _session(connection, session_id)

    def sessions(self, *, status: Status | None = None, limit: int = 50) -> Sequence[SessionRecord]:
        """Sessions, the newest first."""
        newest = test_sessions.c.created_at.desc(), test_sessions.c.session_id.desc()
        query = select(test_sessions).order_by(*newest).limit(limit)
        if status is not None:
            query = query.where(test_sessions.c.status == status.value)
        with self._transaction() as connection:
            return [rows.session_of(row) for row in connection.execute(query).mappings()]

    def move(self, move: Move) -> SessionRecord:
        """Bring a session to another state; see `History`."""
        with self._transaction() as connection:
            return self._moved(connection, _session(connection, move.session_id, lock=True), move)

    def save_snapshot(self, file: FileRecord, move: Move | None) -> None:
        """Write down a snapshot and move its session; see `History`."""
        with self._transaction() as connection:
            session = _session(connection, file.session_id, lock=True)
            connection.execute(insert(test_files).values(rows.file_row(file)))
            self._moved(connection, session, move)

    def snapshot(self, session_id: str, side: Side) -> FileRecord | None:
        """The newest snapshot of a side, if one was taken."""
        query = select(test_files).where(
            test_files.c.session_id == session_id, test_files.c.file_role == side.value
        )
        with self._transaction() as connection:
            row = connection.execute(query.order_by(test_files.c.file_id.desc()).limit(1)).mappings().first()
        return rows.file_of(row) if row else None

    def save_result(self, session_id: str, found: FoundResult, move: Move | None) -> int:
        """Write down a result with its kept differences and move its session; see `History`."""
        record = recorded(found, result_id=0, session_id=session_id, created_at=self._now())
        with self._transaction() as connection:
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
        with self._transaction() as connection:
            row = connection.execute(newest).mappings().first()
        return rows.result_of(row) if row else None

    def differences(self, result_id: int, *, limit: int | None = None) -> Sequence[RowDifference]:
        """The kept differences of a result, in the order in which they were found."""
        columns = mismatch_details.c
        query = select(mismatch_details).where(columns.result_id == result_id)
        if limit is not None:
            query = query.where(columns.row_index < limit)
        with self._transaction() as connection:
            found = connection.execute(query.order_by(columns.row_index, columns.cell_index))
            return rows.differences_of(found.mappings())

    def save_report(self, result_id: int, zip_package_path: str, move: Move | None) -> None:
        """Write down where the bundle of a result lies and move its session; see `History`."""
        result = update(comparison_results).where(comparison_results.c.result_id == result_id)
        owner = result.values(zip_package_path=zip_package_path).returning(comparison_results.c.session_id)
        with self._transaction() as connection:
            session_id = connection.execute(owner).scalar_one_or_none()
            if session_id is None:
                raise HistoryError(f"There is no result {result_id}.")
            self._moved(connection, _session(connection, session_id, lock=True), move)

    def delete_session(self, session_id: str) -> None:
        """Forget a session with everything that hangs on it; nothing happens if there is none."""
        with self._transaction() as connection:
            connection.execute(delete(test_sessions).where(test_sessions.c.session_id == session_id))

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()

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

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._translated(error.orig or error) from error
        except (PoolTimeoutError, psycopg.Error) as error:
            raise self._translated(error) from error
        except UnicodeEncodeError as error:
            raise HistoryError(
                "The history holds whole characters only, and a text has half of one."
            ) from error

    def _translated(self, original: BaseException) -> HistoryError:
        if isinstance(original, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
            return HistoryError(
                f"PostgreSQL at {self._where} has no tables in the schema {SCHEMA}.",
                ("Open the history once with the right to make them.",),
            )
        if isinstance(original, psycopg.errors.QueryCanceled):
            return HistoryUnavailableError(
                f"PostgreSQL at {self._where} took longer than {STATEMENT_TIMEOUT_S} s.",
                ("Try again later.",),
            )
        if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError | PoolTimeoutError):
            return self._unavailable(original)
        return HistoryError(f"PostgreSQL at {self._where} refused: {_first_line(original)}.")

    def _unavailable(self, error: BaseException) -> HistoryUnavailableError:
        reason = _first_line(error)
        if self._password:
            reason = reason.replace(self._password, "***")
        return HistoryUnavailableError(
            f"PostgreSQL at {self._where} does not answer: {reason}.",
            (
                "Start the server, or check the address in SMOKE_POSTGRES_URL.",
                "Without SMOKE_POSTGRES_URL an embedded server is started.",
            ),
            {"server": self._where},
        )


def _engine(url: str) -> Engine:
    return create_engine(
        sqlalchemy_url(url),
        pool_size=10,
        max_overflow=10,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_S}s -c timezone=UTC",
        },
    )


def _first_line(error: BaseException) -> str:
    """What the driver says, without the lines that quote rows."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")


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
