"""What a snapshot is, frozen or looked at in place."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from smoke_pipeline.errors import SnapshotError
from smoke_pipeline.readers.base import PlainText, Reader
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest


class Snapshot(ABC):
    """The rows of one side, with the facts that travel with them; it can be read again from the start."""

    @property
    @abstractmethod
    def manifest(self) -> SnapshotManifest:
        """What the snapshot holds."""

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """The columns."""

    @property
    @abstractmethod
    def origin(self) -> str:
        """Where the rows came from, for people."""

    @property
    @abstractmethod
    def format(self) -> str:
        """`csv` or `parquet`: whether the rows were written as text without types."""

    def plain_text(self) -> PlainText | None:
        """The bytes the rows are read from, where they are a plain text that lies on this machine."""
        return None

    def vouch(self, rows: int, empty_lines: int) -> None:
        """Take it that somebody has read the plain text to its end, and it is what it seemed to be."""
        raise NotImplementedError(f"{type(self).__name__} is no plain text")

    @abstractmethod
    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, at most `chunk_rows` at a time, in the order in which it was read.

        Raises:
            SmokePipelineError: The rows cannot be read.
        """


class SomeRows(Snapshot):
    """Some of the rows of a snapshot, in its form; which ones, and how many, whoever chooses them knows."""

    def __init__(self, whole: Snapshot) -> None:
        self._whole = whole

    @property
    @abstractmethod
    def rows(self) -> int:
        """How many there are; right once they were read."""

    @property
    def manifest(self) -> SnapshotManifest:
        """That of the whole, with the number of these rows."""
        return replace(self._whole.manifest, rows=self.rows)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the whole."""
        return self._whole.schema

    @property
    def origin(self) -> str:
        """Where the whole came from."""
        return self._whole.origin

    @property
    def format(self) -> str:
        """What the whole was written as."""
        return self._whole.format


class InPlaceSnapshot(Snapshot):
    """A file looked at where it lies; its manifest is known once the rows were read."""

    def __init__(self, reader: Reader, side: Side, *, origin: str, digest: bool = False) -> None:
        """Look at what `reader` reads; a `digest` of the bytes takes one more pass over them."""
        self._reader = reader
        self._side = side
        self._origin = origin
        self._digest = digest
        self._manifest: SnapshotManifest | None = None

    @property
    def manifest(self) -> SnapshotManifest:
        """What the file holds."""
        if self._manifest is None:
            raise SnapshotError(f"The {self._side} was not read to its end yet.")
        return self._manifest

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return self._reader.schema

    @property
    def origin(self) -> str:
        """Where the file lies, as it was named."""
        return self._origin

    @property
    def format(self) -> str:
        """What the file is."""
        return self._reader.format

    def plain_text(self) -> PlainText | None:
        """The file itself, where it is a plain text."""
        return self._reader.plain_text()

    def vouch(self, rows: int, empty_lines: int) -> None:
        """Spare the look over the whole file, which somebody has had."""
        self._reader.vouch(empty_lines)
        self._manifest = self._of(rows)

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row of the file."""
        rows = 0
        for batch in self._reader.batches(chunk_rows):
            rows += batch.num_rows
            yield batch
        self._manifest = self._of(rows)

    def _of(self, rows: int) -> SnapshotManifest:
        facts = self._reader.facts(digest=self._digest)
        return SnapshotManifest(
            side=self._side,
            origin=self._origin,
            rows=rows,
            columns=tuple(Column(name=field.name, type=str(field.type)) for field in self._reader.schema),
            format=facts.format,
            compression=facts.compression,
            member=facts.member,
            size_bytes=facts.size_bytes,
            sha256=facts.sha256,
            version=facts.version,
            encoding=facts.encoding,
            dialect=facts.dialect,
            empty_lines=facts.empty_lines,
            reading=facts.reading,
        )
