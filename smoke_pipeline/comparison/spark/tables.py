"""The files that a side is made of, near or far, and how a worker opens one."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa

from smoke_pipeline.errors import (
    ColumnsDifferError,
    CsvFormatError,
    InvalidOptionError,
    ObjectNotFoundError,
    SnapshotError,
)
from smoke_pipeline.readers.base import FileFacts, Reader, ReadOptions
from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.left_out import notes_of
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest

_SET_ASIDE = (".", "_")
"""How the names of files begin that programs put beside the data, as `_SUCCESS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """One file of a side."""

    side: Side
    place: str
    """A path that every worker reaches, or an address that Spark reads."""
    is_far: bool = False
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRead:
    """What a worker needs to know to open a file."""

    options: Mapping[Side, ReadOptions]
    uploads: UploadSettings
    scratch: Path | None

    @contextmanager
    def opened(self, file: TableFile, content: bytes | None) -> Iterator[Reader]:
        """A reader for the file; `content` is what Spark read of a far one.

        Raises:
            ReadError: The file cannot be read.
            UploadError: It is not a table.
        """
        if content is None:
            yield open_file(Path(file.place), self.options[file.side], limits=self.uploads)
            return
        parent = self.scratch or Path(tempfile.gettempdir())
        with storage_errors(parent), tempfile.TemporaryDirectory(dir=parent) as folder:
            near = Path(folder) / (PurePosixPath(file.place).name or "table")
            near.write_bytes(content)
            yield open_file(near, self.options[file.side], limits=self.uploads)


def is_far(place: str) -> bool:
    """Whether a place is an address for Spark, such as `s3a://bucket/folder`, and not a path."""
    return "://" in place


def near_files(place: str, side: Side) -> tuple[TableFile, ...]:
    """The files of a path: itself, or in order of name those of a folder.

    Raises:
        ObjectNotFoundError: The folder holds no file.
    """
    path = Path(place).absolute()
    if not path.is_dir():
        return (TableFile(side=side, place=str(path)),)
    found = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith(_SET_ASIDE))
    if not found:
        raise ObjectNotFoundError(
            f"The folder {place} holds no file.",
            suggestions=("Name a file, or a folder of files of one table.",),
            context={"path": place},
        )
    return tuple(TableFile(side=side, place=str(one)) for one in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the first file of a side tells about all."""

    schema: pa.Schema
    facts: FileFacts


class SparkSide(Snapshot):
    """A side that workers read; only its key is looked for here, where that is asked for."""

    def __init__(self, place: str, files: Sequence[TableFile], look: Look, reading: HowToRead) -> None:
        self.files = tuple(files)
        self.look = look
        self._place = place
        self._reading = reading

    @property
    def manifest(self) -> SnapshotManifest:
        """Not known here; `manifest_of` makes it from what the workers counted."""
        raise SnapshotError(f"The rows of {self._place} were not counted yet.")

    def manifest_of(self, rows: int, empty_lines: int) -> SnapshotManifest:
        """What the side holds."""
        facts = self.look.facts
        return SnapshotManifest(
            side=self.files[0].side,
            origin=self._place,
            format=facts.format,
            compression=facts.compression,
            member=facts.member,
            rows=rows,
            columns=tuple(Column(name=field.name, type=str(field.type)) for field in self.schema),
            size_bytes=sum(file.size_bytes for file in self.files) or facts.size_bytes,
            sha256=None,
            encoding=facts.encoding,
            dialect=facts.dialect,
            empty_lines=empty_lines,
            reading=facts.reading,
        )

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return self.look.schema

    @property
    def origin(self) -> str:
        """The place as it was named."""
        return self._place

    @property
    def format(self) -> str:
        """What the files are."""
        return self.look.facts.format

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, read by this process.

        Raises:
            InvalidOptionError: The files are far.
        """
        for file in self.files:
            if file.is_far:
                raise InvalidOptionError(
                    f"The key of {self._place} cannot be found by itself, for only Spark reads it.",
                    suggestions=("Name the key columns with --key.",),
                )
            with self._reading.opened(file, None) as reader:
                require_schema(reader, self.schema, file)
                yield from reader.batches(chunk_rows)


def require_nothing_left_out(reader: Reader, file: TableFile) -> None:
    """Refuse a file among several of a side where what is left out of it would not be told.

    Raises:
        CsvFormatError: It has lines or rows that were left out, or made to fit.
    """
    told = notes_of(reader.facts(digest=False).reading)
    if told:
        raise CsvFormatError(
            f"{file.place} is one of several files of the {file.side}; alone it may be unusual: {told[0]}",
            suggestions=("Compare it alone, or repair it.",),
            context={"path": file.place},
        )


def require_schema(reader: Reader, schema: pa.Schema, file: TableFile) -> None:
    """Refuse a file whose columns are not those of its side's first file.

    Raises:
        ColumnsDifferError: They are not.
    """
    if not reader.schema.equals(schema):
        raise ColumnsDifferError(
            f"{file.place} does not have the columns of the first file of the {file.side}.",
            suggestions=("Name a folder that holds the files of one table only.",),
            context={"path": file.place, "columns": reader.schema.names, "expected": schema.names},
        )
