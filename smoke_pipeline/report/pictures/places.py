"""Where in the range of the keys, or of the rows, the differences sit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.report.pictures.histogram import HEIGHT, Series, drawn, legend
from smoke_pipeline.report.pictures.svg import WIDTH, Picture, drawing, shortened, words
from smoke_pipeline.report.words.numbers import counted

LEAST_ROWS = 3
"""Differing rows from which a picture says more than a list."""
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Where each difference stands, and what is written at both ends."""

    places: Sequence[float]
    low: float
    high: float
    ends: tuple[str, str]
    title: str


def places_picture(result: ComparisonResult) -> Picture | None:
    """The kept differences along their key where it is a number or a date, else along the rows."""
    if len(result.differences) < LEAST_ROWS:
        return None
    axis = _by_key(result) or _by_row(result)
    if axis is None:
        return None
    series = [
        Series(
            look=kind.value.replace("_", "-"),
            values=[
                place
                for place, difference in zip(axis.places, result.differences, strict=True)
                if difference.kind is kind
            ],
        )
        for kind in DifferenceKind
    ]
    series = [one for one in series if one.values]
    said = "; ".join(f"{one.look}: {_spread(one.values, axis)}" for one in series)
    labels = [
        words(shortened(axis.ends[0], 24), 0, HEIGHT + 17),
        words(shortened(axis.ends[1], 24), WIDTH, HEIGHT + 17, anchor="end"),
    ]
    looks = [one.look for one in series]
    shapes = [*drawn(series, axis.low, axis.high), *labels, *legend(looks, HEIGHT + 30)]
    description = f"From {shortened(axis.ends[0])} to {shortened(axis.ends[1])}. Median place of {said}."
    return Picture(
        name="places",
        title=axis.title,
        description=description,
        svg=drawing("places", axis.title, description, HEIGHT + 44, shapes),
        note=_note(result),
    )


def _spread(values: Sequence[float], axis: _Axis) -> str:
    middle = sorted(values)[len(values) // 2]
    share = (middle - axis.low) / (axis.high - axis.low) if axis.high > axis.low else 0.5
    return f"at {share:.0%} of the way"


def _note(result: ComparisonResult) -> str:
    kept = len(result.differences)
    if kept >= result.difference_count:
        return ""
    return f"Of the {counted(kept, 'row')} kept, of {result.difference_count:,} that differ."


def _by_key(result: ComparisonResult) -> _Axis | None:
    """Along the first column of the key."""
    if not result.key:
        return None
    texts = [difference.key[0] for difference in result.differences]
    if None in texts:
        return None
    read = _read_all([text for text in texts if text is not None])
    if read is None:
        return None
    low, high = min(read), max(read)
    if low == high:
        return None
    ends = tuple(texts[read.index(end)] or "" for end in (low, high))
    return _Axis(
        places=read,
        low=low,
        high=high,
        ends=(ends[0], ends[1]),
        title=f"Where the differences sit, by {shortened(result.key[0], 24)}",
    )


def _read_all(texts: Sequence[str]) -> list[float] | None:
    readers: tuple[Callable[[str], float], ...] = (_as_number, _as_moment)
    for reader in readers:
        try:
            return [reader(text) for text in texts]
        except (ValueError, OverflowError):
            continue
    return None


def _as_number(text: str) -> float:
    if len(text) > 15 or not text.strip().lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError(text)
    return float(text)


def _as_moment(text: str) -> float:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _BEGINNING).total_seconds()


def _by_row(result: ComparisonResult) -> _Axis | None:
    """Along the rows of both sides, each as long as the other."""
    places = [_share(difference, result) for difference in result.differences]
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return None
    return _Axis(
        places=known,
        low=0.0,
        high=1.0,
        ends=("first row", "last row"),
        title="Where the differences sit, by place in the table",
    )


def _share(difference: RowDifference, result: ComparisonResult) -> float | None:
    row, rows = difference.source_row, result.counts.source
    if row is None:
        row, rows = difference.target_row, result.counts.target
    return None if row is None or not rows else min(row / rows, 1.0)
