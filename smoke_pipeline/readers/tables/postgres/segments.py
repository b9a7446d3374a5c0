"""Segments of PostgreSQL's tables: a row is hashed as the text that its columns are copied out as."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, Self

import psycopg

from smoke_pipeline.readers.tables.postgres.failures import told
from smoke_pipeline.readers.tables.postgres.reader import PostgresReader, begin, composed, connected
from smoke_pipeline.readers.tables.query import Selection, Sql
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.tables.segments.base import Checksum, Cut, SegmentedTable, numbers
from smoke_pipeline.readers.tables.segments.repeatable import not_repeatable
from smoke_pipeline.readers.tables.segments.waiting import OnWait, answered, nothing
from smoke_pipeline.settings.connections import Postgres

_UNIQUE = """
    SELECT indisprimary, array_agg(attname::text ORDER BY attnum) FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
      AND a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1])
    WHERE c.oid = %s::regclass AND indisunique AND indisvalid AND indimmediate
      AND indpred IS NULL AND indexprs IS NULL AND (relkind = 'p' OR relkind = 'r' AND NOT relhassubclass)
    GROUP BY indexrelid, indisprimary HAVING bool_and(attnotnull) ORDER BY indisprimary DESC, indexrelid
"""
"""A table that others inherit from is read with their rows, which its own index knows nothing of."""


@contextmanager
def opened_pair(
    database: Postgres, requests: tuple[TableRequest, TableRequest]
) -> "Iterator[tuple[PostgresSegments, PostgresSegments]]":
    """What two tables are summed up and read with, inside `with`: one consistent snapshot.

    Raises:
        ReadError: The server does not answer, does not let us in, or refuses what it is asked.
    """
    with told(database):
        connection = connected(database)
    try:
        with told(database):
            begin(connection, database)
        source, target = (PostgresSegments(connection, database, request) for request in requests)
        yield source, target
    finally:
        connection.close()


class PostgresSegments(PostgresReader, SegmentedTable):
    """A table of PostgreSQL, or some segments of one."""

    def __init__(
        self,
        connection: "psycopg.Connection[Any]",
        database: Postgres,
        request: TableRequest,
        chosen: Sql | None = None,
    ) -> None:
        """Get ready to read.

        Args:
            connection: A connection in a transaction that can only read.
            database: How it was reached.
            request: The table.
            chosen: A condition beside that of the request.
        """
        super().__init__(connection, database, request)
        self._chosen = chosen

    @cached_property
    def _selection(self) -> Selection:
        return super()._selection.narrowed(self._chosen)

    def estimate(self) -> int:
        """How many rows the server thinks there are."""
        return self._estimate()

    def not_summed(self, columns: Collection[str]) -> str | None:
        """SQL of a user that may give other rows each time; of a column, what is hashed is what is read."""
        del columns
        return not_repeatable(self._request, "postgres")

    def unique_keys(self) -> tuple[frozenset[str], ...]:
        """Those of the table's unique indexes that hold for all of its rows."""
        if self._request.query is not None:
            return ()
        cast = set(self._request.casts)
        return tuple(frozenset(names) for _, names in self._unique() if not cast & set(names))

    def primary_key(self) -> tuple[str, ...]:
        """The columns of the table's primary key."""
        if self._request.query is not None:
            return ()
        return next((tuple(names) for is_primary, names in self._unique() if is_primary), ())

    def _unique(self) -> list[tuple[Any, ...]]:
        return self._ask(_UNIQUE, [self._selection.place])

    def checksums(self, cut: Cut, on_wait: OnWait = nothing) -> Mapping[int, Checksum]:
        """One pass over the table, in the server."""
        statement = composed(self._summed(cut))
        found = answered(lambda: self._ask(statement), stop=self._stop, on_wait=on_wait)
        return {
            int(segment): Checksum(rows=int(rows), first=int(first), second=int(second), keys=keys)
            for segment, rows, first, second, keys in found
        }

    def _stop(self) -> None:
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=self._database.connect_timeout_s)

    def only(self, cut: Cut, segments: Collection[int]) -> Self:
        """The rows of some segments."""
        chosen = self._key(cut) + f" & {cut.segments - 1} IN ({numbers(segments)})"
        return type(self)(self._connection, self._database, self._request, chosen)

    def _summed(self, cut: Cut) -> Sql:
        """The SELECT of checksums; `OFFSET 0` keeps the server from hashing a row once for each use."""
        of_row = Sql(("('x' || md5(",)) + self._written(cut.columns) + "))::bit(128) AS of_row"
        hashed = self._selection.of([self._key(cut) + " AS of_key", of_row])
        listed = [
            f"of_key & {cut.segments - 1}",
            "count(*)",
            "sum(of_row::bit(64)::bigint)",
            "sum(substring(of_row FROM 65)::bigint)",
            "count(DISTINCT of_key)" if cut.counts_keys else "NULL::bigint",
        ]
        whole = Sql((f"SELECT {', '.join(listed)} FROM (",))  # noqa: S608 - names are quoted
        return whole + hashed + " OFFSET 0) hashed GROUP BY 1"

    def _key(self, cut: Cut) -> Sql:
        """A hash of a row's key, 64 bits of another kind than those of rows.

        Where it takes two keys for one, they are read.
        """
        return Sql(("hashtextextended(",)) + self._written(cut.key) + ' COLLATE "C", 0)'

    def _written(self, names: Sequence[str]) -> Sql:
        """Columns as the text of a row: fields that need it are quoted, and NULL is written as nothing.

        It is what each type is written as for a reader; a cast to text would take blanks off a CHAR.
        """
        around = {column.name: column.around for column in self._columns}
        written = Sql(("CAST(ROW(",))
        for place, name in enumerate(names):
            before, after = around[name]
            written = written + ((", " if place else "") + before) + self._selection.expressions[name] + after
        return written + ") AS text)"
