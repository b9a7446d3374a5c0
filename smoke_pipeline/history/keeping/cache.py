"""What is dear to find out and does not change often, kept for a while."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql

from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.schema.keeping import metadata_cache

USUAL_SPAN = timedelta(days=7)


class MetadataCache:
    """Facts such as the columns of a table, each under a kind and a key; each method is one transaction.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def get(self, kind: str, key: str) -> Any | None:
        """What is kept under that name, unless its time is over."""
        row = metadata_cache.c
        query = select(row.value).where(row.kind == kind, row.key == key, row.expires_at > self._now())
        with self._database.transaction() as connection:
            return connection.execute(query).scalar_one_or_none()

    def put(self, kind: str, key: str, value: Any, *, span: timedelta = USUAL_SPAN) -> None:
        """Keep a value that JSON can hold, in place of an older one.

        Raises:
            HistoryError: PostgreSQL cannot hold it.
        """
        row = {"kind": kind, "key": key, "value": value, "expires_at": self._now() + span}
        added = postgresql.insert(metadata_cache).values(row)
        with self._database.transaction() as connection:
            connection.execute(added.on_conflict_do_update(index_elements=["kind", "key"], set_=row))

    def add(self, kind: str, key: str, value: Any, *, span: timedelta = USUAL_SPAN) -> bool:
        """Keep a value unless one is kept already; whether it was added, which one of many callers hears.

        Raises:
            HistoryError: PostgreSQL cannot hold it.
        """
        now = self._now()
        row = {"kind": kind, "key": key, "value": value, "expires_at": now + span}
        added = postgresql.insert(metadata_cache).values(row)
        unless_kept = added.on_conflict_do_update(
            index_elements=["kind", "key"], set_=row, where=metadata_cache.c.expires_at <= now
        )
        with self._database.transaction() as connection:
            return connection.execute(unless_kept.returning(metadata_cache.c.key)).first() is not None

    def kept(self, kind: str, *, without: str | None = None) -> Mapping[str, Any]:
        """Everything of a kind whose time is not over, by its keys.

        Args:
            kind: What kind.
            without: A field of the values; those in which it is true are left out.
        """
        row = metadata_cache.c
        query = select(row.key, row.value).where(row.kind == kind, row.expires_at > self._now())
        if without is not None:
            query = query.where(row.value[without].as_boolean().is_not(True))
        with self._database.transaction() as connection:
            return {found.key: found.value for found in connection.execute(query.order_by(row.key))}

    def forget(self, kind: str, key: str) -> None:
        """Forget one; nothing happens if it is not there."""
        row = metadata_cache.c
        with self._database.transaction() as connection:
            connection.execute(delete(metadata_cache).where(row.kind == kind, row.key == key))

    def expired(self) -> int:
        """How many are kept whose time is over."""
        query = select(func.count()).where(metadata_cache.c.expires_at <= self._now())
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def expire(self) -> int:
        """Delete what is over; how many that were."""
        over = delete(metadata_cache).where(metadata_cache.c.expires_at <= self._now())
        with self._database.transaction() as connection:
            return len(connection.execute(over.returning(metadata_cache.c.key)).all())
