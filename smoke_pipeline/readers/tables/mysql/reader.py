"""Rows of MySQL and MariaDB, read by PyMySQL as the text that the server writes."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import pyarrow as pa
import pymysql  # type: ignore[import-untyped]
from pymysql.converters import encoders  # type: ignore[import-untyped]
from pymysql.cursors import Cursor, SSCursor  # type: ignore[import-untyped]

from smoke_pipeline.errors import QueryFailedError
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.keys import WantedKeys, among
from smoke_pipeline.readers.tables.mysql.charsets import charset_of, question, refusal
from smoke_pipeline.readers.tables.mysql.failures import NOT_EXPLAINED, greeted, told
from smoke_pipeline.readers.tables.mysql.types import Described, column_of
from smoke_pipeline.readers.tables.query import (
    Selection,
    Sql,
    TableName,
    selection_of_query,
    selection_of_table,
    table_of,
    tables_meant,
)
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.tables.rows import BATCH_BYTES, TableReader, refuse_large
from smoke_pipeline.readers.tables.types import TextColumn, schema_of, values_of
from smoke_pipeline.settings.connections import MySql

_SESSION = (
    "SET SESSION sql_mode = 'ONLY_FULL_GROUP_BY', time_zone = '+00:00'",
    "SET SESSION sql_select_limit = 18446744073709551615, group_concat_max_len = 4294967295",
    "SET SESSION sql_auto_is_null = 0, lc_time_names = 'en_US'",
    "SET SESSION net_write_timeout = %(seconds)s, lock_wait_timeout = %(seconds)s",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
"""The same session whatever the server's defaults: quotes, zone, whole rows and texts, time to pause."""
_SILENCE_S = 60
"""How much longer than a statement may take the server may say nothing."""


@contextmanager
def opened(database: MySql, request: TableRequest) -> Iterator[Reader]:
    """What the rows are read with, inside `with`: one consistent snapshot.

    Raises:
        ReadError: The server does not answer, does not let us in, or refuses what it is asked.
        SettingsError: The certificates cannot be read.
    """
    with greeted(database):
        connection = connected(database)
    try:
        with told(database):
            begin(connection, database)
        reader = MySqlReader(connection, database, request)
        reader.version  # noqa: B018 - as near to the beginning of the snapshot as can be
        try:
            yield reader
        finally:
            reader.abandon()
    finally:
        if connection.open:
            connection.close()


