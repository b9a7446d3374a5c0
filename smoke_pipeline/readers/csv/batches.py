"""CSV files as Arrow batches of text, exactly as written."""

import csv
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import pyarrow as pa

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import Dialect, FileFacts, PlainText, Reader, ReadOptions
from smoke_pipeline.readers.csv.dialects import Sample, csv_rows, detect
from smoke_pipeline.readers.csv.encodings import (
    BLOCK,
    UTF8,
    Encoding,
    after_utf8_failed,
    guess,
    named,
    unreadable,
    utf8_blocks,
)
from smoke_pipeline.readers.csv.parsing import parsed
from smoke_pipeline.readers.csv.quoting import QuoteScan, check_rows, lines_of, whole_records
from smoke_pipeline.readers.places import LocalFile, Opener
from smoke_pipeline.readers.types import require_distinct

SAMPLE_BYTES = 256 * 1024
_HEAD_BYTES = 64 * 1024


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
    is_regular: bool
    """Whether every quote opens or closes a field, so that counting them tells where records end."""


class CsvReader(Reader):
    """A CSV: every column is text, NULL where a field is empty and not quoted."""

    def __init__(
        self, file: LocalFile, packing: Packing, options: ReadOptions, *, block_bytes: int = BLOCK
    ) -> None:
        self._block_bytes = block_bytes
        self._file = file
        self._packing = packing
        self._options = options
        self._name = f"{file.path}:{packing.member}" if packing.member else str(file.path)
        self._glances: dict[Encoding, _Survey] = {}

    @property
    def schema(self) -> pa.Schema:
        """The header's names, each a text column."""
        return pa.schema([pa.field(name, pa.string()) for name in self._survey.names])

    @property
    def format(self) -> str:
        """A CSV, whatever it is packed into."""
        return "csv"

    def plain_text(self) -> PlainText | None:
        """The bytes themselves, unless they are packed, not UTF-8, or quoted in an unusual way."""
        if self._packing.compression:
            return None
        try:
            glance = self._glance(self._encoding)
        except UnicodeDecodeError:
            return None
        dialect = glance.dialect
        is_usual = dialect.escape is None and (dialect.quote != "'" or self._options.quote is not None)
        if glance.encoding.name != UTF8 or not is_usual:
            return None
        return PlainText(
            file=self._file,
            start=glance.encoding.mark_bytes,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            names=tuple(glance.names),
        )

    def vouch(self, empty_lines: int) -> None:
        """Spare the look over the whole text, which somebody has had."""
        self._file.require_unchanged()
        self._survey = replace(self._glance(self._encoding), empty_lines=empty_lines)

    def facts(self, *, digest: bool = True) -> FileFacts:
        """What is known of the file."""
        return FileFacts(
            format="csv",
            compression=self._packing.compression,
            member=self._packing.member,
            size_bytes=self._file.size_bytes,
            sha256=self._file.sha256 if digest else None,
            encoding=self._survey.encoding.name,
            dialect=self._survey.dialect,
            empty_lines=self._survey.empty_lines,
        )

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row after the header."""
        survey, skipped = self._survey, 0
        texts = whole_records(self._blocks(survey.encoding), survey.dialect, is_regular=survey.is_regular)
        for text in texts:
            try:
                rows = parsed(text, survey.dialect, self.schema.names)
            except pa.ArrowInvalid as error:
                raise self._what_is_wrong(error) from error
            rows, skipped = rows[1 - skipped :], min(1, skipped + len(rows))  # the first is the header
            yield from rows.to_batches(max_chunksize=chunk_rows)
        self._file.require_unchanged()

    def _blocks(self, encoding: Encoding) -> Generator[bytes]:
        return utf8_blocks(self._packing.open, encoding, self._block_bytes)

    @cached_property
    def _encoding(self) -> Encoding:
        """What was stated, or what the first bytes speak for."""
        with self._packing.open() as opened:
            head = opened.read(_HEAD_BYTES)
        if not head:
            raise self._no_header("it has no bytes")
        stated = self._options.encoding
        return named(stated, head) if stated else guess(head)

    @cached_property
    def _survey(self) -> _Survey:
        """Look over the whole text once, before any row is told."""
        encoding = self._encoding
        try:
            return self._survey_as(encoding)
        except UnicodeDecodeError as error:
            if self._options.encoding or encoding.name != UTF8 or encoding.mark_bytes:
                raise unreadable(self._packing.open, encoding, self._name) from error
        encoding = after_utf8_failed(self._packing.open, self._name)
        try:
            return self._survey_as(encoding)
        except UnicodeDecodeError as error:
            raise unreadable(self._packing.open, encoding, self._name) from error

    def _glance(self, encoding: Encoding) -> _Survey:
        """What the beginning of the text tells; that the rest is sound is yet to be seen."""
        if encoding not in self._glances:
            dialect = detect(self._sample(encoding), self._options)
            names = self._header(encoding, dialect)
            self._glances[encoding] = _Survey(
                encoding=encoding, dialect=dialect, names=names, empty_lines=0, is_regular=True
            )
        return self._glances[encoding]

    def _survey_as(self, encoding: Encoding) -> _Survey:
        glance = self._glance(encoding)
        dialect = glance.dialect
        scan = QuoteScan(dialect)
        for block in self._blocks(encoding):
            scan.feed(block)
        scan.finish()
        empty_lines = scan.empty_lines
        is_guess = dialect.quote == "'" and self._options.quote is None
        if is_guess or not scan.is_regular:
            checked = check_rows(
                self._blocks(encoding), dialect, len(glance.names), self._name, on_one_line=is_guess
            )
            empty_lines = checked.empty_lines
        return replace(glance, empty_lines=empty_lines, is_regular=scan.is_regular)

    def _sample(self, encoding: Encoding) -> Sample:
        blocks = utf8_blocks(self._packing.open, encoding)
        with closing(blocks):
            text = b"".join(islice(blocks, 2))
        start = text[:SAMPLE_BYTES].decode("utf-8", "ignore")  # a cut may go through a letter
        return Sample(start, is_whole=len(text) <= SAMPLE_BYTES)

    def _header(self, encoding: Encoding, dialect: Dialect) -> list[str]:
        """The first row that is not empty.

        Raises:
            CsvFormatError: There is none.
            DuplicateColumnError: It names a column twice.
        """
        blocks = self._blocks(encoding)
        with closing(blocks):
            try:
                names = next((row for row in csv_rows(lines_of(blocks), dialect) if row), None)
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
        self._file.require_unchanged()
        survey = self._survey
        try:
            check_rows(self._blocks(survey.encoding), survey.dialect, len(survey.names), self._name)
        except CsvFormatError as found:
            return found
        return CsvFormatError(
            f"{self._name} cannot be read as a table: {str(error).splitlines()[0]}.",
            suggestions=("Check the file around that row.",),
        )
