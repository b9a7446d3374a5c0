"""Whether the quotes of a CSV mean what they seem to mean, and how many lines are empty.

A parser that is lenient with stray quotes can swallow a row, and then two different files look the same. So
the whole text is looked at once: quickly where every quote opens or closes a field, and row by row where one
does not.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.dialects import reader_options

_EMPTY_LINES = re.compile(rb"(?>\r\n|\r|\n)((?>\r\n|\r|\n)+)")
_TWO_LINE_ENDS = (b"\n\n", b"\n\r", b"\r\r")
_LINE_END = re.compile(rb"(?>\r\n|\r|\n)")
_LEADING = re.compile(rb"(?>\r\n|\r|\n)*")


class QuoteScan:
    """Looks at a text block by block; afterwards `is_regular` and `empty_lines` hold."""

    def __init__(self, dialect: Dialect) -> None:
        self.is_regular = dialect.escape is None
        self.empty_lines = 0
        self._quote = ord(dialect.quote) if dialect.quote and dialect.quote.isascii() else None
        self._is_watched = self._quote is not None
        self.is_regular = self.is_regular and (dialect.quote is None or self._is_watched)
        self._held_back = (dialect.quote or "").encode() + b"\r\n"
        self._neighbours = np.frombuffer(dialect.delimiter.encode()[:1] + b"\r\n", np.uint8)
        self._is_open = False
        self._rest = b""
        self._is_first = True

    def feed(self, block: bytes) -> None:
        """Look at the next block."""
        text = self._rest + block
        cut = len(text.rstrip(self._held_back)) - 1  # what is cut off keeps one byte as context
        if cut > 0:
            self._look(text, cut)
            self._rest = text[cut:]
            self._is_first = False
        else:
            self._rest = text

    def finish(self) -> None:
        """Look at the rest; no block follows."""
        if self._rest:
            self._look(self._rest + b"\n", len(self._rest))
        self.is_regular = self.is_regular and not self._is_open

    def _look(self, text: bytes, cut: int) -> None:
        quotes = self._quotes(text, cut)
        self._count_empty_lines(text[:cut], quotes)
        if len(quotes) % 2:
            self._is_open = not self._is_open

    def _quotes(self, text: bytes, cut: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        if not self._is_watched:
            return np.empty(0, np.int64)
        data = np.frombuffer(text, np.uint8)
        places = np.flatnonzero(data[:cut] == self._quote)
        if self.is_regular and len(places):
            opening = places[int(self._is_open) :: 2]
            closing = places[1 - int(self._is_open) :: 2]
            before = data[opening[opening > 0] - 1]  # only the very first byte has nothing before it
            self.is_regular = self._all_beside(before) and self._all_beside(data[closing + 1])
        return places

    def _all_beside(self, bytes_beside: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> bool:
        """Whether quotes stand only at the edge of a field, or doubled."""
        return bool((np.isin(bytes_beside, self._neighbours) | (bytes_beside == self._quote)).all())

    def _count_empty_lines(self, text: bytes, quotes: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> None:
        if self._is_first and (leading := _LEADING.match(text)):
            self.empty_lines += len(_LINE_END.findall(leading[0]))
            start = leading.end()
        else:
            start = 0
        if not any(pair in text for pair in _TWO_LINE_ENDS):  # the quick look; most texts have none
            return
        for found in _EMPTY_LINES.finditer(text, start):
            is_inside = bool(np.searchsorted(quotes, found.start()) % 2) != self._is_open
            if not is_inside:
                self.empty_lines += len(_LINE_END.findall(found[1]))


@dataclass(frozen=True, slots=True)
class RowCheck:
    """What reading row by row found."""

    empty_lines: int


def check_rows(blocks: Iterable[bytes], dialect: Dialect, fields: int, name: str) -> RowCheck:
    """Read a text row by row, strictly.

    Raises:
        CsvFormatError: A row has more or fewer fields than the header, or a quote is where none may be.
    """
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(_lines(blocks), **reader_options(dialect))  # type: ignore[arg-type]
    empty, line = 0, 1
    try:
        for row in reader:
            if not row:
                empty += 1
            elif len(row) != fields:
                raise ragged(name, line, fields, len(row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _bad_quote(name, line, str(error)) from error
    return RowCheck(empty)


def ragged(name: str, line: int, expected: int, found: int) -> CsvFormatError:
    """The error that names a row with too many or too few fields."""
    return CsvFormatError(
        f"Line {line} of {name} does not fit the header: fields expected {expected}, found {found}.",
        suggestions=(
            "Repair the line, or quote the field that holds a delimiter.",
            "If the delimiter was detected wrongly, state it in the options: `source: {delimiter: ';'}`.",
        ),
        context={"line": line, "expected_fields": expected, "found_fields": found},
    )


def _bad_quote(name: str, line: int, detail: str) -> CsvFormatError:
    is_open = "unexpected end" in detail
    what = "a quote is opened and never closed" if is_open else "text follows a closing quote"
    return CsvFormatError(
        f"In the row that begins at line {line} of {name}, {what}.",
        suggestions=(
            "Repair the row: inside a quoted field a quote is written twice.",
            "If nothing is quoted in this file, say so in the options: `source: {quote: ''}`.",
        ),
        context={"line": line},
    )


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """The text's lines with their ends, as the `csv` module wants them."""
    stream = io.TextIOWrapper(io.BufferedReader(BlockFile(iter(blocks))), encoding="utf-8", newline="")
    yield from stream


class BlockFile(io.RawIOBase):
    """An iterator of blocks as a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as the next block reaches; 0 at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
