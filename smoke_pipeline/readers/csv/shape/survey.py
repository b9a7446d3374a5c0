"""What is known of a text: first from its beginning, then from a look over the whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from smoke_pipeline.errors import CsvFormatError, InvalidOptionError
from smoke_pipeline.readers.base import Dialect, ReadOptions
from smoke_pipeline.readers.csv.dialects import Sample
from smoke_pipeline.readers.csv.encodings import Encoding
from smoke_pipeline.readers.csv.mending import Mending
from smoke_pipeline.readers.csv.shape.table_end import TAIL_BYTES, footer_place
from smoke_pipeline.readers.csv.shape.table_start import NAMES_DELIMITER, TableStart, records_of, table_start
from smoke_pipeline.readers.csv.shape.told import guesses_of
from smoke_pipeline.readers.csv.shape.window import after_lines, before_lines, left_out, line_count
from smoke_pipeline.readers.csv.stand_in import STAND_IN
from smoke_pipeline.readers.reading import Guess, LeftOut, Reading
from smoke_pipeline.readers.types import require_distinct

_MOST_NAMES = 10
_BY_PLACE = (
    "Leave the header out and take the columns by their places: `source: {skip_lines: 1, header: no}`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found out about a text."""

    encoding: Encoding
    dialect: Dialect
    names: list[str]
    start: int = 0
    """Bytes of the text, as UTF-8, before the first record that is read."""
    stop: int | None = None
    """Where the last record ends; None at the end of the text."""
    first_line: int = 1
    """On which line the first record begins."""
    holds_header: bool = True
    """Whether the first record is the header."""
    has_own_names: bool = True
    """Whether every column is called what the header says."""
    empty_lines: int = 0
    is_regular: bool = True
    """Whether every quote opens or closes a field, so that counting them tells where records end."""
    is_mended: bool = False
    """Whether a record was made to fit, or left out."""
    reading: Reading = field(default_factory=Reading)

    @property
    def is_stood_in(self) -> bool:
        """Whether a stand-in is read in place of the delimiter."""
        return len(self.dialect.delimiter) > 1

    @property
    def inner(self) -> Dialect:
        """The dialect in which the text is read."""
        return replace(self.dialect, delimiter=STAND_IN) if self.is_stood_in else self.dialect

    def mended_as(self, mending: Mending) -> "Survey":
        """The same with what mending every record of the text came to."""
        reading = replace(
            self.reading,
            padded_rows=mending.padded,
            skipped_rows=mending.skipped,
            first_ragged_lines=mending.lines,
        )
        return replace(self, reading=reading, empty_lines=mending.empty, is_mended=mending.is_needed)


