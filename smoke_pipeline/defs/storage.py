"""Dagster's storage in PostgreSQL, whose connections are kept.

Dagster's own opens a connection for every question, and looks for its tables whenever an instance is opened,
which a code server does in every turn of a sensor. Its webserver keeps connections, and hands out those that
broke when the server was started again.
"""

from functools import cache
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from dagster._serdes import ConfigurableClassData
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import create_pg_engine, pg_url_from_config

KEPT = 2
"""Connections that stay open while nobody asks; each process has its own."""
RENEWED_AFTER_S = 300
_made: set[str] = set()
"""The servers whose tables were seen by this process."""


class _Kept:
    """A storage over the connections of this process; stands before one of Dagster's among the bases."""

    postgres_url: str
    _engine: Any

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False)  # type: ignore[call-arg] # that of Dagster's
        self._engine = _engine(postgres_url)

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """Keep connections still, within the limits of the webserver.

        Args:
            statement_timeout: Milliseconds that a question may take.
            pool_recycle: Seconds after which a connection is renewed.
            max_overflow: How many may be open beside those that are kept.
        """
        self._engine = _engine(self.postgres_url, statement_timeout, pool_recycle, max_overflow)


class _Runs(_Kept, PostgresRunStorage):
    pass


class _Events(_Kept, PostgresEventLogStorage):
    pass


class _Schedules(_Kept, PostgresScheduleStorage):
    pass


class KeptConnections(DagsterPostgresStorage):
    """Runs, events and schedules over the connections of this process.

    A connection that broke, as when the server was started again, is noticed before it is used.

    Args:
        postgres_url: Of the server.
        should_autocreate_tables: Whether missing tables are made.
        inst_data: From which Dagster makes this storage again in other processes.
    """

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables and postgres_url not in _made, inst_data)
        _made.add(postgres_url)
        self._run_storage = _Runs(postgres_url)
        self._event_log_storage = _Events(postgres_url)
        self._schedule_storage = _Schedules(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """The storage that `dagster.yaml` describes."""
        return cls(
            pg_url_from_config(config_value), config_value.get("should_autocreate_tables", True), inst_data
        )


@cache
def _engine(
    url: str, timeout_ms: int = 0, renewed_after_s: int = RENEWED_AFTER_S, most_beside: int = -1
) -> Any:
    """The connections of this process to a server; 0 ms and -1 connections are no limit."""
    options = [*parse_qs(urlsplit(url).query).get("options", []), f"-c statement_timeout={timeout_ms}"]
    return create_pg_engine(
        url,
        isolation_level="AUTOCOMMIT",
        connect_args={"options": " ".join(options)},
        pool_size=KEPT,
        max_overflow=most_beside,
        pool_pre_ping=True,
        pool_recycle=renewed_after_s,
    )
