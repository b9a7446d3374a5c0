"""Records that do not fit the header, made to fit or left out where that is asked for."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.csv.dialects import csv_rows
from smoke_pipeline.readers.csv.quoting import bad_quote, lines_of, long_row, noted, quoted_well, ragged

_TOGETHER = 4096
_MOST_LINES_TOLD = 5


@dataclass(kw_only=True)
class Mending:
    """How records are mended, and how many were."""

    dialect: Dialect
    fields: int
    policy: str
    """`error`, `pad` or `skip`."""
    name: str
    """What the text is called in an error."""
    first_line: int = 1
    on_one_line: bool = False
    """Whether a record may not go over several lines."""
    empty: int = 0
    padded: int = 0
    skipped: int = 0
    lines: tuple[int, ...] = ()
    """On which lines the first mended records begin."""

    @property
    def is_needed(self) -> bool:
        """Whether any record was mended, or all have spaces to lose."""
        return bool(self.padded or self.skipped or self.dialect.skip_space)

    def mended(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The text in pieces of whole records that all fit.

        Raises:
            CsvFormatError: A record does not fit and may not be mended, or would lose a value; or a quote is
                where none may be.
        """
        self.padded = self.skipped = self.empty = 0
        self.lines = ()
        held: list[str] = []
        for text in self._texts(blocks):
            held.append(text)
            if len(held) >= _TOGETHER:
                yield "".join(held).encode()
                held.clear()
        if held:
            yield "".join(held).encode()

    def _texts(self, blocks: Iterable[bytes]) -> Iterator[str]:
        record: list[str] = []
        reader = csv_rows(noted(lines_of(blocks), record), self.dialect)
        well_quoted = quoted_well(self.dialect)
        line = self.first_line
        try:
            for row in reader:
                text = "".join(record)
                record.clear()
                if well_quoted and not well_quoted.fullmatch(text):
                    raise bad_quote(self.name, line, "text follows")
                if self.on_one_line and reader.line_num + self.first_line - 1 > line:
                    raise long_row(self.name, line, self.dialect)
                yield self._mended(text, row, line)
                line = reader.line_num + self.first_line
        except csv.Error as error:
            raise bad_quote(self.name, line, str(error)) from error

    def _mended(self, text: str, row: list[str], line: int) -> str:
        if not row:
            self.empty += 1
            return text
        if len(row) != self.fields:
            return self._fitting(text, row, line)
        if self.dialect.skip_space:
            return self._same(self._without_spaces(text), row, line)
        return text

    def _fitting(self, text: str, row: list[str], line: int) -> str:
        """The record with as many fields as the header; "" if it is left out."""
        if self.policy == "error" or (self.policy == "pad" and any(row[self.fields :])):
            raise ragged(self.name, line, self.fields, len(row))
        self.lines = (*self.lines, line)[:_MOST_LINES_TOLD]
        if self.policy == "skip":
            self.skipped += 1
            return ""
        self.padded += 1
        body = (self._without_spaces(text) if self.dialect.skip_space else text).rstrip("\r\n")
        missing = [""] * (self.fields - len(row))
        delimiter = self.dialect.delimiter
        fields = [body, *missing] if missing else _split(body, self.dialect)[: self.fields]
        return self._same(delimiter.join(fields) + "\n", [*row, *missing][: self.fields], line)

    def _without_spaces(self, text: str) -> str:
        body = text.rstrip("\r\n")
        fields = (field.lstrip(" ") for field in _split(body, self.dialect))
        return self.dialect.delimiter.join(fields) + "\n"

    def _same(self, text: str, row: list[str], line: int) -> str:
        """The mended text, if it holds what was read."""
        plain = replace(self.dialect, skip_space=False)
        if [one for one in csv_rows(lines_of([text.encode()]), plain) if one] != [row]:
            raise ragged(self.name, line, self.fields, len(row))
        return text


def _split(body: str, dialect: Dialect) -> list[str]:
    """The fields of a record as they are written, quotes and all."""
    quote, delimiter = re.escape(dialect.quote or "\0"), re.escape(dialect.delimiter)
    escape = re.escape(dialect.escape) if dialect.escape else None
    inside = rf"[^{quote}{escape}]|{escape}." if escape else rf"[^{quote}]|{quote}{quote}"
    outside = rf"[^{delimiter}{escape}]|{escape}." if escape else rf"[^{delimiter}]"
    space = " *" if dialect.skip_space else ""
    field = re.compile(
        rf"({space}{quote}(?:{inside})*+{quote}(?=$|{delimiter})|(?:{outside})*+)(?:{delimiter}|$)", re.DOTALL
    )
    fields, at = [], 0
    while at <= len(body):
        found = field.match(body, at)
        if found is None:
            break
        fields.append(found[1])
        if found[0] == found[1]:  # without a delimiter after it, it is the last
            break
        at = found.end()
    return fields
