"""One PostgreSQL and its connections; what the driver reports becomes one of our errors here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self

import psycopg
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from smoke_pipeline.errors import HistoryError, HistoryUnavailableError
from smoke_pipeline.history.schema.base import SCHEMA
from smoke_pipeline.history.schema.migrate import migrate
from smoke_pipeline.history.server.urls import described, postgres_url, sqlalchemy_url
from smoke_pipeline.settings.model import Settings

CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 60


def open_database(settings: Settings) -> "Database":
    """The database that the settings name, its tables made or brought up to date; close it after use.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer, or cannot be started.
        HistoryError: The tables are of a newer version than this program.
    """
    database = Database(postgres_url(settings))
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Database:
    """The schema `mcp_smoke` of a server; every room of the history works through one of these.

    Args:
        url: `postgresql://…`.
    """

    def __init__(self, url: str) -> None:
        self._where = described(url)
        self._password = make_url(url).password
        self._engine = _engine(url)

    def __repr__(self) -> str:
        return f"Database({self._where})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def migrate(self) -> None:
        """Make the tables, or bring them up to date; several processes may ask at once.

        Raises:
            HistoryError: The tables are of a newer version than this program.
            HistoryUnavailableError: PostgreSQL does not answer.
        """
        with self.transaction() as connection:
            migrate(connection)

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is kept as a whole when the block ends, or not at all.

        Raises:
            HistoryUnavailableError: PostgreSQL does not answer, or takes too long.
            HistoryError: PostgreSQL refuses.
        """
        with self.translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A connection of one's own, each statement kept by itself; whatever it holds goes with it."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.detach()
            yield connection
        finally:
            connection.close()  # no pool has it any more, so it ends

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Let what the driver reports within the block become one of our errors.

        Raises:
            HistoryUnavailableError: PostgreSQL does not answer, or takes too long.
            HistoryError: PostgreSQL refuses.
        """
        try:
            yield
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
