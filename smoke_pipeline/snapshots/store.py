"""Snapshots on disk: one Parquet file a side, `<side>.parquet`, that carries its manifest.

One file is replaced in one step, so rows and manifest belong together whatever happens meanwhile.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.errors import SnapshotDamagedError, SnapshotMissingError, UnsupportedColumnTypeError
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest

_MANIFEST = b"smoke_pipeline.manifest"
"""The key under which the Parquet file carries the manifest."""


class FrozenSnapshot(Snapshot):
    """A snapshot that was taken into a folder."""

    def __init__(self, folder: Path, manifest: SnapshotManifest) -> None:
        self._path = snapshot_path(folder, manifest.side)
        self._manifest = manifest

    @property
    def manifest(self) -> SnapshotManifest:
        """What the snapshot holds."""
        return self._manifest

    @property
    def origin(self) -> str:
        """Where the rows came from."""
        return self._manifest.origin

    @property
    def format(self) -> str:
        """What the rows were written as where they came from."""
        return self._manifest.format

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        with _opened(self._path) as parquet:
            return parquet.schema_arrow.remove_metadata()

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, in the order in which it was read.

        Raises:
            SnapshotMissingError: The snapshot was dropped meanwhile.
            SnapshotDamagedError: Its rows are not those that were written.
        """
        with _opened(self._path) as parquet:
            yield from parquet.iter_batches(batch_size=chunk_rows, use_threads=False)


def take_snapshot(
    found: Snapshot,
    side: Side,
    folder: Path,
    *,
    chunk_rows: int,
    now: Callable[[], datetime],
    on_progress: OnProgress | None = None,
) -> SnapshotManifest:
    """Copy every row into `folder`, a batch at a time; an older snapshot of the side is replaced.

    Raises:
        ReadError: The rows cannot be read, or a column cannot be kept exactly.
        UploadError: The content is not a table.
        StorageFullError: The disk has no room; nothing is left behind.
        AccessDeniedError: We may not write there.
    """
    taken_at, began, done = now(), time.perf_counter(), 0
    _require_exact(found.schema, found.origin)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(snapshot_path(folder, side)) as unfinished:
            with _writer(unfinished, found.schema) as writer:
                for batch in found.batches(chunk_rows):
                    with _exactly(found.origin):
                        batch.validate(full=True)
                        writer.write_batch(batch)
                    done += batch.num_rows
                    if on_progress:
                        on_progress(Progress(stage=f"Reading the {side}", rows=done))
                seconds = round(time.perf_counter() - began, 3)
                manifest = replace(found.manifest, side=side, taken_at=taken_at, seconds=seconds)
                writer.add_key_value_metadata({_MANIFEST: json.dumps(manifest.to_dict())})
            _flush_to_disk(unfinished)
    return manifest


def snapshot_path(folder: Path, side: Side) -> Path:
    """The file of a side."""
    return folder / f"{side}.parquet"


def open_snapshot(folder: Path, side: Side) -> FrozenSnapshot:
    """The snapshot of a side.

    Raises:
        SnapshotMissingError: It was never taken.
        SnapshotDamagedError: It is not what was written.
    """
    path = snapshot_path(folder, side)
    with _opened(path) as parquet:
        manifest = _manifest(parquet.metadata, side, str(path))
    return FrozenSnapshot(folder, manifest)


def manifest_in(end: bytes, side: Side, place: str) -> SnapshotManifest:
    """What the end of a snapshot's file tells of it.

    Args:
        end: The last bytes of the file, no less than its manifest takes.
        side: Whose snapshot it should be.
        place: Where the file lies, for people.

    Raises:
        SnapshotDamagedError: It is not what was written.
    """
    try:
        metadata = pq.read_metadata(pa.BufferReader(end))
    except (pa.ArrowException, OSError) as error:
        raise damaged(place, str(error).splitlines()[0].rstrip(".")) from error
    return _manifest(metadata, side, place)


def kept_schema(schema: pa.Schema) -> pa.Schema:
    """The columns as a snapshot keeps them: seconds become milliseconds."""
    kept = pa.BufferOutputStream()
    _writer(kept, schema).close()
    return pq.read_schema(pa.BufferReader(kept.getvalue())).remove_metadata()


def drop_snapshot(folder: Path, side: Side) -> None:
    """Delete the snapshot of a side, if there is one.

    Raises:
        AccessDeniedError: We may not write there.
    """
    with storage_errors(folder):
        snapshot_path(folder, side).unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """The file, with what is wrong with it told in our words."""
    try:
        with pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as parquet:
            yield parquet
    except FileNotFoundError as error:
        raise SnapshotMissingError(
            f"The {path.stem} of {path.parent.name} was never taken, or its file was deleted.",
            suggestions=(f"Take the {path.stem} first.",),
            context={"side": path.stem},
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise damaged(str(path), str(error).splitlines()[0].rstrip(".")) from error


def _manifest(metadata: pq.FileMetaData, side: Side, place: str) -> SnapshotManifest:
    """The manifest that a file carries, if its rows are what it says."""
    carried = (metadata.metadata or {}).get(_MANIFEST)
    try:
        manifest = SnapshotManifest.from_dict(json.loads(carried or b""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(place, "its manifest cannot be read") from error
    found = (metadata.num_rows, tuple(metadata.schema.to_arrow_schema().names), side)
    if (manifest.rows, manifest.column_names, manifest.side) != found:
        raise damaged(place, "its rows are not those of its manifest")
    return manifest


def damaged(place: str, why: str) -> SnapshotDamagedError:
    """A snapshot is not what was written."""
    return SnapshotDamagedError(
        f"The snapshot {place} is damaged: {why}.",
        suggestions=("Take that side again.",),
        context={"path": place},
    )


def _writer(place: Path | pa.BufferOutputStream, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(place, schema, compression="zstd", compression_level=1, write_page_checksum=True)


def _require_exact(schema: pa.Schema, origin: str) -> None:
    """Refuse, before the first row is read, a column that Parquet cannot hold."""
    for field in schema:
        try:
            _writer(pa.BufferOutputStream(), pa.schema([field])).close()
        except (pa.ArrowException, OSError) as error:
            raise UnsupportedColumnTypeError(
                f"Column {field.name!r} of {origin} is of type {field.type}, "
                "which a snapshot cannot hold exactly.",
                suggestions=("Write the column as text, or as columns of plain types.",),
                context={"column": field.name, "type": str(field.type)},
            ) from error


@contextmanager
def _exactly(origin: str) -> Iterator[None]:
    try:
        yield
    except pa.ArrowException as error:
        raise UnsupportedColumnTypeError(
            f"{origin} holds a value that a snapshot cannot hold exactly: {str(error).splitlines()[0]}.",
            suggestions=("Write the column as text.",),
        ) from error


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
