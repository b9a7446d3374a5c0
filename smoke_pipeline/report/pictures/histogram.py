"""Numbers in bins, and the columns drawn of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from smoke_pipeline.report.pictures.svg import WIDTH, box, line, words

BINS = 40
HEIGHT = 110
LEAST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers of one kind, on an axis that several kinds share."""

    look: str
    values: Sequence[float]


def drawn(series: Sequence[Series], low: float, high: float) -> list[str]:
    """The columns of each bin, one kind upon the other, over a ground line."""
    bins = [[0] * BINS for _ in series]
    for counts, one in zip(bins, series, strict=True):
        for value in one.values:
            counts[bin_of(value, low, high)] += 1
    tallest = max(map(sum, zip(*bins, strict=True)), default=0) or 1
    shapes, width = [], WIDTH / BINS
    for place in range(BINS):
        y = float(HEIGHT)
        for counts, one in zip(bins, series, strict=True):
            if counts[place]:
                height = max(HEIGHT * counts[place] / tallest, LEAST)
                y -= height
                shapes.append(box(f"fill {one.look}", place * width + 0.75, max(y, 0), width - 1.5, height))
    return [*shapes, line("axis", 0, HEIGHT + 0.5, WIDTH, HEIGHT + 0.5)]


def bin_of(value: float, low: float, high: float) -> int:
    """The bin of a value; both ends of the axis belong to it."""
    return min(int(BINS * (value - low) / (high - low)), BINS - 1) if high > low else BINS // 2


def legend(looks: Sequence[str], y: float) -> list[str]:
    """What each kind looks like, in a line whose upper end is at `y`."""
    shapes, x = [], 0.0
    for look in looks:
        shapes += [box(f"fill {look}", x, y, 11, 11), words(look, x + 17, y + 10)]
        x += 17 + 8.2 * len(look) + 16
    return shapes
