"""What a reader is, and how far a step has come."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from smoke_pipeline.readers.places import LocalFile
from smoke_pipeline.readers.reading import Reading
from smoke_pipeline.settings.model import Model

if TYPE_CHECKING:  # whoever only names a reader's options does without Arrow
    import pyarrow as pa


def _sign(text: str) -> str:
    if len(text) != 1 or not (text == "\t" or (text.isascii() and text.isprintable())):
        raise ValueError(f"{text!r} is not one ASCII character that stands on a line")
    return text


def _sign_or_none(text: str) -> str:
    return _sign(text) if text else text


def _separator(text: str) -> str:
    if not 1 <= len(text) <= _LONGEST_DELIMITER:
        raise ValueError(f"{text!r} is not one to {_LONGEST_DELIMITER} characters")
    for sign in text:
        _sign(sign)
    return text


def _header(value: Any) -> Any:
    """The word for what YAML takes for something else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


def _known_header(text: str) -> str:
    if text in HEADER_WORDS or (text.isascii() and text.isdigit() and int(text) > 0):
        return text
    raise ValueError(f"{text!r} is none of {', '.join(HEADER_WORDS)}, and no number of a line")


HEADER_WORDS = ("detected", "yes", "no")
_LONGEST_DELIMITER = 8
Sign = Annotated[str, AfterValidator(_sign)]
"""What quotes fields or escapes quotes: one byte."""
Separator = Annotated[str, AfterValidator(_separator)]
"""What separates fields: one or several ASCII characters."""
Header = Annotated[str, BeforeValidator(_header), AfterValidator(_known_header)]
"""Whether there is a header, or the number of its line."""


class ReadOptions(Model):
    """How one side is read, where detection is not wanted."""

    encoding: str | None = None
    delimiter: Separator | None = None
    quote: Annotated[str, AfterValidator(_sign_or_none)] | None = None
    """One character; the empty text means that nothing is quoted."""
    escape: Sign | None = None
    """The character before a quote inside quotes, where quotes are not doubled."""
    member: str | None = None
    """Which CSV of a ZIP with several."""
    header: Header = "detected"
    """`detected`, `yes`, `no`, or the number of its line; without one, columns are `column_1` and so on."""
    skip_lines: int | None = Field(None, ge=0)
    """Lines before the table that are left out; None: found out."""
    footer: int | None = Field(None, ge=0)
    """Lines at the end that are left out; None: found out."""
    ragged: Literal["error", "pad", "skip"] = "error"
    """What becomes of a row with more or fewer fields than the header."""
    skip_space: bool | None = None
    """Whether spaces after a delimiter are no part of the field; None: found out."""

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        signs = "".join((*sorted(set(self.delimiter or "")), self.quote or "", self.escape or ""))
        if len(set(signs)) < len(signs):
            raise ValueError("delimiter, quote and escape must be three different characters")
        return self

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.header_line and self.skip_lines is not None:
            raise ValueError("the line of the header and skip_lines say the same; give one of them")
        return self

    @property
    def header_line(self) -> int | None:
        """The line of the header, where it is stated."""
        return None if self.header in HEADER_WORDS else int(self.header)

    @property
    def lines_before(self) -> int | None:
        """Lines before the table, where they are stated."""
        return self.header_line - 1 if self.header_line else self.skip_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a CSV is written."""

    delimiter: str = ","
    quote: str | None = '"'
    """None where nothing is quoted."""
    escape: str | None = None
    """The character that escapes a quote; None where a quote is doubled."""
    skip_space: bool = False
    """Whether spaces after a delimiter are no part of the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a step has come."""

    stage: str
    """What is being done, in two or three words."""
    rows: int = 0
    """Rows read or compared so far."""
    differences: int | None = None
    """Differing rows found so far, where the step looks for them."""
    bytes_done: int | None = None
    """Bytes of the files that are done with, where that is known."""
    bytes_total: int | None = None
    rows_per_s: float | None = None
    """Since the stage began."""
    seconds_left: float | None = None
    """Until the stage ends, where the bytes tell."""

    @property
    def amount(self) -> str:
        """How much is done, for a person; bytes where no row was read yet."""
        if self.rows or self.bytes_done is None or self.bytes_total is None:
            return f"{self.rows:,} rows"
        return f"{self.bytes_done / 1e6:,.0f} of {self.bytes_total / 1e6:,.0f} MB"


OnProgress = Callable[[Progress], None]
"""Told how far a step has come. An exception that it raises stops the step, which leaves nothing behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """A CSV as it lies on this machine, UTF-8 for all that its beginning tells, to be read from any byte."""

    file: LocalFile
    start: int
    """The byte at which the text begins, after a byte order mark."""
    delimiter: str
    quote: str | None
    names: tuple[str, ...]
    """The fields of the header, the first line that is not empty."""

    @property
    def is_certain(self) -> bool:
        """Whether the header reads the same whatever the rest of the text will turn out to be."""
        header = "".join(self.names)
        return header.isascii() and header.isprintable() and not (self.quote and self.quote in header)

    @property
    def dialect(self) -> Dialect:
        """How it is written."""
        return Dialect(delimiter=self.delimiter, quote=self.quote)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is known of the place once every row was read."""

    format: str
    size_bytes: int
    sha256: str | None
    """Digest of the bytes as they lie there, or of a table's rows as read; None where nobody asked for it."""
    version: str | None = None
    """What the place pins its content to: the ETag of an object, the SCN or snapshot of a database."""
    compression: str | None = None
    member: str | None = None
    encoding: str | None = None
    dialect: Dialect | None = None
    empty_lines: int = 0
    reading: Reading | None = None


class Reader(ABC):
    """One table, read as Arrow batches of one schema; it can be read again from the start."""

    @property
    @abstractmethod
    def schema(self) -> "pa.Schema":
        """The columns, in the order of the place they come from.

        Raises:
            SmokePipelineError: The place cannot be read, as `batches` says.
        """

    @abstractmethod
    def batches(self, chunk_rows: int) -> "Iterator[pa.RecordBatch]":
        """Every row, at most `chunk_rows` at a time.

        Raises:
            ReadError: The place cannot be read, or changed while it was.
            UploadError: The content is not a table.
        """

    @abstractmethod
    def facts(self, *, digest: bool = True) -> FileFacts:
        """What is known of the place; complete once `batches` was exhausted.

        Args:
            digest: Whether the digest of the bytes is wanted; it takes a pass over them.
        """

    @property
    def format(self) -> str:
        """`csv` or `parquet`: whether the rows were written as text without types."""
        return self.facts(digest=False).format

    def plain_text(self) -> PlainText | None:
        """The bytes themselves, where they are a plain text; only its beginning was looked at.

        Raises:
            CsvFormatError: The text has no header.
        """
        return None

    def vouch(self, empty_lines: int) -> None:
        """Take it that somebody has looked over the whole plain text, and it is what it seemed to be."""
        raise NotImplementedError(f"{type(self).__name__} is no plain text")
