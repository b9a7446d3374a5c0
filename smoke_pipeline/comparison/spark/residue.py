"""The rows of one part that Spark could not settle: on a worker's disk, both sides, with their numbers."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from smoke_pipeline.errors import SnapshotError
from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest
from smoke_pipeline.snapshots.scratch import scratch_below


class Residue:
    """Takes rows as they arrive, and gives them back side by side; to be used with `with`.

    Raises:
        StorageFullError: The disk has no room.
        AccessDeniedError: The folder cannot be written.
    """

    def __init__(
        self, schemas: Mapping[Side, pa.Schema], formats: Mapping[Side, str], parent: Path | None
    ) -> None:
        self._schemas = schemas
        self._formats = formats
        self._scratch = scratch_below(parent)
        self._folder = self._scratch.path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()

    def add(self, side: Side, numbers: bytes, rows: bytes) -> None:
        """Take some rows of a side, as an Arrow stream, and their numbers in the whole, as 64-bit integers.

        Raises:
            StorageFullError: The disk has no room.
        """
        with storage_errors(self._folder):
            for path, content in ((self._numbers(side), numbers), (self._rows(side), rows)):
                with path.open("ab") as file:
                    file.write(content)

    def side(self, side: Side) -> Snapshot:
        """The rows of a side."""
        return _ResidueSide(self._rows(side), self._schemas[side], self._formats[side])

    def in_whole(self, side: Side, numbers: Iterable[int]) -> dict[int, int]:
        """Number of a row here -> its number in the whole; the first row is 1 in both."""
        wanted = list(numbers)
        if not wanted:
            return {}
        known = np.memmap(self._numbers(side), np.int64, "r")
        return {number: int(known[number - 1]) for number in wanted}

    def _numbers(self, side: Side) -> Path:
        return self._folder / f"{side}.numbers"

    def _rows(self, side: Side) -> Path:
        return self._folder / f"{side}.arrow"


class _ResidueSide(Snapshot):
    def __init__(self, path: Path, schema: pa.Schema, format_: str) -> None:
        self._path = path
        self._schema = schema
        self._format = format_

    @property
    def manifest(self) -> SnapshotManifest:
        raise SnapshotError("Rows that were left over have no manifest of their own.")

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def origin(self) -> str:
        return str(self._path)

    @property
    def format(self) -> str:
        return self._format

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        if not self._path.exists():
            return
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            while file.tell() < size:
                table = pa.ipc.open_stream(file).read_all()
                yield from table.to_batches(max_chunksize=chunk_rows)
