"""The differing rows that the page shows: the first of them ready to be written, all of them for its script.

The script gets them as JSON, as compact as can be:

    columns, patterns   names, to which rows refer by place
    shapes              lists of columns, one for each kind of one-sided row
    rows                [kind, source row, target row, in flight, key values, cells or shape, values]

A value is a text, null, or [characters cut before, text, characters cut after]. A cell is [column, source,
target, pattern or -1, marks of the source, marks of the target]; marks count as a script does, in UTF-16.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from smoke_pipeline.comparison.patterns.one_pair import SWAPPED, pattern_of
from smoke_pipeline.comparison.result import CellDifference, ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.report.texts.changes import Spans
from smoke_pipeline.report.texts.value import Value, value_of, values_of
from smoke_pipeline.settings.model import ReportSettings

MOST_BYTES = 3_800_000
"""Size of the rows on the page; whatever is set, a page must stay one that a browser opens at once."""
MOST_EXAMPLES = 3
MOST_WRITTEN, MOST_CELLS_WRITTEN, MOST_BYTES_WRITTEN = 100, 2_000, 200_000
"""Rows, their cells and their size that are written into the page itself at most, for who has no script."""
LONGEST_LOOKED_AT = 20_000
"""Characters up to which a cell is looked at for its pattern."""
KINDS = tuple(DifferenceKind)
_HARMFUL = re.compile("[<>&\u2028\u2029\ud800-\udfff\x7f]")
"""What would end the script's element, or cannot be written in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell that differs."""

    column: str
    source: Value
    target: Value
    pattern: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that differs, or stands on one side alone."""

    number: int
    """Its place on the page, the first being 1; the link to it has this number."""
    kind: DifferenceKind
    source_row: int | None
    target_row: int | None
    in_flight: bool
    key: tuple[tuple[str, Value], ...]
    cells: tuple[Cell, ...]
    values: tuple[tuple[str, Value], ...]


Examples = Mapping[tuple[str, str | None], Sequence[tuple[Value, Value]]]
"""Column and pattern -> a few cells that show it, no two of them alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The rows of the page."""

    first: tuple[Row, ...] = ()
    """Those of the first leaf, or its beginning, which are there without a script, too."""
    json: str
    shown: int
    """How many rows the page has."""
    kept: int
    count: int
    """Differing rows in all."""
    columns: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    examples: Examples = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether the page lacks rows that differ."""
        return self.shown < self.count


@dataclass(slots=True)
class _Names:
    """Names that were met, each with its place."""

    places: dict[Any, int] = field(default_factory=dict)

    def place(self, name: Any) -> int:
        return self.places.setdefault(name, len(self.places))


@dataclass(slots=True)
class _First:
    """The rows that are written into the page itself."""

    most: int
    rows: list[Row] = field(default_factory=list)
    cells: int = 0
    size: int = 0

    def take(self, row: Row, size: int) -> None:
        """Add the row, unless it or one before it was too much; the first row is always there."""
        self.cells += len(row.cells) + len(row.values)
        self.size += size
        is_small = self.cells <= MOST_CELLS_WRITTEN and self.size <= MOST_BYTES_WRITTEN
        if not self.rows or (is_small and len(self.rows) < self.most):
            self.rows.append(row)


def details_of(result: ComparisonResult, settings: ReportSettings) -> Details:
    """The differing rows, as many as the settings allow and as a page can hold."""
    columns, patterns, shapes = _Names(), _Names(), _Names()
    key = [columns.place(name) for name in result.key]
    lines: list[str] = []
    examples: dict[tuple[str, str | None], list[tuple[Value, Value]]] = {}
    first = _First(most=min(settings.rows_per_page, MOST_WRITTEN))
    room = MOST_BYTES
    for difference in islice(result.differences, settings.max_rows_in_report):
        row = _row(difference, result, len(lines) + 1)
        line = _script_json(_compact(row, columns, patterns, shapes))
        room -= len(line.encode())
        if room < 0 and lines:
            break
        lines.append(line)
        first.take(row, len(line))
        _note_examples(row, examples)
    head = _script_json(
        {
            "perPage": settings.rows_per_page,
            "key": key,
            "columns": [*columns.places],
            "patterns": [*patterns.places],
            "shapes": [*shapes.places],
        }
    )
    return Details(
        first=tuple(first.rows),
        json=head[:-1] + ',"rows":[\n' + ",\n".join(lines) + "\n]}",
        shown=len(lines),
        kept=len(result.differences),
        count=result.difference_count,
        columns=tuple(columns.places),
        patterns=tuple(patterns.places),
        examples=examples,
    )


