"""Rows of Oracle, which python-oracledb in thin mode reads into Arrow itself."""

import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Any

import oracledb
import pyarrow as pa
import pyarrow.compute as pc

from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.keys import WantedKeys, among
from smoke_pipeline.readers.tables.oracle.failures import NO_RIGHT, code_of, told
from smoke_pipeline.readers.tables.oracle.types import Described, OracleColumn, column_of
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
from smoke_pipeline.readers.tables.types import schema_of, values_of
from smoke_pipeline.settings.connections import Oracle

_SESSION = (
    "ALTER SESSION SET NLS_LANGUAGE = AMERICAN NLS_TERRITORY = AMERICA",
    "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS' "
    "NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF' "
    "NLS_TIMESTAMP_TZ_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF TZH:TZM' "
    "NLS_NUMERIC_CHARACTERS = '.,' NLS_CALENDAR = 'GREGORIAN' NLS_COMP = BINARY NLS_SORT = BINARY "
    "TIME_ZONE = '+00:00'",
)
"""The same session whatever the server's defaults."""
_READ_ONLY = "SET TRANSACTION READ ONLY"
_STATES = (
    "SELECT DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER FROM DUAL",
    "SELECT CURRENT_SCN FROM V$DATABASE",
)
"""Ways to ask for the number of the present state; each takes a right of its own."""
_NO_PAST = (NO_RIGHT, "ORA-01466", "ORA-08181", "ORA-30052")
"""A table may be read now, and not as it was: a right is missing, or it was altered a moment ago."""
_SCHEMA = "SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AS CURRENT_SCHEMA FROM DUAL"
_TABLES = (
    "SELECT OWNER, OBJECT_NAME FROM ALL_OBJECTS "
    "WHERE OWNER = :v1 AND OBJECT_TYPE IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW')"
)
_COLUMNS = (
    "SELECT COLUMN_NAME, COLUMN_ID, INTERNAL_COLUMN_ID FROM ALL_TAB_COLS "
    "WHERE OWNER = :v1 AND TABLE_NAME = :v2 AND USER_GENERATED = 'YES'"
)
_DROPPED = re.compile(r"SYS_C\d{5}_\d{8}:\d\d:\d\d\$")
"""The name of a column that was set unused; it can no longer be read."""
_ESTIMATE = "SELECT NUM_ROWS FROM ALL_TABLES WHERE OWNER = :v1 AND TABLE_NAME = :v2"
_LOB_ROWS = 64
"""Rows fetched together where one of their values may be of any size."""
_CATALOGUE_ROWS = 1_000
_LONGEST_CHAR = 2_000
"""Bytes of a text that can be bound as a literal would be."""


@contextmanager
def opened(database: Oracle, request: TableRequest) -> Iterator[Reader]:
    """What the rows are read with, inside `with`: one state of the database.

    Raises:
        ReadError: The database does not answer, does not let us in, or refuses what it is asked.
        SettingsError: The address or the certificates cannot be read.
    """
    with told(database):
        connection = _connected(database)
    try:
        reader = OracleReader(connection, database, request)
        reader.begin()
        yield reader
    finally:
        _close(connection)