@dataclass(frozen=True, slots=True)
class Beginning:
    """The beginning of a text, and what was stated about the whole."""

    sample: Sample
    encoding: Encoding
    options: ReadOptions
    name: str
    """What the text is called in an error."""

    def survey(self, first_row: Callable[[Survey], list[str]]) -> Survey:
        """What the beginning tells; `first_row` reads the row with which a table begins.

        Raises:
            CsvFormatError: There is no row.
            DuplicateColumnError: The header names a column twice.
            InvalidOptionError: More lines are to be left out than the beginning has.
        """
        stated = self._stated_start()
        rest = Sample(self.sample.text[stated:], is_whole=self.sample.is_whole)
        start = table_start(rest, self.options)
        before = self.sample.text[: stated + start.start].encode()
        survey = Survey(
            encoding=self.encoding,
            dialect=start.dialect,
            names=[],
            start=len(before),
            first_line=1 + line_count(before),
            holds_header=start.has_header,
        )
        found = first_row(survey)
        names = found if start.has_header else [f"column_{place}" for place in range(1, len(found) + 1)]
        survey = self._below_short_header(replace(survey, names=named(names)), start, rest)
        require_distinct(survey.names, self.name, _BY_PLACE)
        guesses = (
            *guesses_of(rest.text, self.encoding, start, survey.names, self.options),
            *_names(survey.names, found),
        )
        survey = replace(survey, has_own_names=survey.names == found)
        preamble = left_out(before)
        if preamble:
            guesses = (*guesses, self._preamble(preamble, start))
        return replace(survey, reading=Reading(guesses=guesses, preamble=preamble))

    def _stated_start(self) -> int:
        """Characters of the lines that are stated to be left out."""
        lines = self.options.lines_before or 0
        text = self.sample.text.encode()
        place = after_lines(text, lines)
        if place is None:
            raise InvalidOptionError(
                f"{lines:,} lines before the table of {self.name} are too many: it has fewer, "
                f"or they are longer than the first {len(text):,} bytes.",
                suggestions=("Give a smaller `skip_lines`, or a smaller line of the `header`.",),
            )
        return len(text[:place].decode())

    def _below_short_header(self, survey: Survey, start: TableStart, rest: Sample) -> Survey:
        """The same, unless every row has one more field than the header, which is always empty."""
        width = len(survey.names) + 1
        if not start.has_header or len(start.second_row) != width:
            return survey
        records = records_of(Sample(rest.text[start.start :], is_whole=rest.is_whole), start.dialect)
        rows = [one.row for one in records[1:]]
        if width == 2 or not rows or any(len(row) != width or row[-1] for row in rows):
            return survey
        header = rest.text[start.start : start.start + records[0].stop]
        return replace(
            survey,
            names=[*survey.names, f"column_{width}"],
            start=survey.start + len(header.encode()),
            first_line=survey.first_line + line_count(header.encode()),
            holds_header=False,
        )

    def _preamble(self, preamble: LeftOut, start: TableStart) -> Guess:
        is_stated = self.options.lines_before is not None
        states_itself = start.preamble_evidence == NAMES_DELIMITER
        return Guess(
            what="preamble",
            value=preamble.size,
            confidence="stated" if is_stated or states_itself else "strong",
            evidence="as stated" if is_stated else start.preamble_evidence,
        )


def named(names: list[str]) -> list[str]:
    """The names, with a number for each column that has none, if several have none beside named ones."""
    unnamed = names.count("")
    if unnamed < 2 or len(names) - unnamed < 2:
        return names
    return [name or f"column_{place}" for place, name in enumerate(names, 1)]


def _names(names: list[str], found: list[str]) -> tuple[Guess, ...]:
    made = [name for name in names if name not in found]
    if not made or len(made) == len(names):
        return ()
    shown = ", ".join(made[:_MOST_NAMES]) + (" and more" if len(made) > _MOST_NAMES else "")
    return (Guess(what="names", value=shown, confidence="strong", evidence="the header has no name there"),)


class Tail:
    """Keeps the end of a text that passes by."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.content = b""

    def watching(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks."""
        for block in blocks:
            self.size_bytes += len(block)
            whole = block if len(block) >= TAIL_BYTES else self.content + block
            self.content = whole[-TAIL_BYTES:]
            yield block

    def after(self, start: int) -> Self:
        """The same without what stands before `start`."""
        table_bytes = max(self.size_bytes - start, 0)
        self.content = self.content[len(self.content) - min(table_bytes, len(self.content)) :]
        return self


def table_end(survey: Survey, tail: Tail, options: ReadOptions, name: str) -> Survey:
    """The same with where the table ends.

    Raises:
        InvalidOptionError: More lines are to be left out than there are.
    """
    content = tail.after(survey.start).content
    if options.footer is None:
        is_whole = tail.size_bytes - len(content) == survey.start
        place = footer_place(content, survey.dialect, len(survey.names), is_whole=is_whole)
    else:
        place = before_lines(content, options.footer) if options.footer else None
        if options.footer and place is None:
            raise InvalidOptionError(
                f"{options.footer:,} lines after the table of {name} are too many.",
                suggestions=("Give a smaller `footer`.",),
            )
    if place is None:
        return survey
    footer = left_out(content[place:])
    if footer is None:
        raise CsvFormatError(f"{name} has no line after its table.", suggestions=("Leave `footer` out.",))
    guess = Guess(
        what="footer",
        value=footer.size,
        confidence="strong" if options.footer is None else "stated",
        evidence="lines with fewer fields, which speak of the table"
        if options.footer is None
        else "as stated",
    )
    reading = replace(survey.reading, guesses=(*survey.reading.guesses, guess), footer=footer)
    return replace(survey, stop=tail.size_bytes - len(content) + place, reading=reading)
