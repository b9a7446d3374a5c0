"""Any table in any dialect comes back exactly, or is refused; it is never read as another table."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import (
    ComparisonError,
    CsvFormatError,
    DuplicateColumnError,
    ReadError,
    UploadError,
)
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.readers.reading import in_small_blocks, rows_of, written

SETTINGS = load_settings(environ={})
DELIMITERS = (",", ";", "\t", "|", "^", "~", "||", "::", ";;", "\t|\t", "<>")
CELLS = st.text(alphabet=st.sampled_from(tuple("ab1.9 é€,;|\t\"'\\:-\n\r#=")), max_size=6)
NAMES = st.text(alphabet="abcdefgh", min_size=1, max_size=4)


@dataclass(frozen=True)
class Written:
    """A table and how it was written."""

    names: list[str]
    rows: list[tuple[str, ...]]
    content: bytes
    options: dict[str, object]


def quoted(cell: str, quote: str, escape: str | None) -> str:
    """A cell with quotes around it."""
    if escape:
        cell = cell.replace(escape, 2 * escape).replace(quote, escape + quote)
    else:
        cell = cell.replace(quote, 2 * quote)
    return f"{quote}{cell}{quote}"


@st.composite
def tables(draw: st.DrawFn) -> Written:
    """A random table in a random dialect, with what a person would have to say about it."""
    delimiter, line_end = draw(st.sampled_from(DELIMITERS)), draw(st.sampled_from(("\n", "\r\n", "\r")))
    quote, escape = draw(st.sampled_from(('"', "'"))), draw(st.sampled_from((None, "\\")))
    width = draw(st.integers(2, 5))
    names = draw(st.lists(NAMES, min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.tuples(*[CELLS] * width), max_size=6))
    title = draw(st.sampled_from(("", "A report of sales", "# from: x", "Sales;;;")))
    space = draw(st.sampled_from(("", "", " ")))
    text = f"{title}{line_end}" if title else ""
    for row in (tuple(names), *rows):
        text += f"{delimiter}{space}".join(quoted(cell, quote, escape) for cell in row) + line_end
    encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-be")))
    return Written(
        names,
        rows,
        text.encode(encoding),
        {
            "delimiter": delimiter,
            "quote": quote,
            "escape": escape,
            "encoding": encoding,
            "skip_lines": int(bool(title)),
            "header": "yes",
            "footer": 0,
            "skip_space": bool(space),
        },
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), block_bytes=st.sampled_from((1, 3, 17, 1 << 20)))
def test_what_is_stated_is_read_exactly(tmp_path, table: Written, block_bytes):
    reader = in_small_blocks(written(tmp_path, table.content), block_bytes, **table.options)

    rows = [tuple(cell or "" for cell in row) for row in rows_of(reader, 2)]

    assert (reader.schema.names, rows) == (table.names, table.rows)


WORDS = st.text(alphabet=st.sampled_from(tuple("abcd 12.-é\n\r,;|\t\"'")), max_size=8)
TITLES = ("", "Report of sales", "# made by hand", "Sales\n", "Sales of March\n\nby region")
FOOTERS = ("", "-- end of report --", "Total", "\n(3 rows)")
FOUND_OUT = (",", ";", "\t", "|", "^", "~", "||", "::", "\t|\t")


@st.composite
def tables_of_words(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names, and rows whose last cell is a number."""
    width = draw(st.integers(2, 5))
    names = draw(st.lists(NAMES, min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.tuples(*[WORDS] * (width - 1), st.just("1.5")), min_size=2, max_size=6))
    return names, rows


@st.composite
def ways_to_write(draw: st.DrawFn) -> Callable[[list[str], list[tuple[str, ...]]], bytes]:
    """A way in which programs write tables, which nobody states."""
    delimiter, line_end = draw(st.sampled_from(FOUND_OUT)), draw(st.sampled_from(("\n", "\r\n", "\r")))
    title, footer = draw(st.sampled_from(TITLES)), draw(st.sampled_from(FOOTERS))
    encoding = draw(st.sampled_from(("utf-8", "utf-16")))

    def write(names: list[str], rows: list[tuple[str, ...]]) -> bytes:
        lines = [title.replace("\n", line_end)] if title else []
        lines += [delimiter.join(as_needed(cell, delimiter) for cell in row) for row in (tuple(names), *rows)]
        lines += [footer.replace("\n", line_end)] if footer else []
        return "".join(line + line_end for line in lines).encode(encoding)

    return write


def as_needed(cell: str, delimiter: str) -> str:
    """A cell, quoted where it must be."""
    signs = (*delimiter, '"', "\n", "\r")
    return quoted(cell, '"', None) if any(sign in cell for sign in signs) else cell


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables_of_words(), write=ways_to_write())
def test_what_nobody_stated_is_read_exactly_or_refused(tmp_path, table, write):
    names, rows = table
    reader = open_file(written(tmp_path, write(names, rows)))

    try:
        found = [tuple(cell or "" for cell in row) for row in rows_of(reader, 2)]
    except (CsvFormatError, DuplicateColumnError):
        return

    assert (reader.schema.names, found) == (names, rows)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables_of_words(), ways=st.tuples(ways_to_write(), ways_to_write()), data=st.data())
def test_a_changed_cell_never_passes_however_the_sides_are_written(tmp_path, table, ways, data):
    names, rows = table
    row = data.draw(st.integers(0, len(rows) - 1))
    changed = [*rows[:row], (rows[row][0] + "z", *rows[row][1:]), *rows[row + 1 :]]
    contents = ways[0](names, rows), ways[1](names, changed)
    sides = [
        InPlaceSnapshot(open_file(written(tmp_path, content, f"{side}.csv")), side, origin=side)
        for side, content in zip(Side, contents, strict=True)
    ]

    try:
        result = compare_snapshots(*sides, ComparisonSpec(), settings=SETTINGS.comparison)
    except (ComparisonError, UploadError, ReadError):
        return

    assert not result.passed
