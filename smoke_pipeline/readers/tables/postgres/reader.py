"""Rows of PostgreSQL, copied out as CSV, which Arrow reads without a Python object for each value."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pv
from psycopg import sql
from psycopg.abc import Buffer

from smoke_pipeline.errors import QueryFailedError
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.keys import WantedKeys, among
from smoke_pipeline.readers.tables.postgres.failures import told
from smoke_pipeline.readers.tables.postgres.types import MONEY, column_of, csv_type_of
from smoke_pipeline.readers.tables.query import (
    Selection,
    Sql,
    TableName,
    quoted,
    selection_of_query,
    selection_of_table,
    table_of,
    tables_meant,
)
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.tables.rows import BATCH_BYTES, TableReader, refuse_large
from smoke_pipeline.readers.tables.types import TextColumn, schema_of, values_of
from smoke_pipeline.settings.connections import Postgres

_SESSION = {
    "bytea_output": "hex",
    "datestyle": "ISO, YMD",
    "extra_float_digits": "3",
    "idle_in_transaction_session_timeout": "0",
    "intervalstyle": "iso_8601",
    "max_parallel_workers_per_gather": "0",
    "row_security": "off",
    "standard_conforming_strings": "on",
    "synchronize_seqscans": "off",
    "timezone": "UTC",
    "transform_null_equals": "off",
}
"""Values written so that they can be read back, rows in an order that stays, and none left out unseen."""
_TABLES = """
    SELECT nspname, relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname = ANY(%s)
"""
_COLUMNS = """
    SELECT attname FROM pg_catalog.pg_attribute
    JOIN pg_catalog.pg_class c ON c.oid = attrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
    WHERE nspname = %s AND relname = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_TYPES = """
    SELECT pg_catalog.format_type(oid, modifier)
    FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY AS t(oid, modifier, place) ORDER BY place
"""


@contextmanager
def opened(database: Postgres, request: TableRequest) -> Iterator[Reader]:
    """What the rows are read with, inside `with`: one consistent snapshot.

    Raises:
        ReadError: The server does not answer, does not let us in, or refuses what it is asked.
    """
    with told(database):
        connection = connected(database)
    try:
        with told(database):
            begin(connection, database)
        yield PostgresReader(connection, database, request)
    finally:
        connection.close()


