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
_MOST_SIEVED = 128_000
"""More rows rule out next to nothing beyond what these do, and every set is held to all rows in the end."""
_GROWTH = 4
"""How much longer each look at the first rows is than the one before."""
_SEED = 7_301
_SHARE = 4
"""Hashes get one part in so many of the memory."""
_HASH_BYTES = 8
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
    usable = _usable(sides)
    for size in range(1, LARGEST_KEY + 1):
        left = _promising(sides, list(combinations(usable, size)), memory_bytes // _SHARE // _HASH_BYTES)
        found: list[tuple[int, _Places]] = []
        while left:
            more, left = _unique_sets(sides, left, memory_bytes // _SHARE)
            found.extend(more)
        if found:
            return _evidence(plan, found)
    return None


def _usable(sides: _Sides) -> _Places:
    """The columns that have a value in each of the first rows of both sides."""
    usable = set(range(len(sides.plan.columns)))
    for side in Side:
        rows = 0
        for frame in sides.batches(side, range(len(sides.plan.columns))):
            usable -= {place for place in usable if frame[carried(place)].null_count()}
            rows += frame.height
            if rows >= _SAMPLE_ROWS:
                break
    return tuple(sorted(usable))


def _promising(sides: _Sides, sets: list[_Places], most_rows: int) -> list[_Places]:
    """The sets that the first rows of both sides do not rule out already."""
    for side in Side:
        places = sorted({place for one in sets for place in one})
        if places:
            rows = max(_SAMPLE_ROWS, min(most_rows // len(places), _MOST_SIEVED))
            sets = _sieved(sides.batches(side, places), sets, places, rows)
    return sets


def _sieved(
    frames: Iterator[pl.DataFrame], sets: list[_Places], places: list[int], most_rows: int
) -> list[_Places]:
    """The sets that are unique in the first rows; few rows rule most out, and cost next to nothing."""
    parts: dict[int, list[Hashes]] = {place: [] for place in places}
    rows, wanted = 0, _SAMPLE_ROWS
    for frame in frames:
        for place, part in parts.items():
            part.append(frame[carried(place)].hash(seed=_SEED).to_numpy())
        rows += frame.height
        while sets and wanted <= rows:
            sets = _unique_in(parts, sets, wanted)
            wanted *= _GROWTH
        if not sets or rows >= most_rows:
            break
    return _unique_in(parts, sets, rows)


def _unique_in(parts: dict[int, list[Hashes]], sets: list[_Places], rows: int) -> list[_Places]:
    """The sets whose keys are all different in the first rows."""
    none = np.empty(0, np.uint64)
    first = {
        place: np.concatenate([none, *parts[place]])[:rows]
        for place in {place for one in sets for place in one}
    }
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


def _unique_sets(
    sides: _Sides, sets: list[_Places], most_bytes: int
) -> tuple[list[tuple[int, _Places]], list[_Places]]:
    """The sets that identify every row of both sides, with the number of keys common to both.

    Those for which there is no room come back, for another look.
    """
    keys = {side: _Keys(sets) for side in Side}
    for side in Side:
        for frame in sides.batches(side, {place for places in keys[side].sets for place in places}):
            keys[side].add(frame)
            while sum(one.bytes for one in keys.values()) > most_bytes and len(keys[side].sets) > 1:
                last = keys[side].sets[-1]
                for one in keys.values():
                    one.drop(last)
        keys[side.other].keep(keys[side].sets)
    found = []
    if min(one.rows for one in keys.values()) >= _FEWEST_ROWS:
        for places in keys[Side.SOURCE].sets:
            source, target = (np.sort(np.concatenate(keys[side].parts[places])) for side in Side)
            if not any((one[1:] == one[:-1]).any() for one in (source, target)):
                found.append((len(np.intersect1d(source, target, assume_unique=True)), places))
    dropped = [places for places in sets if any(places in one.dropped for one in keys.values())]
    return found, dropped


class _Keys:
    """A 64-bit hash of every key of every set, of one side; equal hashes can only rule a set out."""

    def __init__(self, sets: list[_Places]) -> None:
        self.parts: dict[_Places, list[Hashes]] = {places: [] for places in sets}
        self.dropped: set[_Places] = set()
        self.rows = 0

    @property
    def sets(self) -> list[_Places]:
        """The sets that are still looked at."""
        return list(self.parts)

    @property
    def bytes(self) -> int:
        """How much memory the hashes take."""
        return self.rows * _HASH_BYTES * len(self.parts)

    def add(self, frame: pl.DataFrame) -> None:
        """Take more rows; a set with a NULL in one of its columns identifies nothing."""
        self.rows += frame.height
        for places, parts in list(self.parts.items()):
            key = frame.select(map(carried, places))
            if sum(key.null_count().row(0)):
                del self.parts[places]
            else:
                parts.append(key.hash_rows(seed=_SEED).to_numpy())

    def drop(self, places: _Places) -> None:
        """Leave a set for another look."""
        if self.parts.pop(places, None) is not None:
            self.dropped.add(places)

    def keep(self, sets: list[_Places]) -> None:
        """Forget all other sets."""
        self.parts = {places: self.parts[places] for places in sets if places in self.parts}


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
