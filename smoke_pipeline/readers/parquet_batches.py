"""Parquet files as Arrow batches, with the types they carry."""

from collections.abc import Iterator
from functools import cached_property

import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.errors import UnsupportedFileTypeError
from smoke_pipeline.readers.base import FileFacts, Reader
from smoke_pipeline.readers.places import LocalFile
from smoke_pipeline.readers.types import plain_batch, plain_schema


class ParquetReader(Reader):
    """A Parquet file; dictionary encoding is undone, for it says nothing about the values."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns with their plain types."""
        with self._open() as parquet:
            return plain_schema(parquet.schema_arrow, str(self._file.path))

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, row group by row group."""
        schema = self.schema
        with self._open() as parquet:
            try:
                for batch in parquet.iter_batches(batch_size=chunk_rows, use_threads=False):
                    yield plain_batch(batch, schema)
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from error
        self._file.require_unchanged()

    def facts(self) -> FileFacts:
        """What is known of the file."""
        return FileFacts(format="parquet", size_bytes=self._file.size_bytes, sha256=self._file.sha256)

    def _open(self) -> pq.ParquetFile:
        self._file.identity  # noqa: B018 - pins the file before the first byte is read
        try:
            return pq.ParquetFile(self._file.path, memory_map=False, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> UnsupportedFileTypeError:
        return UnsupportedFileTypeError(
            f"{self._file.path} is not a Parquet file that can be read: {str(error).splitlines()[0]}.",
            suggestions=("Check that whatever wrote the file has finished, or copy it again.",),
            context={"path": str(self._file.path)},
        )
