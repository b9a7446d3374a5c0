"""Delimiters of several characters: one unused character stands in for them while a text is read."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from smoke_pipeline.errors import CsvFormatError

SEVERAL = ("\t|\t", "||", "::", ";;", "|;|", "^^", "~~")
"""Looked for where nothing is stated."""
STAND_IN = "\x1f"
"""The separator of units, which is found in no ordinary text."""


def replaced(blocks: Iterable[bytes], delimiter: str) -> Iterator[bytes]:
    """The text with the stand-in for each delimiter, from left to right, wherever a block ends.

    Raises:
        CsvFormatError: The text holds the stand-in itself.
    """
    sought, found, rest = delimiter.encode(), STAND_IN.encode(), b""
    for block in blocks:
        if found in block:
            raise _no_stand_in(delimiter)
        text = (rest + block).replace(sought, found)
        kept = next((size for size in range(len(sought) - 1, 0, -1) if text.endswith(sought[:size])), 0)
        rest = text[len(text) - kept :]
        if len(text) > kept:
            yield text[: len(text) - kept]
    if rest:
        yield rest


def restored(table: pa.Table, delimiter: str) -> pa.Table:
    """The table with the delimiter in place of the stand-ins that were inside fields."""
    columns = [pc.replace_substring(column, STAND_IN, delimiter) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _no_stand_in(delimiter: str) -> CsvFormatError:
    return CsvFormatError(
        f"A text whose delimiter is {delimiter!r} may not hold the control character 0x1F.",
        suggestions=("Write the file with a delimiter of one character.",),
    )
