"""Where the table ends in a text: lines after the last row that say something about it.

A row that was cut off must never be taken for one of them.
"""

import re
from itertools import pairwise

from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.csv.dialects import Sample
from smoke_pipeline.readers.csv.shape.table_start import records_of, speaks

TAIL_BYTES = 1 << 20
"""So much of the end of a text is kept to look for a footer."""
_MOST_LINES = 20
_MARK = re.compile(
    r"\s*(?:#|--|//|==|\*\*|(?:grand |sub)?total\b|end of\b|eof\b|\(?\d+ (?:rows?|records?|lines?)\b|"
    r"(?:rows?|records?|row count|record count)\s*[:=]|source:|notes?:|generated\b)",
    re.IGNORECASE,
)


def footer_place(tail: bytes, dialect: Dialect, fields: int, *, is_whole: bool) -> int | None:
    """Where in the end of a text a footer begins; None where nothing speaks for one.

    Args:
        tail: The end of the text.
        dialect: How it is written.
        fields: How many fields the header has.
        is_whole: Whether there is no text before it.
    """
    begin = 0 if is_whole else tail.find(b"\n") + 1
    if fields < 2 or (begin == 0 and not is_whole) or not tail[begin:]:
        return None
    if dialect.quote and tail.count(dialect.quote.encode(), begin) % 2:
        return None
    text = tail[begin:].decode("utf-8", "replace")
    records = records_of(Sample(text, is_whole=True), dialect, strictly=True)
    short = 0
    while short < len(records) and len(records[-1 - short].row) < fields:
        short += 1
    if not 0 < short <= _MOST_LINES or short >= len(records) - 1:
        return None
    first = records[-short]
    if not _MARK.match(" ".join(first.row)):
        stands_apart = first.start > records[-short - 1].stop
        is_usual = any(one.start > before.stop for before, one in pairwise(records[:-short]))
        if not stands_apart or is_usual or not all(map(speaks, records[-short:])):
            return None
    return begin + len(text[: first.start].encode())
