"""Accepted differences in the schema `mcp_smoke`: fingerprints, and how often each was accepted.

A baseline that is replaced or dropped stays as a line that tells who accepted what; its fingerprints go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

import psycopg
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.named_tests.records import EVERYBODY, BaselineRecord
from smoke_pipeline.history.schema.base import SCHEMA
from smoke_pipeline.history.schema.named_tests import baseline_rows, baselines

_COLUMNS = tuple(field.name for field in fields(BaselineRecord))


class Baselines:
    """What was accepted; each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def accept(self, baseline: BaselineRecord, fingerprints: Mapping[bytes, int]) -> BaselineRecord:
        """Keep a baseline in place of the one that is active for the same test and the same clients.

        Args:
            baseline: Who accepts what; its number, its moment and its rows are filled in here.
            fingerprints: What is accepted, and how often.
        """
        made = replace(
            baseline, accepted_at=self._now(), rows=sum(fingerprints.values()), active=True, baseline_id=0
        )
        row = {name: getattr(made, name) for name in _COLUMNS if name != "baseline_id"}
        row["options"] = dict(made.options)
        with self._database.transaction() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(made.test_name))))
            _end(connection, made.test_name, made.holds_for)
            added = insert(baselines).values(row).returning(baselines.c.baseline_id)
            number = int(connection.execute(added).scalar_one())
            _copy(connection, number, fingerprints)
        return replace(made, baseline_id=number)

    def active_for(self, test_name: str, client_id: str) -> BaselineRecord | None:
        """The baseline that holds for a client's sessions: the newest of their own and everybody's."""
        columns = baselines.c
        query = select(baselines).where(
            columns.test_name == test_name, columns.active, columns.holds_for.in_((client_id, EVERYBODY))
        )
        newest = query.order_by(columns.accepted_at.desc(), columns.baseline_id.desc()).limit(1)
        with self._database.transaction() as connection:
            row = connection.execute(newest).first()
        return _baseline_of(row) if row else None

    def all_of(self, test_name: str) -> Sequence[BaselineRecord]:
        """Every baseline that a test ever had, the newest first."""
        query = select(baselines).where(baselines.c.test_name == test_name)
        newest = query.order_by(baselines.c.accepted_at.desc(), baselines.c.baseline_id.desc())
        with self._database.transaction() as connection:
            return [_baseline_of(row) for row in connection.execute(newest)]

    def fingerprints(self, baseline_id: int) -> dict[bytes, int]:
        """What a baseline accepts, and how often."""
        columns = baseline_rows.c
        query = select(columns.fingerprint, columns.times).where(columns.baseline_id == baseline_id)
        with self._database.transaction() as connection:
            return {bytes(fingerprint): times for fingerprint, times in connection.execute(query)}

    def drop(self, test_name: str, holds_for: str = EVERYBODY) -> None:
        """End the active baseline of a test.

        Raises:
            HistoryError: There is none that holds for these clients.
        """
        with self._database.transaction() as connection:
            ended = _end(connection, test_name, holds_for)
        if not ended:
            raise HistoryError(
                f"The test {test_name!r} has no baseline that is active.",
                ("See what was accepted: smoke baseline show.",),
                {"test": test_name},
            )


def _end(connection: Connection, test_name: str, holds_for: str) -> bool:
    """Let the active baseline accept nothing any more; whether there was one."""
    columns = baselines.c
    active = update(baselines).where(
        columns.test_name == test_name, columns.holds_for == holds_for, columns.active
    )
    ended = list(connection.scalars(active.values(active=False).returning(columns.baseline_id)))
    connection.execute(delete(baseline_rows).where(baseline_rows.c.baseline_id.in_(ended)))
    return bool(ended)


def _copy(connection: Connection, number: int, fingerprints: Mapping[bytes, int]) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(driver).__name__}.")
    statement = f"COPY {SCHEMA}.{baseline_rows.name} (baseline_id, fingerprint, times) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for fingerprint, times in fingerprints.items():
            copy.write_row((number, fingerprint, times))


def _baseline_of(row: Row) -> BaselineRecord:
    return BaselineRecord(**{name: getattr(row, name) for name in _COLUMNS})