class PostgresReader(TableReader):
    """Rows of a table or of a query."""

    def __init__(
        self, connection: "psycopg.Connection[Any]", database: Postgres, request: TableRequest
    ) -> None:
        super().__init__(table=request.table or "The query", max_rows=request.max_rows)
        self._connection = connection
        self._database = database
        self._request = request

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns, as the server describes them."""
        return schema_of(self._columns)

    @cached_property
    def version(self) -> str | None:
        """The transactions that the snapshot sees."""
        return str(self._ask("SELECT pg_catalog.txid_current_snapshot()::text")[0][0])

    def read(self, chunk_rows: int, wanted: WantedKeys | None = None) -> Iterator[pa.RecordBatch]:
        """Every row, or those of the wanted keys."""
        around = {column.name: column.around for column in self._columns}
        selection = among(self._selection, wanted)
        statement = Sql(("COPY (",)) + selection.statement(around) + ") TO STDOUT (FORMAT csv)"
        for lines in self._lines(statement, min(chunk_rows, self._database.fetch_rows)):
            yield self._batch(lines)

    def _lines(self, statement: Sql, wanted: int) -> Iterator[list[Buffer]]:
        """The rows as lines of CSV, in portions of bounded size; a savepoint keeps what is left early."""
        lines: list[Buffer] = []
        size = 0
        with (
            told(self._database),
            self._connection.transaction(),
            self._connection.cursor() as cursor,
            cursor.copy(composed(statement)) as copy,
        ):
            while line := copy.read():
                lines.append(line)
                size += len(line)
                if len(lines) >= wanted or size >= BATCH_BYTES:
                    yield lines
                    lines, size = [], 0
        if lines:
            yield lines

    def _batch(self, lines: list[Buffer]) -> pa.RecordBatch:
        text = b"".join(lines)
        try:
            table = pv.read_csv(pa.BufferReader(text), *_csv_options(self._columns, len(text)))
        except pa.ArrowInvalid as error:
            raise QueryFailedError(
                f"The server's answer cannot be read: {str(error).splitlines()[0]}.",
                ("Check that the database's encoding is UTF-8.",),
            ) from error
        if table.num_rows != len(lines):
            raise QueryFailedError(f"The server sent {len(lines):,} rows, and {table.num_rows:,} were read.")
        arrays = [
            values_of(column, values.combine_chunks(), table=self._table, way_out="CAST({} AS text)")
            for column, values in zip(self._columns, table.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    @cached_property
    def _selection(self) -> Selection:
        if self._request.query is not None:
            whole = selection_of_query(self._request.query, dialect="postgres")
            names = [name for name, _, _ in self._described(whole)]
            return selection_of_query(self._request.query, names, dialect="postgres")
        schema = self._database.db_schema
        meant = tables_meant(str(self._request.table), schema)
        known = self._ask(_TABLES, [sorted({one.schema for one in meant})])
        table = table_of(str(self._request.table), schema, {TableName(*row) for row in known})
        columns = [name for (name,) in self._ask(_COLUMNS, [table.schema, table.name])]
        return selection_of_table(self._request, table, columns, dialect="postgres")

    @cached_property
    def _columns(self) -> Sequence[TextColumn]:
        """What is read, once it is known not to be too much."""
        described = self._described(self._selection)
        names, oids, modifiers = zip(*described, strict=True)
        types = [declared for (declared,) in self._ask(_TYPES, [list(oids), list(modifiers)])]
        scale = self._money_scale() if MONEY in oids else 0
        refuse_large(
            self._estimate(),
            limit=self._database.large_rows,
            is_confirmed=self._request.confirm_large,
            table=self._table,
        )
        return [
            column_of(name, oid, modifier, declared=declared, money_scale=scale)
            for name, oid, modifier, declared in zip(names, oids, modifiers, types, strict=True)
        ]

    def _described(self, selection: Selection) -> list[tuple[str, int, int]]:
        """Name, type and what the type was declared with."""
        with told(self._database), self._connection.cursor() as cursor:
            cursor.execute(composed(selection.statement() + " LIMIT 0"))
            result = cursor.pgresult
            assert result is not None  # noqa: S101 - it was executed
            places = range(result.nfields)
            return [
                ((result.fname(place) or b"").decode(), result.ftype(place), result.fmod(place))
                for place in places
            ]

    def _money_scale(self) -> int:
        return int(self._ask("SELECT scale(CAST(CAST(0 AS money) AS numeric))")[0][0])

    def _estimate(self) -> int:
        """How many rows the server thinks there are."""
        plan = self._ask(composed(Sql(("EXPLAIN (FORMAT JSON) ",)) + self._selection.statement()))
        return int(plan[0][0][0]["Plan"]["Plan Rows"])

    def _ask(self, text: Any, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        with told(self._database), self._connection.cursor() as cursor:
            return cursor.execute(text, values).fetchall()


def _csv_options(
    columns: Sequence[TextColumn], size: int
) -> tuple[pv.ReadOptions, pv.ParseOptions, pv.ConvertOptions]:
    names = [f"{place}" for place, _ in enumerate(columns)]
    return (
        pv.ReadOptions(column_names=names, use_threads=False, block_size=size + 1),
        pv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        pv.ConvertOptions(
            column_types=dict(zip(names, map(csv_type_of, columns), strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def composed(statement: Sql) -> sql.Composed:
    """The statement with its values written into it, for COPY takes none beside it."""
    first, *rest = statement.parts
    pieces: list[sql.Composable] = [sql.SQL(first)]
    for value, part in zip(statement.values, rest, strict=True):
        pieces += [sql.Literal(value), sql.SQL(part)]
    return sql.Composed(pieces)


def connected(database: Postgres) -> "psycopg.Connection[Any]":
    """A connection that can only read; the driver's own errors are raised."""
    connection = psycopg.connect(
        host=database.host,
        port=database.port,
        user=database.user,
        password=database.password.get_secret_value() if database.password else None,
        dbname=database.database,
        sslmode=database.sslmode,
        sslrootcert=str(database.ca_bundle) if database.ca_bundle else None,
        connect_timeout=max(2, math.ceil(database.connect_timeout_s)),
        client_encoding="UTF8",
        prepare_threshold=None,
    )
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def begin(connection: "psycopg.Connection[Any]", database: Postgres) -> None:
    """Set what holds in this transaction alone; its first statement takes the snapshot."""
    timeout_ms = max(1, int(database.statement_timeout_s * 1000))
    settings = _SESSION | {
        "lock_timeout": f"{timeout_ms}",
        "search_path": quoted(database.db_schema, "postgres"),
        "statement_timeout": f"{timeout_ms}",
    }
    for name, value in settings.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
