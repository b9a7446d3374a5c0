"""Rows on their way out of a database: their digest, their number, and values that no type holds."""

import hashlib
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from smoke_pipeline.errors import ObjectChangedError, QueryRefusedError
from smoke_pipeline.readers.base import FileFacts, Reader
from smoke_pipeline.readers.tables.keys import WantedKeys

BATCH_BYTES = 16 * 1024**2
"""A batch is closed once its values are this large, however few rows it has."""
_NOTHING = memoryview(b"")


class TableReader(Reader):
    """Rows of one transaction; whatever reads them first also takes their digest."""

    def __init__(self, *, table: str, max_rows: int | None) -> None:
        """Get ready to read.

        Args:
            table: What a person calls it; for errors.
            max_rows: More rows are an error.
        """
        self._table = table
        self._max_rows = max_rows
        self._content: Content | None = None

    @abstractmethod
    def read(self, chunk_rows: int, wanted: WantedKeys | None = None) -> Iterator[pa.RecordBatch]:
        """Every row, or those of the wanted keys alone, as the database sends them.

        Raises:
            ReadError: The database does not let us read.
        """

    @property
    @abstractmethod
    def version(self) -> str | None:
        """What the database calls the state that the transaction sees."""

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, at most `chunk_rows` at a time.

        Raises:
            QueryRefusedError: There are more rows than the request allows.
            ObjectChangedError: The table knows no transactions, and its rows changed.
        """
        content = Content(self.schema)
        for batch in self.read(chunk_rows):
            content.add(batch)
            if self._max_rows is not None and content.rows > self._max_rows:
                raise too_many(self._table, self._max_rows)
            yield batch
        if self._content and self._content.sha256 != content.sha256:
            raise ObjectChangedError(
                f"{self._table} did not give the same rows twice.",
                suggestions=("Wait until whoever writes the table is done, then try again.",),
                context={"table": self._table},
            )
        self._content = content

    def facts(self, *, digest: bool = True) -> FileFacts:
        """What is known of the table; its size is that of the values that were read."""
        read = self._content or Content(pa.schema([]))
        sha256 = read.sha256 if digest and self._content else None
        return FileFacts(format="table", size_bytes=read.size_bytes, sha256=sha256, version=self.version)

    @property
    def format(self) -> str:
        """`table`."""
        return "table"


class Content:
    """The digest of rows in the order in which they are read, however they are cut into batches.

    Of each column three streams are digested: which values are NULL, how long they are, and the values.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self.rows = 0
        self.size_bytes = 0
        self._schema = str([(field.name, str(field.type)) for field in schema])
        self._streams = [tuple(hashlib.sha256() for _ in range(3)) for _ in schema]

    def add(self, batch: pa.RecordBatch) -> None:
        """Digest the next rows."""
        self.rows += batch.num_rows
        for array, streams in zip(batch.columns, self._streams, strict=True):
            *about, values = _pieces(array)
            for stream, piece in zip(streams, (*about, values), strict=True):
                stream.update(piece)
            self.size_bytes += values.nbytes

    @property
    def sha256(self) -> str:
        """Digest of the columns and of every row so far."""
        whole = hashlib.sha256(f"{self._schema}{self.rows}".encode())
        for streams in self._streams:
            for stream in streams:
                whole.update(stream.digest())
        return whole.hexdigest()


def refuse_large(estimate: int, *, limit: int, is_confirmed: bool, table: str) -> None:
    """Refuse a table that is larger than anybody expected.

    Raises:
        QueryRefusedError: It is, and nobody confirmed it.
    """
    if estimate > limit and not is_confirmed:
        raise QueryRefusedError(
            f"{table} has about {estimate:,} rows, more than the {limit:,} that are read unasked.",
            suggestions=("Read fewer rows with a where_clause.", "Confirm it with confirm_large."),
            context={"rows": estimate, "large_rows": limit},
        )


def too_many(table: str, max_rows: int) -> QueryRefusedError:
    """What to say where a table has more rows than the request allows."""
    return QueryRefusedError(
        f"{table} has more rows than max_rows allows, {max_rows:,}.",
        suggestions=("Read fewer rows with a where_clause.", "Raise max_rows."),
        context={"max_rows": max_rows},
    )


def _pieces(array: pa.Array) -> tuple[memoryview, memoryview, memoryview]:
    """The bytes that say all about an array: what is NULL, lengths, values."""
    is_null = _bytes_of(array.is_null().cast(pa.uint8()))
    values = array.drop_null()
    if pt.is_null(array.type):
        return is_null, _NOTHING, _NOTHING
    if pt.is_boolean(array.type):
        return is_null, _NOTHING, _bytes_of(values.cast(pa.uint8()))
    if pt.is_binary(array.type) or pt.is_string(array.type):
        return (is_null, *_texts(values, np.int32))
    if pt.is_large_binary(array.type) or pt.is_large_string(array.type):
        return (is_null, *_texts(values, np.int64))
    return is_null, _NOTHING, _bytes_of(values)


def _bytes_of(values: pa.Array) -> memoryview:
    """Values of one width, none of them NULL."""
    width = values.type.bit_width // 8
    start = values.offset * width
    return memoryview(values.buffers()[1] or b"")[start : start + len(values) * width]


def _texts(values: pa.Array, offset_type: type) -> tuple[memoryview, memoryview]:
    """The lengths of texts, and the texts."""
    if not len(values):
        return _NOTHING, _NOTHING
    _, offsets, data = values.buffers()
    ends: np.ndarray[Any, Any] = np.frombuffer(offsets, offset_type)[
        values.offset : values.offset + len(values) + 1
    ]
    lengths = memoryview(np.diff(ends).astype(np.int64).tobytes())
    return lengths, memoryview(data or b"")[int(ends[0]) : int(ends[-1])]
