"""Dagster's storage in PostgreSQL, whose connections are kept.

Dagster's own opens a connection for every question, and looks for its tables whenever an instance is opened,
which a code server does in every turn of a sensor.
"""

from functools import cache
from typing import Any, Self

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config

KEPT = 2
"""Connections that stay open while nobody asks; each process has its own."""
RENEWED_AFTER_S = 300
_made: set[str] = set()
"""The servers whose tables were seen by this process."""


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
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = _engine(postgres_url)  # noqa: SLF001 - Dagster has no other way in

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """The storage that `dagster.yaml` describes."""
        return cls(
            pg_url_from_config(config_value), config_value.get("should_autocreate_tables", True), inst_data
        )


@cache
def _engine(url: str) -> Any:
    return create_pg_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT,
        max_overflow=-1,
        pool_pre_ping=True,
        pool_recycle=RENEWED_AFTER_S,
    )
