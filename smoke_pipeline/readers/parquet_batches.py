"""Parquet files as Arrow batches, with the types they carry."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.errors import UnsupportedColumnTypeError, UnsupportedFileTypeError
from smoke_pipeline.readers.base import FileFacts, Reader
from smoke_pipeline.readers.places import LocalFile
from smoke_pipeline.readers.types import plain_batch, plain_schema

_Unit = Literal["ns", "us"]
_LAST_US_IN_NS = np.iinfo(np.int64).max // 1000
"""The last microsecond that nanoseconds in 64 bits can tell, in the year 2262."""


class ParquetReader(Reader):
    """A Parquet file; dictionary encoding is undone, for it says nothing about the values."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns with their plain types."""
        with self._open("ns") as parquet:
            schema = plain_schema(parquet.schema_arrow, str(self._file.path))
        if self._unit == "ns":
            return schema
        with self._open(self._unit) as parquet:
            return plain_schema(parquet.schema_arrow, str(self._file.path))

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, row group by row group."""
        schema = self.schema
        with self._open(self._unit) as parquet:
            try:
                for batch in parquet.iter_batches(batch_size=chunk_rows, use_threads=False):
                    batch.validate(full=True)  # text that is not UTF-8 is damage, and nobody below would ask
                    yield plain_batch(batch, schema)
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from error
        self._file.require_unchanged()

    def facts(self, *, digest: bool = True) -> FileFacts:
        """What is known of the file."""
        sha256 = self._file.sha256 if digest else None
        return FileFacts(format="parquet", size_bytes=self._file.size_bytes, sha256=sha256)

    @cached_property
    def _unit(self) -> _Unit:
        """The unit in which every INT96 timestamp is exact.

        INT96 holds nanoseconds over millions of years. Read as nanoseconds in 64 bits it overflows unseen
        after 2262, where Spark's 9999-12-31 lies; read as microseconds it loses what is finer.

        Raises:
            UnsupportedColumnTypeError: There is no such unit.
        """
        with self._open("ns") as fine, self._open("us") as coarse:
            names = _int96_columns(fine)
            try:
                found = _exact_units(fine, coarse, names)
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from error
        if not found:
            raise UnsupportedColumnTypeError(
                f"{self._file.path} holds INT96 timestamps after 2262 as well as nanoseconds, in "
                f"{', '.join(map(repr, names))}; no unit can tell both exactly.",
                suggestions=("Write the file with INT64 timestamps in microseconds.",),
                context={"columns": names},
            )
        return found[0]

    def _open(self, unit: _Unit) -> pq.ParquetFile:
        self._file.identity  # noqa: B018 - pins the file before the first byte is read
        try:
            return pq.ParquetFile(
                self._file.path,
                memory_map=False,
                pre_buffer=False,
                coerce_int96_timestamp_unit=unit,
                page_checksum_verification=True,
            )
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> UnsupportedFileTypeError:
        self._file.require_unchanged()
        return UnsupportedFileTypeError(
            f"{self._file.path} is not a Parquet file that can be read: {str(error).splitlines()[0]}.",
            suggestions=("Check that whatever wrote the file has finished, or copy it again.",),
            context={"path": str(self._file.path)},
        )


def _int96_columns(parquet: pq.ParquetFile) -> list[str]:
    columns = [parquet.schema.column(place) for place in range(len(parquet.schema))]
    is_top = [column.path == column.name for column in columns]  # nested columns are refused where compared
    return [
        column.name
        for column, top in zip(columns, is_top, strict=True)
        if top and column.physical_type == "INT96"
    ]


def _exact_units(fine: pq.ParquetFile, coarse: pq.ParquetFile, names: list[str]) -> list[_Unit]:
    """The units in which no timestamp of these columns loses anything, the finest first."""
    units: list[_Unit] = ["ns", "us"]
    if not names:
        return units
    read = (parquet.iter_batches(columns=names, use_threads=False) for parquet in (fine, coarse))
    for batches in zip(*read, strict=True):
        for in_ns, in_us in zip(*(map(_numbers, batch.columns) for batch in batches), strict=True):
            if "ns" in units and (np.abs(in_us) > _LAST_US_IN_NS).any():
                units.remove("ns")
            if "us" in units and (in_us * 1000 != in_ns).any():  # both sides overflow alike
                units.remove("us")
    return units


def _numbers(timestamps: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return timestamps.cast(pa.int64()).fill_null(0).to_numpy()  # type: ignore[no-any-return]
