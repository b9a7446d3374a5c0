"""The part of a text that is the table: what stands before it and after it is no row."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from smoke_pipeline.readers.reading import MOST_SHOWN, LeftOut

_LINE = re.compile(rb"[^\r\n]*(?>\r\n|\r|\n)")


def within(blocks: Iterable[bytes], start: int, stop: int | None) -> Iterator[bytes]:
    """The bytes of a text from `start` on, up to `stop` or its end."""
    at = 0
    for block in blocks:
        low = max(start - at, 0)
        high = len(block) if stop is None else stop - at
        piece = block[low : max(high, 0)] if low or high < len(block) else block
        at += len(block)
        if piece:
            yield piece
        if stop is not None and at >= stop:
            return


def after_lines(text: bytes, lines: int) -> int | None:
    """Where so many lines of a text end; None where it has fewer."""
    at = 0
    for _ in range(lines):
        line = _LINE.match(text, at)
        if line is None:
            return len(text) if at < len(text) and _ == lines - 1 else None
        at = line.end()
    return at


def before_lines(text: bytes, lines: int) -> int | None:
    """Where the last lines of a text begin; None where it does not show that many."""
    starts = [0, *(line.end() for line in _LINE.finditer(text))]
    if starts[-1] == len(text):
        starts.pop()
    return starts[-lines] if lines <= len(starts) else None


def left_out(text: bytes) -> LeftOut | None:
    """What is told of lines that are no rows; None where there are none."""
    if not text:
        return None
    shown = text[: 4 * MOST_SHOWN].decode("utf-8", "ignore")[:MOST_SHOWN]
    return LeftOut(
        lines=line_count(text), sha256=hashlib.sha256(text).hexdigest(), start=shown.rstrip("\r\n")
    )


def line_count(text: bytes) -> int:
    """How many lines there are, the last one with or without an end."""
    ends = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    return ends + bool(text and not text.endswith((b"\n", b"\r")))
