"""Whether the quotes of a CSV mean what they seem to mean, and how many lines are empty.

A parser that is lenient with stray quotes can swallow a row, and then two different files look the same. So
the whole text is looked at once: quickly where every quote opens or closes a field, and row by row where one
does not.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.csv.dialects import LONGEST_FIELD, csv_rows
from smoke_pipeline.readers.csv.marks import Bytes, Marks, Places

_EMPTY_LINES = re.compile(rb"(?>\r\n|\r|\n)((?>\r\n|\r|\n)+)")
_NEWLINE = ord("\n")
_TWO_LINE_ENDS = (b"\n\r", b"\r\r")
_LINE_END = re.compile(rb"(?>\r\n|\r|\n)")
_LINES_TOGETHER = 4096
_LONGEST_RECORD = 2 * LONGEST_FIELD
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

    def _quotes(self, text: bytes, cut: int) -> Places:
        if self._quote is None:
            return np.empty(0, np.int64)
        data = np.frombuffer(text, np.uint8)
        places = Marks(data[:cut], self._quote).places
        if self.is_regular and len(places):
            opening = places[int(self._is_open) :: 2]
            closing = places[1 - int(self._is_open) :: 2]
            before = data[opening[opening > 0] - 1]  # only the very first byte has nothing before it
            self.is_regular = self._all_beside(before) and self._all_beside(data[closing + 1])
        return places

    def _all_beside(self, bytes_beside: Bytes) -> bool:
        """Whether quotes stand only at the edge of a field, or doubled."""
        return bool((np.isin(bytes_beside, self._neighbours) | (bytes_beside == self._quote)).all())

    def _count_empty_lines(self, text: bytes, quotes: Places) -> None:
        if self._is_first and (leading := _LEADING.match(text)):
            self.empty_lines += len(_LINE_END.findall(leading[0]))
            start = leading.end()
        else:
            start = 0
        has_two = Marks(np.frombuffer(text, np.uint8), _NEWLINE).has_neighbours
        if not has_two and not (b"\r" in text and any(pair in text for pair in _TWO_LINE_ENDS)):
            return  # the quick look; most texts have no empty line
        for found in _EMPTY_LINES.finditer(text, start):
            is_inside = bool(np.searchsorted(quotes, found.start()) % 2) != self._is_open
            if not is_inside:
                self.empty_lines += len(_LINE_END.findall(found[1]))


@dataclass(frozen=True, slots=True)
class RowCheck:
    """What reading row by row found."""

    empty_lines: int


def check_rows(
    blocks: Iterable[bytes],
    dialect: Dialect,
    fields: int,
    name: str,
    *,
    first_line: int = 1,
    on_one_line: bool = False,
) -> RowCheck:
    """Read a text row by row, strictly.

    Args:
        blocks: The text as UTF-8.
        dialect: How it is written.
        fields: How many fields the header has.
        name: What the text is called in an error.
        first_line: Which line of the file is the first of the text.
        on_one_line: Whether a row may not go over several lines.

    Raises:
        CsvFormatError: A row has more or fewer fields than the header, or a quote is where none may be.
    """
    record: list[str] = []
    reader = csv_rows(noted(lines_of(blocks), record), dialect)
    well_quoted = quoted_well(dialect)
    empty, line = 0, first_line
    try:
        for row in reader:
            if not row:
                empty += 1
            elif len(row) != fields:
                raise ragged(name, line, fields, len(row))
            elif on_one_line and reader.line_num + first_line - 1 > line:
                raise long_row(name, line, dialect)
            if well_quoted and not well_quoted.fullmatch("".join(record)):
                raise bad_quote(name, line, "text follows")
            record.clear()
            line = reader.line_num + first_line
    except csv.Error as error:
        raise bad_quote(name, line, str(error)) from error
    return RowCheck(empty)


def ragged(name: str, line: int, expected: int, found: int) -> CsvFormatError:
    """The error that names a row with too many or too few fields."""
    return CsvFormatError(
        f"Line {line} of {name} does not fit the header: fields expected {expected}, found {found}.",
        suggestions=(
            "Repair the line, or quote the field that holds a delimiter.",
            "If the delimiter was detected wrongly, state it in the options: `source: {delimiter: ';'}`.",
            "If lines before or after the table are none of its rows, say how many: `skip_lines`, `footer`.",
            "To read such rows all the same, or to leave them out, set `ragged` to `pad` or `skip`.",
        ),
        context={"line": line, "expected_fields": expected, "found_fields": found},
    )


def bad_quote(name: str, line: int, detail: str) -> CsvFormatError:
    """The error that names a row whose quotes are not sound."""
    is_open = "unexpected end" in detail or "field larger" in detail
    what = "a quote is opened and never closed" if is_open else "text follows a closing quote"
    if "field larger" in detail:
        what = f"a field is longer than {LONGEST_FIELD:,} characters, perhaps because {what}"
    return CsvFormatError(
        f"In the row that begins at line {line} of {name}, {what}.",
        suggestions=(
            "Repair the row: inside a quoted field a quote is written twice.",
            "If nothing is quoted in this file, say so in the options: `source: {quote: ''}`.",
        ),
        context={"line": line},
    )


def long_row(name: str, line: int, dialect: Dialect) -> CsvFormatError:
    """The error that names a row of several lines where the quote is but a guess."""
    return CsvFormatError(
        f"The row that begins at line {line} of {name} goes over several lines if {dialect.quote} quotes, "
        "which is only a guess.",
        suggestions=(
            f'If it does, say so in the options: `source: {{quote: "{dialect.quote}"}}`.',
            "If nothing is quoted in this file, say so: `source: {quote: ''}`.",
        ),
        context={"line": line},
    )


def whole_records(blocks: Iterator[bytes], dialect: Dialect, *, is_regular: bool) -> Iterator[bytes]:
    """The same text, cut at ends of records only; a piece grows with the record that does not fit into it."""
    if not is_regular:
        yield from _cut_row_by_row(blocks, dialect)
        return
    quote = (dialect.quote or "").encode()
    held: list[bytes] = []
    held_bytes, enough = 0, 1
    for block in blocks:
        held.append(block)
        held_bytes += len(block)
        if held_bytes < min(enough, _LONGEST_RECORD):
            continue
        text = b"".join(held)
        end = _last_record_end(text, quote, b"\n") or _last_record_end(text, quote, b"\r")
        if end:
            yield text[:end]
        held, held_bytes = [text[end:]], len(text) - end
        enough = 1 if end else 2 * held_bytes  # doubled, or a long record would be looked at over and over
        if held_bytes >= _LONGEST_RECORD:
            raise CsvFormatError(
                f"A record is longer than {_LONGEST_RECORD:,} bytes.",
                suggestions=("Check that the quotes of the file are closed.", "Keep such values elsewhere."),
            )
    if held_bytes:
        yield b"".join(held)


def _last_record_end(text: bytes, quote: bytes, line_end: bytes) -> int:
    """Where the last `line_end` outside quotes ends; 0 if there is none. The text begins outside quotes."""
    is_inside = bool(quote) and text.count(quote) % 2 == 1
    end = len(text)
    while (at := text.rfind(line_end, 0, end)) >= 0:
        is_inside ^= bool(quote) and text.count(quote, at, end) % 2 == 1
        if not is_inside:
            return at + 1
        end = at
    return 0


def _cut_row_by_row(blocks: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    held: list[str] = []
    for _ in csv_rows(noted(lines_of(blocks), held), dialect):
        if len(held) >= _LINES_TOGETHER:
            yield "".join(held).encode()
            held.clear()
    if held:
        yield "".join(held).encode()


def noted(lines: Iterable[str], into: list[str]) -> Iterator[str]:
    """The same lines, each put into `into` when it is asked for."""
    for line in lines:
        into.append(line)
        yield line


def quoted_well(dialect: Dialect) -> re.Pattern[str] | None:
    """A record with quotes at the edges of fields only; None where the `csv` module asks for it itself."""
    if not (dialect.quote and dialect.escape):
        return None
    quote, delimiter, escape = map(re.escape, (dialect.quote or "", dialect.delimiter, dialect.escape or ""))
    space = " *+" if dialect.skip_space else ""
    quoted = rf"{space}{quote}(?:[^{quote}{escape}]|{escape}.)*+{quote}"
    plain = rf"(?!{space}{quote})(?:[^{delimiter}{escape}\r\n]|{escape}.)*+"
    return re.compile(rf"(?:{quoted}|{plain})(?:{delimiter}(?:{quoted}|{plain}))*+[\r\n]*", re.DOTALL)


def lines_of(blocks: Iterable[bytes]) -> Iterator[str]:
    """The text's lines with their ends, as the `csv` module wants them."""
    stream = io.TextIOWrapper(io.BufferedReader(_BlockFile(iter(blocks))), encoding="utf-8", newline="")
    yield from stream


class _BlockFile(io.RawIOBase):
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
