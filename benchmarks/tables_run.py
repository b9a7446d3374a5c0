"""One run of `benchmarks.tables`: `python -m benchmarks.tables_run {ours,peer} {mysql,postgres} PLACE`."""

import datetime as dt
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tables import BATCH_ROWS


def main() -> None:
    """Read the table once, into a folder that is thrown away."""
    program, kind, place = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if program == "ours":
            ours(kind, place, Path(folder))
        else:
            written(from_mysql(int(place)) if kind == "mysql" else from_postgres(place), Path(folder))


def ours(kind: str, place: str, folder: Path) -> None:
    """As a session takes its source."""
    from smoke_pipeline.readers.tables.reader import opened_table
    from smoke_pipeline.readers.tables.request import TableRequest
    from smoke_pipeline.settings.connections import MySql, Postgres
    from smoke_pipeline.snapshots.base import InPlaceSnapshot
    from smoke_pipeline.snapshots.manifest import Side
    from smoke_pipeline.snapshots.store import take_snapshot

    database = (
        MySql(host="127.0.0.1", port=int(place), user="owner", password="owner", database="smoke")
        if kind == "mysql"
        else Postgres(host=place, user="postgres", database="postgres")
    )
    with opened_table(database, TableRequest(database=f"{kind}.a", table="t")) as reader:
        found = InPlaceSnapshot(reader, Side.SOURCE, origin="t", digest=True)
        take_snapshot(found, Side.SOURCE, folder, chunk_rows=BATCH_ROWS, now=lambda: dt.datetime.now(dt.UTC))


def from_mysql(port: int) -> Iterator[tuple[Sequence[str], Iterable[Any]]]:
    """Portions of rows by PyMySQL, as its users read large tables."""
    import pymysql
    from pymysql.cursors import SSCursor

    connection = pymysql.connect(
        host="127.0.0.1", port=port, user="owner", password="owner", database="smoke", cursorclass=SSCursor
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM t")
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield names, rows


def from_postgres(host: str) -> Iterator[tuple[Sequence[str], Iterable[Any]]]:
    """Portions of rows by psycopg, as its users read large tables."""
    import psycopg

    with (
        psycopg.connect(host=host, user="postgres", dbname="postgres") as connection,
        connection.cursor("rows") as cursor,
    ):
        cursor.itersize = BATCH_ROWS
        cursor.execute("SELECT * FROM t")
        names = [column.name for column in cursor.description or ()]
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield names, rows


def written(portions: Iterator[tuple[Sequence[str], Iterable[Any]]], folder: Path) -> None:
    """Write them as Parquet; the types are those of the first portion, decimals as wide as can be."""
    writer: pq.ParquetWriter | None = None
    for names, rows in portions:
        columns = [pa.array(values) for values in zip(*rows, strict=True)]
        if writer is None:
            types = [
                pa.decimal128(38, one.type.scale) if pa.types.is_decimal(one.type) else one.type
                for one in columns
            ]
            schema = pa.schema(list(zip(names, types, strict=True)))
            writer = pq.ParquetWriter(folder / "t.parquet", schema, compression="zstd", compression_level=1)
        arrays = [one.cast(field.type) for one, field in zip(columns, schema, strict=True)]
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    if writer:
        writer.close()


if __name__ == "__main__":
    main()
