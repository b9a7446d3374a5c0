"""CSV files as Arrow batches of text, exactly as written."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import pyarrow as pa
import pyarrow.csv as pa_csv

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import Dialect, FileFacts, Reader, ReadOptions
from smoke_pipeline.readers.dialects import Sample, detect, reader_options
from smoke_pipeline.readers.encodings import (
    UTF8,
    Encoding,
    after_utf8_failed,
    guess,
    named,
    unreadable,
    utf8_blocks,
)
from smoke_pipeline.readers.places import LocalFile, Opener
from smoke_pipeline.readers.quoting import BlockFile, QuoteScan, check_rows
from smoke_pipeline.readers.types import require_distinct

SAMPLE_BYTES = 256 * 1024
PARSE_BLOCK = 1024**2
"""Bytes parsed at once; pyarrow reads some thirty blocks ahead, so this bounds the memory of a reader."""
_HEAD_BYTES = 64 * 1024
_LARGEST_BLOCK = 1 << 30


@dataclass(frozen=True)
class Packing:
    """How the text is packed into the file."""

    open: Opener
    compression: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What one look over the whole text found."""

    encoding: Encoding
    dialect: Dialect
    names: list[str]
    empty_lines: int


class CsvReader(Reader):
    """A CSV: every column is text, NULL where a field is empty and not quoted."""

    def __init__(self, file: LocalFile, packing: Packing, options: ReadOptions) -> None:
        self._file = file
        self._packing = packing
        self._options = options
        self._name = f"{file.path}:{packing.member}" if packing.member else str(file.path)

    @property
    def schema(self) -> pa.Schema:
        """The header's names, each a text column."""
        return pa.schema([pa.field(name, pa.string()) for name in self._survey.names])

    def facts(self) -> FileFacts:
        """What is known of the file."""
        return FileFacts(
            format="csv",
            compression=self._packing.compression,
            member=self._packing.member,
            size_bytes=self._file.size_bytes,
            sha256=self._file.sha256,
            encoding=self._survey.encoding.name,
            dialect=self._survey.dialect,
            empty_lines=self._survey.empty_lines,
        )

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row after the header."""
        schema, done, block = self.schema, 0, PARSE_BLOCK
        while True:
            try:
                for batch in _without_first_rows(self._parse(block), 1 + done):
                    done += batch.num_rows
                    yield from _slices(pa.RecordBatch.from_arrays(batch.columns, schema=schema), chunk_rows)
                break
            except pa.ArrowInvalid as error:
                if "straddling" not in str(error) or block >= _LARGEST_BLOCK:
                    raise self._what_is_wrong(error) from error
                block *= 8  # one row is longer than a block: begin again behind the rows already told
        self._file.require_unchanged()

    def _parse(self, block_bytes: int) -> Iterator[pa.RecordBatch]:
        """Every row, the header among them, as pyarrow reads them."""
        survey = self._survey
        dialect, width = survey.dialect, len(survey.names)
        blocks = utf8_blocks(self._packing.open, survey.encoding)
        return pa_csv.open_csv(  # type: ignore[no-any-return]
            pa.PythonFile(io.BufferedReader(BlockFile(blocks), PARSE_BLOCK), mode="r"),
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=block_bytes, autogenerate_column_names=True
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=dialect.escape is None,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                ignore_empty_lines=True,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={f"f{number}": pa.string() for number in range(width)},
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
            ),
        )

    @cached_property
    def _survey(self) -> _Survey:
        """Look over the whole text once, before any row is told."""
        if self._file.size_bytes == 0:
            raise self._no_header("it has no bytes")
        with self._packing.open() as opened:
            head = opened.read(_HEAD_BYTES)
        stated = self._options.encoding
        encoding = named(stated, head) if stated else guess(head)
        try:
            return self._survey_as(encoding)
        except UnicodeDecodeError as error:
            if stated or encoding.name != UTF8 or encoding.mark_bytes:
                raise unreadable(self._packing.open, encoding, self._name) from error
        return self._survey_as(after_utf8_failed(self._packing.open, self._name))

    def _survey_as(self, encoding: Encoding) -> _Survey:
        sample = self._sample(encoding)
        dialect = detect(sample, self._options)
        names = self._header(sample, dialect)
        scan = QuoteScan(dialect)
        for block in utf8_blocks(self._packing.open, encoding):
            scan.feed(block)
        scan.finish()
        empty_lines = scan.empty_lines
        if not scan.is_regular:
            blocks = utf8_blocks(self._packing.open, encoding)
            empty_lines = check_rows(blocks, dialect, len(names), self._name).empty_lines
        return _Survey(encoding=encoding, dialect=dialect, names=names, empty_lines=empty_lines)

    def _sample(self, encoding: Encoding) -> Sample:
        blocks = list(islice(utf8_blocks(self._packing.open, encoding), 2))
        text = b"".join(blocks)
        start = text[:SAMPLE_BYTES].decode("utf-8", "ignore")  # a cut may go through a letter
        return Sample(start, is_whole=len(text) <= SAMPLE_BYTES)

    def _header(self, sample: Sample, dialect: Dialect) -> list[str]:
        """The first row that is not empty.

        Raises:
            CsvFormatError: There is none.
            DuplicateColumnError: It names a column twice.
        """
        reader = csv.reader(io.StringIO(sample.text, newline=""), **reader_options(dialect))  # type: ignore[arg-type]
        try:
            names = next((row for row in reader if row), None)
        except csv.Error as error:
            raise self._no_header(f"its first row cannot be read ({error})") from error
        if names is None:
            raise self._no_header("it holds nothing but empty lines")
        require_distinct(names, self._name)
        return names

    def _no_header(self, why: str) -> CsvFormatError:
        return CsvFormatError(
            f"{self._name} has no header row: {why}.",
            suggestions=("Check that whatever wrote the file has finished.",),
        )

    def _what_is_wrong(self, error: pa.ArrowInvalid) -> CsvFormatError:
        """The error pyarrow met, with the line of the file; it knows only rows."""
        survey = self._survey
        blocks = utf8_blocks(self._packing.open, survey.encoding)
        try:
            check_rows(blocks, survey.dialect, len(survey.names), self._name)
        except CsvFormatError as found:
            return found
        return CsvFormatError(
            f"{self._name} cannot be read as a table: {str(error).splitlines()[0]}.",
            suggestions=("Check the file around that row.",),
        )


def _without_first_rows(batches: Iterator[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        skipped = min(count, batch.num_rows)
        count -= skipped
        if skipped < batch.num_rows:
            yield batch.slice(skipped)


def _slices(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