class MySqlReader(TableReader):
    """Rows of a table or of a query."""

    def __init__(self, connection: Any, database: MySql, request: TableRequest) -> None:
        super().__init__(table=request.table or "The query", max_rows=request.max_rows)
        self._connection = connection
        self._database = database
        self._request = request
        self._stream: _Stream | None = None
        self._charsets: dict[str, str] = {}

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns, as the server describes them."""
        return schema_of(self._columns)

    @cached_property
    def version(self) -> str | None:
        """The last transaction that the server knew by a GTID; None where it keeps no such record."""
        names = ("gtid_binlog_pos",) if self._is_mariadb else ("gtid_executed",)
        found = self._ask("SHOW GLOBAL VARIABLES WHERE Variable_name IN (%s)", names)
        return "".join(found[0][1].split()) or None if found else None

    def read(self, chunk_rows: int, wanted: WantedKeys | None = None) -> Iterator[pa.RecordBatch]:
        """Every row, or those of the wanted keys."""
        columns, together = self._columns, min(chunk_rows, self._database.fetch_rows)
        _require_comparable(columns, wanted, self._table)
        around = {column.name: column.around for column in columns}
        selection = among(self._selection, wanted)
        with told(self._database):
            if self._stream:
                self._stream.close()  # reads what nobody wanted; the transaction has but one connection
            self._require_whole_texts(selection)
            self._stream = _Stream(self._connection)
            self._stream.run(selection.statement(around))
        while True:
            with told(self._database):
                rows = self._stream.next_rows(together)
            if not rows:
                return
            yield self._batch(rows)

    def abandon(self) -> None:
        """Leave what was not read, before the connection is closed."""
        if self._stream:
            self._stream.abandon()

    def _batch(self, rows: Sequence[Sequence[bytes | None]]) -> pa.RecordBatch:
        arrays = [
            values_of(column, pa.array(values, pa.binary()), table=self._table, way_out="CAST({} AS CHAR)")
            for column, values in zip(self._columns, zip(*rows, strict=True), strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    @cached_property
    def _is_mariadb(self) -> bool:
        return "mariadb" in self._connection.get_server_info().lower()

    @cached_property
    def _selection(self) -> Selection:
        if self._request.query is not None:
            whole = selection_of_query(self._request.query, dialect="mysql")
            names = [one.name for one in self._described(whole)]
            return selection_of_query(self._request.query, names, dialect="mysql")
        table = self._found(str(self._request.table))
        known = self._ask(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
            (table.schema, table.name),
        )
        return selection_of_table(self._request, table, [str(name) for (name,) in known], dialect="mysql")

    def _found(self, text: str) -> TableName:
        schemas = sorted({one.schema for one in tables_meant(text, self._database.database)})
        tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = %s"
        known = {TableName(*row) for schema in schemas for row in self._ask(tables, (schema,))}
        return table_of(text, self._database.database, known)

    @cached_property
    def _columns(self) -> Sequence[TextColumn]:
        """What is read, once it is known not to be too much."""
        described = self._described(self._selection)
        columns = [column_of(one, table=self._table) for one in described]
        self._charsets = {one.name: one.charset for one in described if one.charset}
        refuse_large(
            self._estimate(),
            limit=self._database.large_rows,
            is_confirmed=self._request.confirm_large,
            table=self._table,
        )
        return columns

    def _described(self, selection: Selection) -> list[Described]:
        with told(self._database), Cursor(self._connection) as cursor:
            cursor.execute("SET character_set_results = NULL")  # so that each column tells its own
            cursor.execute(*bound(selection.statement() + " LIMIT 0"))
            fields = cursor._result.fields  # noqa: SLF001 - DB-API tells neither sign nor charset
            cursor.execute("SET character_set_results = utf8mb4")
            return [
                Described(
                    name=field.name,
                    code=field.type_code,
                    flags=field.flags,
                    length=field.length,
                    scale=field.scale,
                    is_binary=field.charsetnr == 63,
                    charset=charset_of(field.charsetnr),
                )
                for field in fields
            ]

    def _require_whole_texts(self, selection: Selection) -> None:
        if not self._charsets:
            return
        with told(self._database), Cursor(self._connection) as cursor:
            cursor.execute(*bound(question(selection, self._charsets)))
            answers = cursor.fetchone()
        for (name, charset), is_lost in zip(self._charsets.items(), answers, strict=True):
            if is_lost == b"1":
                raise refusal(name, charset, self._table)
        if selection == self._selection:
            self._charsets = {}

    def _estimate(self) -> int:
        """How many rows the server thinks there are; a view may hide that, and its rows are counted."""
        try:
            return self._planned()
        except QueryFailedError as error:
            if error.context.get("code") != NOT_EXPLAINED:
                raise
        rows = self._selection.of([Sql(("1",))]) + f" LIMIT {self._database.large_rows + 1}"
        counted = Sql(("SELECT COUNT(*) FROM (",)) + rows + ") counted"  # noqa: S608 - names are quoted
        with told(self._database), Cursor(self._connection) as cursor:
            cursor.execute(*bound(counted))
            return int(cursor.fetchone()[0])

    def _planned(self) -> int:
        extended = "EXTENDED " if self._is_mariadb else ""
        statement = Sql((f"EXPLAIN {extended}",)) + self._selection.statement()
        with told(self._database), Cursor(self._connection) as cursor:
            cursor.execute(*bound(statement))
            names = [field[0].lower() for field in cursor.description]
            plan = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        steps = [one for one in plan if one["rows"] is not None and one["id"] == plan[0]["id"]]
        shares = (int(one["rows"]) * float(one["filtered"] or 100) / 100 for one in steps)
        return int(math.prod(shares)) if steps else 0

    def _ask(self, text: str, values: Sequence[str] = ()) -> list[tuple[str, ...]]:
        with told(self._database), Cursor(self._connection) as cursor:
            cursor.execute(text, tuple(values))
            return [tuple(value.decode() for value in row) for row in cursor.fetchall()]


class _Stream(SSCursor):  # type: ignore[misc]
    """Rows as they come, in portions of bounded size, which can be left before the last one."""

    def run(self, statement: Sql) -> None:
        """Begin to read."""
        self.execute(*bound(statement))
        longest = sum(field.length for field in self._result.fields)
        self._step = max(1, BATCH_BYTES // max(longest, 1))

    def next_rows(self, wanted: int) -> Sequence[tuple[bytes | None, ...]]:
        """At most so many rows; fewer where they are large."""
        if self._step >= wanted:
            return self.fetchmany(wanted)  # type: ignore[no-any-return]
        rows: list[tuple[bytes | None, ...]] = []
        size = 0
        while len(rows) < wanted and size < BATCH_BYTES:
            more = self.fetchmany(min(self._step, wanted - len(rows)))
            if not more:
                break
            rows.extend(more)
            size += sum(len(value) for row in more for value in row if value is not None)
        return rows

    def abandon(self) -> None:
        """Leave what was not read; closing would read it to its end."""
        if self._result is not None:
            self._result.unbuffered_active = False
        self.connection = None


def _require_comparable(columns: Sequence[TextColumn], wanted: WantedKeys | None, table: str) -> None:
    """Refuse a key of a type whose values are not equal to the text that tells them."""
    declared = {column.name: column.declared for column in columns}
    for name in wanted.columns if wanted else ():
        if declared[name] == "JSON":
            raise QueryFailedError(
                f"Rows of {table} cannot be asked for by {name!r}, which is JSON.",
                suggestions=("Name another key column.",),
                context={"column": name},
            )


def bound(statement: Sql) -> tuple[str, tuple[Any, ...]]:
    """The statement with the driver's marks where values go."""
    return "%s".join(part.replace("%", "%%") for part in statement.parts), statement.values


