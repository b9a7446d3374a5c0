"""A text in blocks of whole records, located in the bytes and not parsed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import IO

import numpy as np

from smoke_pipeline.readers.base import PlainText
from smoke_pipeline.readers.csv.marks import Bytes, Marks, Places, Words, has_byte

PADDING = 32
"""Bytes beyond the last record of a block that may be looked at, though they mean nothing."""
LONGEST_RECORD = 64 * 1024**2
"""A longer one, in bytes, is left to those who parse."""
_NEWLINE, _RETURN = 10, 13


class IrregularTextError(Exception):
    """The bytes alone do not tell what the text means; whoever parses it will find out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text a record begins: its byte, and its number among the rows, the header's being 0."""

    offset: int
    row: int


@dataclass(frozen=True)
class Block:
    """Whole records of a text that stand one after the other; empty lines are not among them."""

    data: Bytes
    size: int
    """How many bytes of `data` are records; the rest is padding."""
    starts: Places
    ends: Places
    """Where the fields of each record end, before its line end."""
    stops: Places
    """Where each record ends, after its line end."""
    quotes: Places
    """Where the quotes are: an even number."""
    quoted: Words | None
    """What lies between two of them, as bits; None where nothing is quoted."""
    empty_lines: int
    begins: Place

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.starts)

    @property
    def after(self) -> Place:
        """Where the next block begins."""
        return Place(self.begins.offset + self.size, self.begins.row + self.records)

    def place_of(self, record: int) -> Place:
        """Where a record of the block begins."""
        if record >= self.records:
            return self.after
        return Place(self.begins.offset + int(self.starts[record]), self.begins.row + record)

    @cached_property
    def content(self) -> memoryview:
        """The bytes of the records."""
        return self.data[: self.size].data


def blocks_of(text: PlainText, begins: Place, block_bytes: int) -> Iterator[Block]:
    """The records from a place on, in blocks of about so many bytes.

    Raises:
        IrregularTextError: A quote is never closed, a record is too long, or a line ends in an unusual way.
    """
    quote = ord(text.quote) if text.quote else None
    rest = np.empty(0, np.uint8)
    with text.file.open(buffered=False) as file:
        file.seek(begins.offset)
        while True:
            data, size, is_last = _filled(file, rest, block_bytes)
            block = _cut(data, size, quote, begins, is_last=is_last)
            if block is None:
                rest = data[:size]
                continue
            yield block
            if is_last:
                return
            rest, begins = data[block.size : size], block.after


def block_of(
    content: Bytes, text: PlainText, begins: Place = Place(0, 1), *, is_last: bool = True
) -> Block | None:
    """The whole records at the start of bytes that lie in memory; None if there is not even one.

    Args:
        content: Bytes from the start of a record on; where they are the last, they end with a line end.
        text: How they are written.
        begins: Where they stand.
        is_last: Whether nothing follows them.
    """
    data = np.zeros(len(content) + PADDING, np.uint8)
    data[: len(content)] = content
    return _cut(data, len(content), ord(text.quote) if text.quote else None, begins, is_last=is_last)


def _filled(file: IO[bytes], rest: Bytes, block_bytes: int) -> tuple[Bytes, int, bool]:
    """The rest and what follows it, how long that is, and whether nothing follows; the last line is ended."""
    size = len(rest)
    wanted = size + max(block_bytes, size)  # a record that does not fit is not looked at over and over
    if wanted > LONGEST_RECORD + block_bytes:
        raise IrregularTextError("a record is very long")
    data = np.empty(wanted + PADDING, np.uint8)
    data[:size] = rest
    size += read_into(file, data[size:wanted])
    is_last = size < wanted
    if is_last and size and data[size - 1] != _NEWLINE:
        data[size] = _NEWLINE
        size += 1
    data[size : size + PADDING] = 0
    return data, size, is_last


def _cut(data: Bytes, size: int, quote: int | None, begins: Place, *, is_last: bool) -> Block | None:
    """The whole records at the start of `data`; None if there is not even one."""
    text = data[:size]
    quotes, quoted = (_NONE, None) if quote is None else _quotes(text, quote)
    if len(quotes) % 2:
        if is_last:
            raise IrregularTextError("a quote is never closed")
        quotes = quotes[:-1]  # what follows the last one lies within it
    stops = outside(text, _NEWLINE, quoted).places
    if not len(stops) and not is_last:
        return None
    end = int(stops[-1]) + 1 if len(stops) else 0
    if len(quotes) and quotes[-1] >= end:
        quotes = quotes[: np.searchsorted(quotes, end)]
    ends = stops
    if has_byte(text[:end], _RETURN):
        ends = stops - (data[stops - 1] == _RETURN)
        _require_line_ends(text[:end], quoted)
    starts = np.empty_like(stops)
    starts[:1], starts[1:] = 0, stops[:-1] + 1
    has_text = ends > starts
    empty_lines = len(stops) - int(np.count_nonzero(has_text))
    if empty_lines:
        starts, ends, stops = starts[has_text], ends[has_text], stops[has_text]
    return Block(
        data=data,
        size=end,
        starts=starts,
        ends=ends,
        stops=stops + 1,
        quotes=quotes,
        quoted=quoted,
        empty_lines=empty_lines,
        begins=begins,
    )


def _quotes(text: Bytes, quote: int) -> tuple[Places, Words]:
    marks = Marks(text, quote)
    return marks.places, marks.spans


def outside(text: Bytes, byte: int, quoted: Words | None) -> Marks:
    """Where a byte stands that is not within quotes."""
    marks = Marks(text, byte)
    return marks if quoted is None else marks.without(quoted)


def _require_line_ends(text: Bytes, quoted: Words | None) -> None:
    """A carriage return outside quotes must belong to a line end; alone it would be one of its own."""
    returns = outside(text, _RETURN, quoted).places
    if len(returns) and (returns[-1] + 1 >= len(text) or (text[returns + 1] != _NEWLINE).any()):
        raise IrregularTextError("a line ends in a carriage return alone")


_NONE = np.empty(0, np.int64)


def read_into(file: IO[bytes], data: Bytes) -> int:
    """Read until `data` is full or the file ends; how many bytes that were."""
    size = 0
    while size < len(data) and (found := file.readinto(data[size:].data)):  # type: ignore[attr-defined]
        size += found
    return size
