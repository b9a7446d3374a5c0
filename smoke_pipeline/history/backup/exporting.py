"""The whole history into one file, as it was at one moment."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from smoke_pipeline.errors import HistoryError, InvalidOptionError
from smoke_pipeline.history.backup.catalog import (
    KEYS_TABLE,
    CatalogTable,
    driver_of,
    sequences_of,
    tables_of,
)
from smoke_pipeline.history.backup.manifest import MEMBER, BackupManifest, BackupSequence, BackupTable
from smoke_pipeline.history.database import Database, utc_now
from smoke_pipeline.history.schema.base import SCHEMA
from smoke_pipeline.history.schema.migrate import current_revision
from smoke_pipeline.readers.disk import replacing, storage_errors

PACKING = 1
"""The quickest: the rows are packed while the snapshot is held."""
PRIVATE = 0o600
"""A backup holds values of the compared tables."""


def export_history(
    database: Database, path: Path, *, with_keys: bool = False, now: Callable[[], datetime] = utc_now
) -> BackupManifest:
    """Write every table into a zip, whole or not at all; others may go on writing meanwhile.

    Args:
        database: The history.
        path: Where the zip goes; nothing may be there.
        with_keys: Whether the digests of API keys are written, too.
        now: The clock.

    Raises:
        InvalidOptionError: Something is there already.
        HistoryError: There are no tables.
        HistoryUnavailableError: PostgreSQL does not answer.
        StorageFullError: The disk has no room; nothing was left behind.
        AccessDeniedError: We may not write there.
    """
    if path.exists():
        raise InvalidOptionError(f"{path} is there already.", ("Name another file.",))
    with storage_errors(path), replacing(path) as unfinished:
        unfinished.touch(PRIVATE)
        with (
            database.transaction() as connection,
            ZipFile(unfinished, "w", ZIP_DEFLATED, compresslevel=PACKING) as zipped,
        ):
            _hold_the_moment(connection)
            manifest = _write(connection, zipped, with_keys, now())
    return manifest


def _hold_the_moment(connection: Connection) -> None:
    """All that is read is of one moment, however long it takes."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT 1"))  # The first query it is that holds the moment.


def _write(connection: Connection, zipped: ZipFile, with_keys: bool, now: datetime) -> BackupManifest:
    revision = current_revision(connection)
    if revision is None:
        raise HistoryError(f"There are no tables in the schema {SCHEMA}.", ("Nothing is there to export.",))
    tables = tuple(
        _write_table(
            driver_of(connection), zipped, table, is_empty=table.name == KEYS_TABLE and not with_keys
        )
        for table in tables_of(connection)
    )
    manifest = BackupManifest(
        revision=revision,
        with_keys=with_keys,
        written_at=now,
        tables=tables,
        sequences=_sequences(connection),
    )
    zipped.writestr(MEMBER, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def _write_table(
    driver: psycopg.Connection, zipped: ZipFile, table: CatalogTable, *, is_empty: bool
) -> BackupTable:
    """Write the rows of a table without holding them in memory."""
    digest, size = hashlib.sha256(), 0
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    rows = sql.SQL("COPY (SELECT {} FROM {}{}) TO STDOUT").format(
        columns, sql.Identifier(SCHEMA, table.name), sql.SQL(" WHERE false" if is_empty else "")
    )
    with (
        driver.cursor() as cursor,
        zipped.open(f"tables/{table.name}.copy", "w", force_zip64=True) as member,
    ):
        with cursor.copy(rows) as copy:
            for piece in copy:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        return BackupTable(
            name=table.name,
            columns=table.columns,
            rows=cursor.rowcount,
            size_bytes=size,
            sha256=digest.hexdigest(),
        )


def _sequences(connection: Connection) -> tuple[BackupSequence, ...]:
    """The numbers that were given, so that none is given twice though its row was deleted."""
    found = []
    for one in sequences_of(connection):
        query = sql.SQL("SELECT last_value FROM {} WHERE is_called").format(sql.Identifier(SCHEMA, one.name))
        last = driver_of(connection).execute(query).fetchone()
        if last is not None:
            found.append(BackupSequence(table=one.table, column=one.column, last=last[0]))
    return tuple(found)