class _Connection(pymysql.Connection):  # type: ignore[misc]
    """A connection that waits longer for rows than for the server to let it in."""

    def wait_for_rows(self, timeout_s: float) -> None:
        """From now on, wait so long for the next bytes."""
        self._read_timeout = timeout_s


def connected(database: MySql) -> Any:
    """A connection to the server; the driver's own errors are raised."""
    password = database.password.get_secret_value() if database.password else ""
    connection = _Connection(
        host=database.host,
        port=database.port,
        user=database.user,
        password=password.encode(),  # PyMySQL itself knows Latin-1 alone
        database=database.database,
        charset="utf8mb4",
        use_unicode=False,
        conv=dict(encoders),
        connect_timeout=database.connect_timeout_s,
        read_timeout=database.connect_timeout_s,
        ssl={"ca": str(database.ca_bundle)} if database.ca_bundle else None,
    )
    connection.wait_for_rows(database.statement_timeout_s + _SILENCE_S)
    return connection


def begin(connection: Any, database: MySql) -> None:
    """Set what holds in this session alone, and begin the transaction."""
    timeout_s = database.statement_timeout_s
    is_mariadb = "mariadb" in connection.get_server_info().lower()
    limit = (
        f"max_statement_time = {timeout_s}"
        if is_mariadb
        else f"max_execution_time = {int(timeout_s * 1000) or 1}"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION {limit}")
        for statement in _SESSION:
            cursor.execute(statement, {"seconds": max(1, math.ceil(timeout_s))})