def _note_examples(row: Row, examples: dict[tuple[str, str | None], list[tuple[Value, Value]]]) -> None:
    for cell in row.cells:
        known = examples.setdefault((cell.column, cell.pattern), [])
        pair = (cell.source, cell.target)
        if len(known) < MOST_EXAMPLES and pair not in known:
            known.append(pair)


def _row(difference: RowDifference, result: ComparisonResult, number: int) -> Row:
    is_mismatch = difference.kind is DifferenceKind.MISMATCHED
    swapped = _swapped(difference.cells)
    key = zip(result.key, difference.key, strict=True)
    return Row(
        number=number,
        kind=difference.kind,
        source_row=difference.source_row,
        target_row=difference.target_row,
        in_flight=difference.in_flight,
        key=tuple((name, value_of(value)) for name, value in key),
        cells=tuple(_cell(cell, result.patterns.get(cell.column, {}), swapped) for cell in difference.cells),
        values=()
        if is_mismatch
        else tuple((name, value_of(text)) for name, text in difference.values.items()),
    )


def _cell(cell: CellDifference, known: Mapping[str, int], swapped: frozenset[str]) -> Cell:
    source, target = values_of(cell.source, cell.target)
    pattern = None
    if known and max(len(cell.source or ""), len(cell.target or "")) <= LONGEST_LOOKED_AT:
        pattern = pattern_of(cell.source, cell.target) or (SWAPPED if cell.column in swapped else None)
    return Cell(
        column=cell.column, source=source, target=target, pattern=pattern if pattern in known else None
    )


def _swapped(cells: tuple[CellDifference, ...]) -> frozenset[str]:
    """The columns whose cells hold what another cell of the row holds on the other side."""
    pairs = {(cell.source, cell.target) for cell in cells}
    return frozenset(cell.column for cell in cells if (cell.target, cell.source) in pairs)


def _compact(row: Row, columns: _Names, patterns: _Names, shapes: _Names) -> list[Any]:
    key = [_compact_value(value) for _, value in row.key]
    start = [KINDS.index(row.kind), row.source_row, row.target_row, int(row.in_flight), key]
    if row.kind is DifferenceKind.MISMATCHED:
        return [*start, [_compact_cell(cell, columns, patterns) for cell in row.cells]]
    shape = shapes.place(tuple(columns.place(name) for name, _ in row.values))
    return [*start, shape, [_compact_value(value) for _, value in row.values]]


def _compact_cell(cell: Cell, columns: _Names, patterns: _Names) -> list[Any]:
    pattern = -1 if cell.pattern is None else patterns.place(cell.pattern)
    found: list[Any] = [
        columns.place(cell.column),
        _compact_value(cell.source),
        _compact_value(cell.target),
        pattern,
    ]
    marks = [_in_utf16(value.text or "", value.changed) for value in (cell.source, cell.target)]
    return [*found, *marks] if any(marks) else found


def _compact_value(value: Value) -> Any:
    return [value.cut_before, value.text, value.cut_after] if value.is_cut else value.text


def _in_utf16(text: str, spans: Spans) -> list[int]:
    places = [place for span in spans for place in span]
    if text.isascii():
        return places
    return [len(text[:place].encode("utf-16-le", "surrogatepass")) // 2 for place in places]


def _script_json(value: Any) -> str:
    """The value as JSON that may stand in a page."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
