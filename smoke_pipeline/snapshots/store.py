"""Snapshots on disk: `<side>.parquet` with the rows and `<side>.json` with the manifest, both or neither."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.errors import SnapshotDamagedError, SnapshotMissingError
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.disk import replacing, storage_errors
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest

_PARQUET = {"compression": "zstd", "compression_level": 1}


class FrozenSnapshot(Snapshot):
    """A snapshot that was taken into a folder."""

    def __init__(self, folder: Path, manifest: SnapshotManifest) -> None:
        self._path = _rows_path(folder, manifest.side)
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
        with self._open() as parquet:
            return parquet.schema_arrow

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, in the order in which it was read."""
        with self._open() as parquet:
            yield from parquet.iter_batches(batch_size=chunk_rows, use_threads=False)

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self._path, pre_buffer=False)
        except FileNotFoundError as error:
            raise _missing(self._manifest.side, self._path.parent) from error
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self._path, str(error).splitlines()[0]) from error


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
        ReadError: The rows cannot be read.
        UploadError: The content is not a table.
        StorageFullError: The disk has no room; nothing is left behind.
    """
    taken_at, done = now(), 0
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(_rows_path(folder, side)) as unfinished:
            with pq.ParquetWriter(unfinished, found.schema, **_PARQUET) as writer:
                for batch in found.batches(chunk_rows):
                    writer.write_batch(batch)
                    done += batch.num_rows
                    if on_progress:
                        on_progress(Progress(stage=f"Reading the {side}", rows=done))
            manifest = replace(found.manifest, side=side, taken_at=taken_at)
            _write_manifest(folder, manifest, unfinished)
    return manifest


def open_snapshot(folder: Path, side: Side) -> FrozenSnapshot:
    """The snapshot of a side.

    Raises:
        SnapshotMissingError: It was never taken.
        SnapshotDamagedError: Its rows are not those that were written.
    """
    try:
        data = json.loads(_manifest_path(folder, side).read_bytes())
        size, manifest = data.pop("snapshot_bytes"), SnapshotManifest.from_dict(data)
        found = _rows_path(folder, side).stat().st_size
    except FileNotFoundError as error:
        raise _missing(side, folder) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(_manifest_path(folder, side), "its manifest cannot be read") from error
    if found != size:
        raise _damaged(_rows_path(folder, side), f"it has {found:,} bytes instead of {size:,}")
    return FrozenSnapshot(folder, manifest)


def drop_snapshot(folder: Path, side: Side) -> None:
    """Delete the snapshot of a side, if there is one."""
    _manifest_path(folder, side).unlink(missing_ok=True)
    _rows_path(folder, side).unlink(missing_ok=True)


def _rows_path(folder: Path, side: Side) -> Path:
    return folder / f"{side}.parquet"


def _manifest_path(folder: Path, side: Side) -> Path:
    return folder / f"{side}.json"


def _write_manifest(folder: Path, manifest: SnapshotManifest, rows: Path) -> None:
    """Write the manifest just before the rows get their name; a size that does not fit tells a torn pair."""
    data = {**manifest.to_dict(), "snapshot_bytes": rows.stat().st_size}
    with replacing(_manifest_path(folder, manifest.side)) as unfinished:
        unfinished.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())


def _missing(side: Side, folder: Path) -> SnapshotMissingError:
    return SnapshotMissingError(
        f"The {side} of {folder.name} was never taken, or its files were deleted.",
        suggestions=(f"Take the {side} first.",),
        context={"side": str(side)},
    )


def _damaged(path: Path, why: str) -> SnapshotDamagedError:
    return SnapshotDamagedError(
        f"The snapshot {path} is damaged: {why}.", suggestions=("Take that side again.",)
    )