class OracleReader(TableReader):
    """Rows of a table or of a query."""

    def __init__(self, connection: oracledb.Connection, database: Oracle, request: TableRequest) -> None:
        super().__init__(table=request.table or "The query", max_rows=request.max_rows)
        self._connection = connection
        self._database = database
        self._request = request
        self._scn: int | None = None

    def begin(self) -> None:
        """Hold on to the present state: by its number where that can be had, else by a transaction.

        Raises:
            ReadError: The database refuses.
        """
        with told(self._database):
            for statement in _SESSION:
                self._connection.cursor().execute(statement)
            if self._request.table is not None:
                self._scn = self._present_state()
            if self._scn is None:
                self._connection.cursor().execute(_READ_ONLY)

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns, as the database describes them."""
        return schema_of([column.told for column in self._columns])

    @property
    def version(self) -> str | None:
        """The number of the state that is read (SCN); None where the database does not tell it."""
        return None if self._scn is None else str(self._scn)

    def read(self, chunk_rows: int, wanted: WantedKeys | None = None) -> Iterator[pa.RecordBatch]:
        """Every row, or those of the wanted keys."""
        columns = self._columns
        around = {column.told.name: column.told.around for column in columns}
        lengths = self._lengths()
        selection = among(self._in_time(), wanted)
        everything = replace(selection, expressions={**selection.expressions, **lengths})
        fetched = [column.fetched for column in columns] + [pa.int64()] * len(lengths)
        wanted = pa.schema([pa.field(f"C{place}", kind) for place, kind in enumerate(fetched)])
        with told(self._database):
            batches = self._connection.fetch_df_batches(
                *self._bound(everything.statement(around)),
                size=self._step(chunk_rows),
                requested_schema=wanted,
            )
            for frame in batches:
                for batch in pa.table(frame).to_batches():
                    if batch.num_rows:
                        yield self._batch(batch)

    def _lengths(self) -> dict[str, Sql]:
        """How long the LOBs are, under names that no column has."""
        lobs = [column.told.name for column in self._columns if column.is_lob]
        expressions = self._selection.expressions
        free = (name for name in map("~{}".format, count()) if name not in expressions)
        return {
            name: Sql(("LENGTH(",)) + expressions[lob] + ")" for name, lob in zip(free, lobs, strict=False)
        }

    def _step(self, chunk_rows: int) -> int:
        """How many rows are fetched together, so that they fit into memory whatever they hold."""
        wanted = min(chunk_rows, self._database.fetch_rows)
        if any(column.is_lob for column in self._columns):
            return min(wanted, _LOB_ROWS)
        return max(1, min(wanted, 4 * BATCH_BYTES // max(1, self._row_bytes)))

    def _batch(self, fetched: pa.RecordBatch) -> pa.RecordBatch:
        lengths = iter(fetched.columns[len(self._columns) :])
        arrays = []
        for column, array in zip(self._columns, fetched.columns, strict=False):
            values = values_of(column.told, array, table=self._table, way_out="TO_CHAR({})")
            arrays.append(_with_empty(values, next(lengths)) if column.is_lob else values)
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    @cached_property
    def _columns(self) -> Sequence[OracleColumn]:
        """What is read, once it is known not to be too much."""
        columns = [column_of(one, table=self._table) for one in self._described]
        refuse_large(
            self._estimate(),
            limit=self._database.large_rows,
            is_confirmed=self._request.confirm_large,
            table=self._table,
        )
        return columns

    @cached_property
    def _row_bytes(self) -> int:
        return sum(one.size for one in self._described)

    @cached_property
    def _described(self) -> Sequence[Described]:
        try:
            return self._described_now(self._in_time())
        except oracledb.Error as error:
            with told(self._database):
                if self._scn is None or code_of(error) not in _NO_PAST:
                    raise
                self._scn = None
                self._connection.cursor().execute(_READ_ONLY)
                return self._described_now(self._in_time())

    def _described_now(self, selection: Selection) -> Sequence[Described]:
        text, _ = self._bound(selection.statement())
        with self._connection.cursor() as cursor:
            cursor.parse(text)
            return [
                Described(
                    name=one[0],
                    type=one[1],
                    size=one[3] or 0,
                    precision=one[4] or 0,
                    scale=_scale(one[1], one[5]),
                )
                for one in cursor.description
            ]

    @cached_property
    def _selection(self) -> Selection:
        if self._request.query is not None:
            whole = selection_of_query(self._request.query, dialect="oracle")
            with told(self._database):
                names = [one.name for one in self._described_now(whole)]
            return selection_of_query(self._request.query, names, dialect="oracle")
        table = self._found
        return selection_of_table(self._request, table, self._columns_of(table), dialect="oracle")

    def _columns_of(self, table: TableName) -> list[str]:
        """The columns in their order; invisible ones have no place in it, and come last."""
        found = self._ask(_COLUMNS, (table.schema, table.name))
        found.sort(key=lambda row: (row[1] is None, row[1] or row[2]))
        return [name for name, place, _ in found if place is not None or not _DROPPED.fullmatch(name)]

    def _in_time(self) -> Selection:
        """The selection from the state that is held by its number."""
        if self._scn is None:
            return self._selection
        return replace(self._selection, place=f"{self._selection.place} AS OF SCN {self._scn}")

    @cached_property
    def _found(self) -> TableName:
        default = self._database.db_schema or str(self._ask(_SCHEMA)[0][0])
        text = str(self._request.table)
        schemas = sorted({one.schema for one in tables_meant(text, default)})
        known = {TableName(*row) for schema in schemas for row in self._ask(_TABLES, (schema,))}
        return table_of(text, default, known)

    def _estimate(self) -> int:
        """Rows of the whole table, as the statistics have them; with a filter nobody knows."""
        if self._request.query is not None or self._request.where_clause is not None:
            return 0
        found = self._ask(_ESTIMATE, (self._found.schema, self._found.name))
        return int(found[0][0] or 0) if found else 0

    def _present_state(self) -> int | None:
        for statement in _STATES:
            try:
                with self._connection.cursor() as cursor:
                    return int(cursor.execute(statement).fetchone()[0])
            except oracledb.DatabaseError as error:
                if not code_of(error).startswith(("ORA-00904", "ORA-00942", "ORA-06550", NO_RIGHT)):
                    raise
        return None

    def _ask(self, text: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        with told(self._database), self._connection.cursor() as cursor:
            cursor.arraysize = cursor.prefetchrows = _CATALOGUE_ROWS
            return list(cursor.execute(text, list(values)).fetchall())

    def _bound(self, statement: Sql) -> tuple[str, list[Any]]:
        """The statement with the driver's marks where values go, and the values."""
        marks = [f":v{place}" for place in range(1, len(statement.values) + 1)]
        text = "".join(part + mark for part, mark in zip(statement.parts, [*marks, ""], strict=True))
        return text, [self._variable(value) for value in statement.values]

    def _variable(self, value: Any) -> Any:
        """A text is bound as a literal is: compared with a CHAR, blanks at its end do not count."""
        if isinstance(value, str) and 0 < len(value.encode()) <= _LONGEST_CHAR:
            variable = self._connection.cursor().var(oracledb.DB_TYPE_CHAR, len(value.encode()))
        elif isinstance(value, datetime):
            kind = oracledb.DB_TYPE_TIMESTAMP_TZ if value.tzinfo else oracledb.DB_TYPE_TIMESTAMP
            variable = self._connection.cursor().var(kind)
        elif isinstance(value, float):
            variable = self._connection.cursor().var(oracledb.DB_TYPE_BINARY_DOUBLE)
        else:
            return value
        variable.setvalue(0, value)
        return variable


def _with_empty(values: pa.Array, lengths: pa.Array) -> pa.Array:
    """LOBs without any bytes, which the driver takes for NULL."""
    empty = pa.scalar("" if pa.types.is_large_string(values.type) else b"", values.type)
    return pc.if_else(pc.fill_null(pc.equal(lengths, 0), False), empty, values)


def _scale(kind: oracledb.DbType, scale: int | None) -> int:
    """The driver tells no scale of a number whose point may be anywhere."""
    return -127 if scale is None and kind is oracledb.DB_TYPE_NUMBER else scale or 0


def _connected(database: Oracle) -> oracledb.Connection:
    secure = ssl.create_default_context(cafile=database.ca_bundle) if database.ca_bundle else None
    connection = oracledb.connect(
        user=database.user,
        password=database.password.get_secret_value() if database.password else "",
        dsn=database.dsn,
        tcp_connect_timeout=database.connect_timeout_s,
        ssl_context=secure,
        stmtcachesize=0,  # the driver would read a statement again with the types of the first time
    )
    connection.call_timeout = max(1, int(database.statement_timeout_s * 1000))
    return connection


def _close(connection: oracledb.Connection) -> None:
    try:
        connection.close()
    except oracledb.Error:
        return
