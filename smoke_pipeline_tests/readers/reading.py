"""The shortest way from bytes to rows."""

from pathlib import Path
from typing import Any

from smoke_pipeline.readers.base import Reader, ReadOptions
from smoke_pipeline.readers.csv.batches import CsvReader, Packing
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.readers.places import LocalFile


def written(folder: Path, content: bytes | str, name: str = "t.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(reader: Reader, chunk_rows: int = 1000) -> list[tuple[Any, ...]]:
    """Every row, as tuples."""
    return [
        row
        for batch in reader.batches(chunk_rows)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def read(folder: Path, content: bytes | str, **options: Any) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The header and the rows of a text."""
    reader = open_file(written(folder, content), ReadOptions(**options))
    return reader.schema.names, rows_of(reader)


def in_small_blocks(path: Path, block_bytes: int, **options: Any) -> CsvReader:
    """A reader of a plain CSV that takes it in small bites."""
    file = LocalFile(path)
    return CsvReader(file, Packing(file.open), ReadOptions(**options), block_bytes=block_bytes)
