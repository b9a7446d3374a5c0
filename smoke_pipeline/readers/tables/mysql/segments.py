"""Segments of the tables of MySQL and MariaDB: a row is hashed as a text of all its values.

A number or a moment is written as it is read; text as the bytes of its UTF-8, and bytes as they are, both in
hexadecimal digits, so that neither a collation nor a comma within a value plays a part.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, Self

import pyarrow.types as pt
from pymysql.cursors import Cursor  # type: ignore[import-untyped]

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.readers.tables.mysql.failures import greeted, told
from smoke_pipeline.readers.tables.mysql.reader import MySqlReader, begin, bound, connected
from smoke_pipeline.readers.tables.query import Selection, Sql
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.tables.segments.base import Checksum, Cut, SegmentedTable, numbers
from smoke_pipeline.readers.tables.segments.repeatable import not_repeatable
from smoke_pipeline.readers.tables.segments.waiting import OnWait, answered, nothing
from smoke_pipeline.readers.tables.types import TextColumn
from smoke_pipeline.settings.connections import MySql

_INDEXES = """
    SELECT index_name, COALESCE(column_name, ''),
      non_unique = 0 AND nullable <> 'YES' AND sub_part IS NULL AND column_name IS NOT NULL
    FROM information_schema.statistics
    WHERE CAST(table_schema AS BINARY) = %s AND CAST(table_name AS BINARY) = %s
    ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index
