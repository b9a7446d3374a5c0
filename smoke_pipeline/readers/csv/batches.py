"""CSV files as Arrow batches of text, exactly as written."""

import csv
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import pyarrow as pa

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import FileFacts, PlainText, Reader, ReadOptions
from smoke_pipeline.readers.csv.dialects import Sample, csv_rows
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
from smoke_pipeline.readers.csv.mending import Mending
from smoke_pipeline.readers.csv.parsing import parsed
from smoke_pipeline.readers.csv.quoting import QuoteScan, RowCheck, check_rows, lines_of, whole_records
from smoke_pipeline.readers.csv.shape.survey import Beginning, Survey, Tail, table_end
from smoke_pipeline.readers.csv.shape.window import within
from smoke_pipeline.readers.csv.stand_in import STAND_IN, replaced, restored
from smoke_pipeline.readers.places import LocalFile, Opener

SAMPLE_BYTES = 256 * 1024
_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class Packing:
    """How the text is packed into the file."""

    open: Opener
    compression: str | None = None
    member: str | None = None


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
        self._glances: dict[Encoding, Survey] = {}

    @property
    def schema(self) -> pa.Schema:
        """The header's names, each a text column."""
        return pa.schema([pa.field(name, pa.string()) for name in self._survey.names])

    @property
    def format(self) -> str:
        """A CSV, whatever it is packed into."""
        return "csv"

    def plain_text(self) -> PlainText | None:
        """The bytes themselves, unless they are packed, not UTF-8, or written in an unusual way."""
        if self._packing.compression or self._options.footer:
            return None
        try:
            glance = self._glance(self._encoding)
        except UnicodeDecodeError:
            return None
        dialect = glance.dialect
        is_usual = dialect.escape is None and (dialect.quote != "'" or self._options.quote is not None)
        is_one_sign = len(dialect.delimiter) == 1 and not dialect.skip_space
        is_named = glance.holds_header and glance.has_own_names
        if glance.encoding.name != UTF8 or not (is_usual and is_one_sign and is_named):
            return None
        return PlainText(
            file=self._file,
            start=glance.encoding.mark_bytes + glance.start,
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
            reading=self._survey.reading,
        )

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row after the header."""
        survey = self._survey
        left = int(survey.holds_header)  # the first record is the header
        for text in self._records(survey):
            try:
                rows = parsed(text, survey.inner, survey.names)
            except pa.ArrowInvalid as error:
                raise self._what_is_wrong(error) from error
            rows, left = rows[left:], max(0, left - len(rows))
            if survey.is_stood_in:
                rows = restored(rows, survey.dialect.delimiter)
            yield from rows.to_batches(max_chunksize=chunk_rows)
        self._file.require_unchanged()

    def _records(self, survey: Survey) -> Iterator[bytes]:
        """The text of the table in pieces of whole records."""
        blocks = self._table(survey)
        if survey.is_mended:
            return self._mending(survey).mended(blocks)
        return whole_records(blocks, survey.inner, is_regular=survey.is_regular)

    def _blocks(self, encoding: Encoding) -> Generator[bytes]:
        return utf8_blocks(self._packing.open, encoding, self._block_bytes)

    def _scanned(self, survey: Survey, tail: Tail) -> QuoteScan:
        scan = QuoteScan(survey.inner)
        for block in self._table(survey, tail):
            scan.feed(block)
        scan.finish()
        return scan

    def _table(self, survey: Survey, tail: Tail | None = None) -> Iterator[bytes]:
        """The text of the table, with the delimiter that it is read with; `tail` sees all of it pass."""
        blocks: Iterator[bytes] = self._blocks(survey.encoding)
        if tail:
            blocks = tail.watching(blocks)
        if survey.start or survey.stop is not None:
            blocks = within(blocks, survey.start, survey.stop)
        return replaced(blocks, survey.dialect.delimiter) if survey.is_stood_in else blocks

    def _mending(self, survey: Survey) -> Mending:
        return Mending(
            dialect=survey.inner,
            fields=len(survey.names),
            policy=self._options.ragged,
            name=self._name,
            first_line=survey.first_line,
            on_one_line=self._is_guessed_quote(survey),
        )

    def _is_guessed_quote(self, survey: Survey) -> bool:
        return survey.dialect.quote == "'" and self._options.quote is None

    @cached_property
    def _encoding(self) -> Encoding:
        """What was stated, or what the first bytes speak for."""
        with self._packing.open() as opened:
            head = opened.read(_HEAD_BYTES)
        if not head:
            raise no_header(self._name, "it has no bytes")
        stated = self._options.encoding
        return named(stated, head) if stated else guess(head)

    @cached_property
    def _survey(self) -> Survey:
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

    def _glance(self, encoding: Encoding) -> Survey:
        """What the beginning of the text tells; that the rest is sound is yet to be seen."""
        if encoding not in self._glances:
            beginning = Beginning(self._sample(encoding), encoding, self._options, self._name)
            self._glances[encoding] = beginning.survey(self._first_row)
        return self._glances[encoding]

    def _survey_as(self, encoding: Encoding) -> Survey:
        glance = self._glance(encoding)
        tail = Tail()
        scan = self._scanned(glance, tail)
        survey = table_end(glance, tail, self._options, self._name)
        if survey.stop is not None:
            scan = self._scanned(survey, Tail())
        survey = replace(survey, empty_lines=scan.empty_lines, is_regular=scan.is_regular)
        if self._options.ragged != "error" or survey.dialect.skip_space:
            mending = self._mending(survey)
            for _ in mending.mended(self._table(survey)):
                pass
            return survey.mended_as(mending)
        is_guess = self._is_guessed_quote(survey)
        if is_guess or not scan.is_regular:
            checked = self._checked(survey, on_one_line=is_guess)
            survey = replace(survey, empty_lines=checked.empty_lines)
        return survey

    def _sample(self, encoding: Encoding) -> Sample:
        blocks = utf8_blocks(self._packing.open, encoding)
        with closing(blocks):
            text = b"".join(islice(blocks, 2))
        start = text[:SAMPLE_BYTES].decode("utf-8", "ignore")  # a cut may go through a letter
        return Sample(start, is_whole=len(text) <= SAMPLE_BYTES)

    def _first_row(self, survey: Survey) -> list[str]:
        """The first row that is not empty.

        Raises:
            CsvFormatError: There is none.
        """
        blocks = self._table(survey)
        try:
            found = next((row for row in csv_rows(lines_of(blocks), survey.inner) if row), None)
        except csv.Error as error:
            raise no_header(self._name, f"its first row cannot be read ({error})") from error
        if found is None:
            raise no_header(self._name, "it holds nothing but empty lines")
        if survey.is_stood_in:
            return [cell.replace(STAND_IN, survey.dialect.delimiter) for cell in found]
        return found

    def _checked(self, survey: Survey, *, on_one_line: bool = False) -> RowCheck:
        return check_rows(
            self._table(survey),
            survey.inner,
            len(survey.names),
            self._name,
            first_line=survey.first_line,
            on_one_line=on_one_line,
        )

    def _what_is_wrong(self, error: pa.ArrowInvalid) -> CsvFormatError:
        """The error pyarrow met, with the line of the file; it knows only rows."""
        self._file.require_unchanged()
        try:
            self._checked(self._survey)
        except CsvFormatError as found:
            return found
        return CsvFormatError(
            f"{self._name} cannot be read as a table: {str(error).splitlines()[0]}.",
            suggestions=("Check the file around that row.",),
        )


def no_header(name: str, why: str) -> CsvFormatError:
    """The error for a text without a row."""
    return CsvFormatError(
        f"{name} has no header row: {why}.",
        suggestions=("Check that whatever wrote the file has finished.",),
    )
