"""By how much numbers changed: target less source, column by column."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from smoke_pipeline.comparison.patterns.one_pair import numbers_of
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.pictures.histogram import HEIGHT, Series, drawn
from smoke_pipeline.report.pictures.svg import WIDTH, Picture, drawing, line, shortened, words
from smoke_pipeline.report.words.numbers import counted

MOST = 4
"""Columns that get a picture, those with the most changed numbers first."""
LEAST_CELLS = 8
"""Changed numbers of a column from which a distribution says something."""
LEAST_SHARE = 0.8
"""Share of a column's kept cells that must be numbers."""
WIDE = 100
"""How many times the median the largest change may be before the axis is drawn by order of magnitude."""


def changes_pictures(result: ComparisonResult) -> list[Picture]:
    """A picture for each of the columns whose numbers changed most often."""
    found = sorted(_changes(result).items(), key=lambda item: (-len(item[1]), item[0]))[:MOST]
    return [_picture(f"change-{at}", column, changes) for at, (column, changes) in enumerate(found)]


def _changes(result: ComparisonResult) -> dict[str, list[float]]:
    changes: dict[str, list[float]] = defaultdict(list)
    cells: dict[str, int] = defaultdict(int)
    for difference in result.differences:
        for cell in difference.cells:
            cells[cell.column] += 1
            pair = numbers_of(cell.source, cell.target) if cell.source and cell.target else None
            change = float(pair[1] - pair[0]) if pair else 0.0
            if change and math.isfinite(change):
                changes[cell.column].append(change)
    return {
        column: found
        for column, found in changes.items()
        if len(found) >= max(LEAST_CELLS, LEAST_SHARE * cells[column])
    }


def _picture(name: str, column: str, changes: Sequence[float]) -> Picture:
    ordered = sorted(changes)
    low, middle, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    unit = sorted(map(abs, ordered))[len(ordered) // 2]
    is_wide = max(abs(low), abs(high)) > WIDE * unit
    placed = [_by_magnitude(change, unit) for change in ordered] if is_wide else ordered
    title = f"Change of {shortened(column, 24)}, target less source"
    ups = sum(change > 0 for change in ordered)
    description = (
        f"{counted(len(ordered), 'number')} changed, {ups:,} up and {len(ordered) - ups:,} down: "
        f"from {_shown(low)} to {_shown(high)}, median {_shown(middle)}."
    )
    shapes = [*drawn([Series(look="mismatched", values=placed)], *_ends(placed)), *_labels(placed, low, high)]
    return Picture(
        name=name,
        title=title,
        description=description,
        svg=drawing(name, title, description, HEIGHT + 22, shapes),
        note=f"{description}{' Drawn by order of magnitude.' if is_wide else ''}",
    )


def _ends(placed: Sequence[float]) -> tuple[float, float]:
    """The axis: at least from nothing on, for a change is to be seen against no change."""
    return min(placed[0], 0.0), max(placed[-1], 0.0)


def _labels(placed: Sequence[float], low: float, high: float) -> Iterator[str]:
    first, last = _ends(placed)
    zero = WIDTH * (0 - first) / (last - first)
    yield line("zero", zero, 0, zero, HEIGHT)
    if low < 0:
        yield words(_shown(low), 0, HEIGHT + 17)
    if high > 0:
        yield words(_shown(high), WIDTH, HEIGHT + 17, anchor="end")
    if not 0.25 * WIDTH < zero < 0.75 * WIDTH:
        anchor = "start" if zero < WIDTH / 2 else "end"
        yield words("0", zero, HEIGHT + 17, anchor=anchor)
    else:
        yield words("0", zero, HEIGHT + 17, anchor="middle")


def _by_magnitude(change: float, unit: float) -> float:
    return math.copysign(math.log10(1 + abs(change) / unit), change)


def _shown(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 1000 else f"{value:+.4g}"
