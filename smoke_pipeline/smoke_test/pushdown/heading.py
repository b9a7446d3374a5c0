"""A table of which only the columns are known, and what stands for it in a result."""

from collections.abc import Iterator

import pyarrow as pa

from smoke_pipeline.errors import SnapshotError
from smoke_pipeline.readers.tables.segments.base import SegmentedTable
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest


class Heading(Snapshot):
    """A table without its rows."""

    def __init__(self, table: SegmentedTable, origin: str) -> None:
        self._table = table
        self._origin = origin

    @property
    def manifest(self) -> SnapshotManifest:
        """None yet.

        Raises:
            SnapshotError: Always.
        """
        raise SnapshotError("A table whose rows nobody has read has no manifest.")

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return self._table.schema

    @property
    def origin(self) -> str:
        """Where the table is."""
        return self._origin

    @property
    def format(self) -> str:
        """`table`."""
        return self._table.format

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """None."""
        del chunk_rows
        return iter(())


def manifest_of(
    table: SegmentedTable, side: Side, *, origin: str, rows: int, size_bytes: int
) -> SnapshotManifest:
    """What is known of a table of so many rows, of which so many bytes were read."""
    return SnapshotManifest(
        side=side,
        origin=origin,
        format=table.format,
        rows=rows,
        columns=tuple(Column(name=field.name, type=str(field.type)) for field in table.schema),
        size_bytes=size_bytes,
        sha256=None,
        version=table.version,
    )