"""
_PRIMARY = "PRIMARY"


@contextmanager
def opened_pair(
    database: MySql, requests: tuple[TableRequest, TableRequest]
) -> "Iterator[tuple[MySqlSegments, MySqlSegments]]":
    """What two tables are summed up and read with, inside `with`: one consistent snapshot.

    Raises:
        ReadError: The server does not answer, does not let us in, or refuses what it is asked.
        SettingsError: The certificates cannot be read.
    """
    with greeted(database):
        connection = connected(database)
    try:
        with told(database):
            begin(connection, database)
        source, target = (MySqlSegments(connection, database, request) for request in requests)
        source.version  # noqa: B018 - as near to the beginning of the snapshot as can be
        try:
            yield source, target
        finally:
            source.abandon()
            target.abandon()
    finally:
        if connection.open:
            connection.close()


class MySqlSegments(MySqlReader, SegmentedTable):
    """A table of MySQL or MariaDB, or some segments of one."""

    def __init__(
        self, connection: Any, database: MySql, request: TableRequest, chosen: Sql | None = None
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
        self._parts: list[Self] = []

    def abandon(self) -> None:
        """Leave what was not read, of the table or of some segments."""
        super().abandon()
        for part in self._parts:
            part.abandon()

    @cached_property
    def _selection(self) -> Selection:
        return super()._selection.narrowed(self._chosen)

    def estimate(self) -> int:
        """How many rows the server thinks there are."""
        return self._estimate()

    def not_summed(self, columns: Collection[str]) -> str | None:
        """A shape in space, a text that UTF-8 may not hold, or SQL that may give other rows each time."""
        for column in self._columns:
            if column.name in columns and column.declared == "GEOMETRY":
                return f"The column {column.name!r} is of type {column.declared}, which is not summed up."
            if column.name in columns and column.name in self._charsets:
                return (
                    f"The column {column.name!r} is in {self._charsets[column.name]}, "
                    "whose texts are not summed up."
                )
        return not_repeatable(self._request, "mysql")

    def unique_keys(self) -> tuple[frozenset[str], ...]:
        """Those of the table's unique indexes whose columns are never NULL."""
        cast = set(self._request.casts)
        return tuple(frozenset(names) for names in self._unique.values() if not cast & set(names))

    def primary_key(self) -> tuple[str, ...]:
        """The columns of the table's primary key."""
        return self._unique.get(_PRIMARY, ())

    @cached_property
    def _unique(self) -> Mapping[str, tuple[str, ...]]:
        """Index -> its columns, the primary key's first; of those that tell every row from all others."""
        if self._request.query is not None:
            return {}
        table = self._found(str(self._request.table))
        found: dict[str, tuple[str, ...]] = {}
        partial: set[str] = set()
        for index, column, is_unique in self._ask(_INDEXES, (table.schema, table.name)):
            found[index] = (*found.get(index, ()), column)
            if is_unique != "1":
                partial.add(index)
        return {index: columns for index, columns in found.items() if index not in partial}

    def checksums(self, cut: Cut, on_wait: OnWait = nothing) -> Mapping[int, Checksum]:
        """One pass over the table, in the server."""
        statement = bound(self._summed(cut))
        found = answered(lambda: self._rows(statement), stop=self._stop, on_wait=on_wait)
        return {
            int(segment): Checksum(
                rows=int(rows), first=int(first), second=int(second), keys=int(keys[0]) if keys else None
            )
            for segment, rows, first, second, *keys in found
        }

    def _rows(self, statement: tuple[str, tuple[Any, ...]]) -> Sequence[Sequence[bytes]]:
        with told(self._database), Cursor(self._connection) as cursor:
            cursor.execute(*statement)
            return cursor.fetchall()  # type: ignore[no-any-return]

    def _stop(self) -> None:
        """Stop the statement, from another connection, for this one waits."""
        with suppress(SmokePipelineError), told(self._database):
            other = connected(self._database)
            try:
                other.kill(self._connection.thread_id())
            finally:
                other.close()

    def only(self, cut: Cut, segments: Collection[int]) -> Self:
        """The rows of some segments."""
        chosen = self._segment(cut) + f" IN ({numbers(segments)})"
        part = type(self)(self._connection, self._database, self._request, chosen)
        self._parts.append(part)
        return part

    def _summed(self, cut: Cut) -> Sql:
        """The SELECT of checksums.

        A value beyond the server's largest packet has no text, nor has its row a hash; a random one in its
        place makes the segment differ from any other.
        """
        hashed = Sql(("IFNULL(MD5(",)) + self._written(cut.columns) + "), MD5(UUID()))"
        sums = [
            Sql(("SUM(CAST(CONV(SUBSTR(",)) + hashed + f", {start}, 16), 16, 10) AS UNSIGNED))"
            for start in (1, 17)
        ]
        keys = [Sql(("COUNT(DISTINCT MD5(",)) + self._key(cut) + "))"] if cut.counts_keys else []
        listed = [self._segment(cut) + " AS segment", Sql(("COUNT(*)",)), *sums, *keys]
        return self._selection.of(listed) + " GROUP BY 1"

    def _segment(self, cut: Cut) -> Sql:
        return Sql(("IFNULL(CRC32(",)) + self._key(cut) + f"), 0) % {cut.segments}"

    def _key(self, cut: Cut) -> Sql:
        """The text of a row's key; with a word before it, so that its hash is never that of a row."""
        return Sql(("CONCAT('key', ",)) + self._written(cut.key) + ")"

    def _written(self, names: Sequence[str]) -> Sql:
        """Columns as one text: commas between values that hold none."""
        columns = {column.name: column for column in self._columns}
        written = Sql(("CONCAT(",))
        for place, name in enumerate(names):
            value = _value(self._selection.expressions[name], columns[name])
            written = written + (", ',', " if place else "") + value
        return written + ")"


def _value(expression: Sql, column: TextColumn) -> Sql:
    """One value as a text without commas, which no two values share; `N` for NULL."""
    if pt.is_string(column.type):
        text = Sql(("HEX(CONVERT(",)) + expression + " USING utf8mb4))"
    elif pt.is_binary(column.type):
        text = Sql(("HEX(CAST(",)) + expression + " AS BINARY))"
    else:
        before, after = column.around
        return Sql((f"IFNULL(CAST({before}",)) + expression + f"{after} AS CHAR), 'N')"
    return Sql(("IF((",)) + expression + ") IS NULL, 'N', " + text + ")"
