"""Every difference of a comparison in parts: a Parquet file a part, made into one."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.comparison.parts.dealing import Part
from smoke_pipeline.errors import SnapshotDamagedError, SnapshotMissingError
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.snapshots.manifest import Side

_AGAIN = ("Compare the two sides again.",)


def path_of_part(path: Path, part: Part) -> Path:
    """Where a part writes what is at `path` for the whole."""
    return path.with_name(f"{path.stem}-{part.number}-of-{part.of}{path.suffix}")


def renumber(path: Path, in_whole: Callable[[Side, Iterable[int]], Mapping[int, int]]) -> None:
    """Give the rows of a part's file their numbers in the whole.

    Raises:
        StorageFullError: The disk has no room.
        AccessDeniedError: The folder cannot be written.
    """
    rewrite(path, lambda table: _renumbered(table, in_whole))


def rewrite(path: Path, changed: Callable[[pa.Table], pa.Table]) -> None:
    """Change the lines of a file, a row group at a time; it is there as it was, or whole.

    Raises:
        SnapshotMissingError: The file is not there.
        SnapshotDamagedError: It cannot be read.
        StorageFullError: The disk has no room.
        AccessDeniedError: The folder cannot be written.
    """
    with _opened(path) as parquet, _written(path, parquet.schema_arrow) as writer:
        for table in _row_groups(parquet):
            writer.write_table(changed(table))


def join_parts(paths: Iterable[Path], path: Path) -> None:
    """Make one file of those of all parts, a row group at a time.

    Raises:
        SnapshotMissingError: A part's file is not there.
        SnapshotDamagedError: It cannot be read.
        StorageFullError: The disk has no room.
        AccessDeniedError: The folder cannot be written.
    """
    files = list(paths)
    with _opened(files[0]) as first:
        schema = first.schema_arrow
    with _written(path, schema) as writer:
        for one in files:
            with _opened(one) as parquet:
                for table in _row_groups(parquet):
                    writer.write_table(table)


def _renumbered(table: pa.Table, in_whole: Callable[[Side, Iterable[int]], Mapping[int, int]]) -> pa.Table:
    for side in Side:
        name = f"{side}_row"
        numbers = table[name].to_pylist()
        places = in_whole(side, [number for number in numbers if number is not None])
        found = [None if number is None else places[number] for number in numbers]
        table = table.set_column(
            table.schema.get_field_index(name), table.schema.field(name), pa.array(found, pa.uint64())
        )
    return table


def _row_groups(parquet: pq.ParquetFile) -> Iterator[pa.Table]:
    return (parquet.read_row_group(number) for number in range(parquet.num_row_groups))


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as parquet:
            yield parquet
    except FileNotFoundError as error:
        raise SnapshotMissingError(f"{path} is not there (any more).", suggestions=_AGAIN) from error
    except pa.ArrowException as error:
        raise SnapshotDamagedError(f"{path} is not what was written.", suggestions=_AGAIN) from error


@contextmanager
def _written(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A file that is there whole or not at all."""
    with storage_errors(path), replacing(path) as unfinished, unfinished.open("xb") as file:
        writer = pq.ParquetWriter(file, schema, compression="zstd")
        try:
            yield writer
        except BaseException:
            with suppress(OSError, ValueError):
                writer.close()
            raise
        writer.close()
        file.flush()
        os.fsync(file.fileno())
