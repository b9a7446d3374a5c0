"""Which columns identify a row, when nobody says so.

Among the smallest sets of at most three columns that are unique and without NULL on both sides, the one with
the most key values common to both; of several, the first by the names' code points.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import SideColumn, carried, frame_of, side_columns
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.result import KeyEvidence
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.hashes import Hashes, different, has_twice
from smoke_pipeline.snapshots.manifest import Side

LARGEST_KEY = 3
_FEWEST_ROWS = 2
_SAMPLE_ROWS = 2_000
_GROWTH = 4
"""How much longer each look at the first rows is than the one before."""
_SEED = 7_301
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_Places = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides, to be read as often as needed."""

    plan: Plan
    snapshots: dict[Side, Snapshot]
    chunk_rows: int

    def batches(self, side: Side, places: Iterable[int]) -> Iterator[pl.DataFrame]:
        """The canonical values of some columns, batch by batch."""
        columns = side_columns(self.plan, side)
        wanted = sorted(set(places))
        for batch in self.snapshots[side].batches(self.chunk_rows):
            frame = frame_of(batch, self.plan, side, first_row=1)
            yield pl.DataFrame([_values(columns[place], frame, place) for place in wanted])


def choose_key(
    source: Snapshot, target: Snapshot, plan: Plan, *, chunk_rows: int, memory_bytes: int
) -> KeyEvidence | None:
    """The key to align by, or None where rows can only be compared as wholes."""
    sides = _Sides(plan, {Side.SOURCE: source, Side.TARGET: target}, chunk_rows)
    rows, usable = _look(sides)
    if min(rows.values()) < _FEWEST_ROWS:
        return None
    for size in range(1, LARGEST_KEY + 1):
        candidates = _promising(sides, list(combinations(usable, size)), memory_bytes // 4 // 8)
        at_once = max(1, memory_bytes // 4 // (8 * sum(rows.values())))
        found: list[tuple[int, _Places]] = []
        for start in range(0, len(candidates), at_once):
            found.extend(_unique_sets(sides, candidates[start : start + at_once]))
        if found:
            return _evidence(plan, found)
    return None


def _look(sides: _Sides) -> tuple[dict[Side, int], _Places]:
    """The rows of each side, and the columns that have a value in every row of both."""
    usable = set(range(len(sides.plan.columns)))
    rows = dict.fromkeys(Side, 0)
    for side in Side:
        for frame in sides.batches(side, range(len(sides.plan.columns))):
            rows[side] += frame.height
            usable -= {place for place in usable if frame[carried(place)].null_count()}
    return rows, tuple(sorted(usable))


def _promising(sides: _Sides, sets: list[_Places], most_rows: int) -> list[_Places]:
    """The sets that the first rows of both sides do not rule out already."""
    for side in Side:
        places = sorted({place for one in sets for place in one})
        if places:
            rows = max(_SAMPLE_ROWS, most_rows // len(places))
            sets = _sieved(sides.batches(side, places), sets, places, rows)
    return sets


def _sieved(
    frames: Iterator[pl.DataFrame], sets: list[_Places], places: list[int], most_rows: int
) -> list[_Places]:
    """The sets that are unique in the first rows; few rows rule most out, and cost next to nothing."""
    hashes = {place: np.empty(0, np.uint64) for place in places}
    rows, wanted = 0, _SAMPLE_ROWS
    for frame in frames:
        for place, known in hashes.items():
            hashes[place] = np.concatenate([known, frame[carried(place)].hash(seed=_SEED).to_numpy()])
        rows += frame.height
        while sets and wanted <= rows:
            sets = _unique_in(hashes, sets, wanted)
            wanted *= _GROWTH
        if not sets or rows >= most_rows:
            break
    return _unique_in(hashes, sets, rows)


def _unique_in(hashes: dict[int, Hashes], sets: list[_Places], rows: int) -> list[_Places]:
    """The sets whose keys are all different in the first rows."""
    first = {place: hashes[place][:rows] for place in {place for one in sets for place in one}}
    distinct = {place: len(different(values)) for place, values in first.items()}
    return [
        one
        for one in sets
        if prod(distinct[place] for place in one) >= rows and not has_twice(_mixed(first, one))
    ]


def _mixed(hashes: dict[int, Hashes], places: _Places) -> Hashes:
    """One hash for the values at several places; the factors keep `a, b` apart from `b, a`."""
    mixed = hashes[places[0]].copy()
    for place in places[1:]:
        mixed *= _FACTOR
        mixed += hashes[place]
    return mixed


def _unique_sets(sides: _Sides, sets: list[_Places]) -> list[tuple[int, _Places]]:
    """The sets that are unique on both sides, with the number of keys common to both."""
    hashes = {side: _hashes(sides, side, sets) for side in Side}
    found = []
    for number, places in enumerate(sets):
        source, target = (np.sort(hashes[side][number]) for side in Side)
        if not any((one[1:] == one[:-1]).any() for one in (source, target)):
            found.append((len(np.intersect1d(source, target, assume_unique=True)), places))
    return found


def _hashes(sides: _Sides, side: Side, sets: list[_Places]) -> list[Hashes]:
    """A 64-bit hash of every key of every set; equal hashes can only rule a set out, never in."""
    parts: list[list[Hashes]] = [[] for _ in sets]
    for frame in sides.batches(side, (place for places in sets for place in places)):
        for number, places in enumerate(sets):
            parts[number].append(frame.select(map(carried, places)).hash_rows(seed=_SEED).to_numpy())
    return [np.concatenate(part) for part in parts]


def _evidence(plan: Plan, found: list[tuple[int, _Places]]) -> KeyEvidence:
    named = [(-common, tuple(plan.columns[place].name for place in places)) for common, places in found]
    most, names = min(named)
    others = len(found) - 1
    rest = f"; so {'is' if others == 1 else 'are'} {others} more of {len(names)}" if others else ""
    plural = len(names) > 1
    return KeyEvidence(
        columns=names,
        common_keys=-most,
        reason=(
            f"{' + '.join(names)} {'are together' if plural else 'is'} unique and never NULL on both sides, "
            f"with {-most:,} keys common to both{rest}."
        ),
    )


def _values(column: SideColumn, frame: pl.DataFrame, place: int) -> pl.Series:
    return column.key(frame[carried(place)]).alias(carried(place))
