"""The rows of repeated keys: equal rows first, then the pairing in which the fewest cells differ."""

from collections import defaultdict
from dataclasses import dataclass
from operator import ne

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import exact_frame, ruled_frame, side_columns
from smoke_pipeline.comparison.pairing.alignment import Alignment, align_equal, align_equal_in_order
from smoke_pipeline.comparison.pairing.assignment import Costs, cheapest_pairs
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.rules import Tolerance
from smoke_pipeline.snapshots.manifest import Side

EXACT_UP_TO = 200
"""Left-over rows of one key on a side up to which the pairing is the best one."""

_FEW_PAIRS = 16
_Key = tuple[object, ...]
_Row = tuple[tuple[bool, str], ...]
"""A row's canonical values, NULL first."""
_Frames = tuple[pl.DataFrame, pl.DataFrame]
_Pairs = tuple[pl.Series, pl.Series]


@dataclass(frozen=True, slots=True)
class PairedGroups:
    """How the rows of repeated keys were paired."""

    equal: tuple[Alignment, ...]
    """Pairs of identical rows, then pairs of rows equal under the rules."""
    changed: Alignment
    """Pairs that are left, and rows without a partner."""
    approximate: pl.Series
    """One row of the source for each group too large for the best pairing."""


class Groups:
    """Pairs the rows of repeated keys."""

    def __init__(self, plan: Plan) -> None:
        self._columns = {side: side_columns(plan, side) for side in Side}
        self._has_rules = any(column.forgiveness.has_rules for column in plan.columns)
        self._tolerances = {
            place: column.forgiveness.tolerance
            for place, column in enumerate(plan.columns)
            if column.forgiveness.tolerance and column.name not in plan.key
        }

    def equal_rows(self, source: pl.DataFrame, target: pl.DataFrame) -> tuple[Alignment, Alignment]:
        """Pair identical rows, and of the rest those equal under the rules; places count from the frames."""
        exact = self._exact(source, Side.SOURCE), self._exact(target, Side.TARGET)
        first = align_equal(*exact)
        if not self._has_rules:
            nobody = pl.Series([], dtype=pl.UInt32)
            return first, Alignment(nobody, nobody, first.source_rest, first.target_rest)
        rest = source[first.source_rest], target[first.target_rest]
        ruled = self._ruled(rest[0], Side.SOURCE), self._ruled(rest[1], Side.TARGET)
        second = align_equal_in_order(*ruled, exact[0][first.source_rest], exact[1][first.target_rest])
        return first, Alignment(
            first.source_rest.gather(second.source),
            first.target_rest.gather(second.target),
            first.source_rest.gather(second.source_rest),
            first.target_rest.gather(second.target_rest),
        )

    def pair(
        self, source: pl.DataFrame, target: pl.DataFrame, source_keys: pl.DataFrame, target_keys: pl.DataFrame
    ) -> PairedGroups:
        """Pair all rows of repeated keys; the keys stand row by row beside the frames."""
        first, second = self.equal_rows(source, target)
        places = second.source_rest, second.target_rest
        keys = source_keys[places[0]], target_keys[places[1]]
        sizes = _larger_sizes(*keys)
        is_large = sizes["rows"] > EXACT_UP_TO
        large = _places_of(keys, sizes.filter(is_large).drop("rows"))
        small = _places_of(keys, sizes.filter(~is_large).drop("rows"))
        pairs = [
            pair(
                (keys[0][some[0]], keys[1][some[1]]),
                (
                    self._sortable(source[places[0].gather(some[0])], Side.SOURCE),
                    self._sortable(target[places[1].gather(some[1])], Side.TARGET),
                ),
            )
            for pair, some in ((_zipped, large), (self._pair_small, small))
        ]
        one, other = (
            pl.concat(
                [some[side].gather(pair[side]) for pair, some in zip(pairs, (large, small), strict=True)]
            )
            for side in (0, 1)
        )
        changed = Alignment(
            places[0].gather(one),
            places[1].gather(other),
            places[0].gather(_without(one, len(places[0]))),
            places[1].gather(_without(other, len(places[1]))),
        )
        return PairedGroups((first, second), changed, _one_of_each(keys[0], large[0], places[0]))

    def _pair_small(self, keys: _Frames, sortable: _Frames) -> _Pairs:
        """Pair rows of keys that few rows have, as well as can be."""
        rows = [
            [tuple((v is not None, v or "") for v in row) for row in side.iter_rows()] for side in sortable
        ]
        pairs: list[tuple[int, int]] = []
        for ours, theirs in _by_key(*keys).values():
            pairs.extend(self._pair_group(ours, theirs, (rows[0], rows[1])))
        one, other = ([pair[side] for pair in pairs] for side in (0, 1))
        return pl.Series(one, dtype=pl.UInt32), pl.Series(other, dtype=pl.UInt32)

    def _pair_group(
        self, ours: list[int], theirs: list[int], rows: tuple[list[_Row], list[_Row]]
    ) -> list[tuple[int, int]]:
        ours = sorted(ours, key=rows[0].__getitem__)
        theirs = sorted(theirs, key=rows[1].__getitem__)
        one, other = [rows[0][place] for place in ours], [rows[1][place] for place in theirs]
        if (len(other), other) < (len(one), one):  # the result must not depend on which side is the source
            found = [(line, column) for column, line in cheapest_pairs(self._costs(other, one))]
        else:
            found = cheapest_pairs(self._costs(one, other))
        return [(ours[line], theirs[column]) for line, column in found]

    def _costs(self, one: list[_Row], other: list[_Row]) -> Costs:
        """How many cells differ, for each row of `one` with each of `other`."""
        width = len(self._columns[Side.SOURCE])
        if len(one) * len(other) <= _FEW_PAIRS and not self._tolerances:
            return np.array([[sum(map(ne, row[:width], its[:width])) for its in other] for row in one])
        costs = np.zeros((len(one), len(other)), np.int64)
        for place in range(width):
            known: dict[object, int] = {}
            left = np.array([known.setdefault(row[place], len(known)) for row in one])
            right = np.array([known.setdefault(row[place], len(known)) for row in other])
            differs = left[:, None] != right[None, :]
            if tolerance := self._tolerances.get(place):
                _forgive(differs, list(known), left, right, tolerance)
            costs += differs
        return costs

    def _exact(self, frame: pl.DataFrame, side: Side) -> pl.DataFrame:
        return exact_frame(frame, self._columns[side])

    def _ruled(self, frame: pl.DataFrame, side: Side) -> pl.DataFrame:
        return ruled_frame(frame, self._columns[side])

    def _sortable(self, frame: pl.DataFrame, side: Side) -> pl.DataFrame:
        """Each row's values under the rules, and then as they are, to settle the order of equal ones."""
        values = self._ruled(frame, side)
        if not self._has_rules:
            return values
        own = [
            column.text(frame[name]).alias(f"own {name}")
            for column, name in zip(self._columns[side], values.columns, strict=True)
        ]
        return values.hstack(own)


def _zipped(keys: _Frames, sortable: _Frames) -> _Pairs:
    """Pair the rows of each key in the order of their values; natively, however many rows a key has."""
    found = align_equal_in_order(*keys, *sortable)
    return found.source, found.target


def _larger_sizes(source: pl.DataFrame, target: pl.DataFrame) -> pl.DataFrame:
    """The keys that both sides have, with the number of `rows` on the side that has more."""
    on = source.columns
    ours, theirs = source.group_by(on).len("rows"), target.group_by(on).len("rows of the target")
    both = ours.join(theirs, on=on, how="inner", nulls_equal=True)
    return both.select(*on, pl.max_horizontal("rows", "rows of the target"))


def _places_of(keys: _Frames, wanted: pl.DataFrame) -> _Pairs:
    """The places on both sides of the rows of some keys, in order."""
    one, other = (
        key.with_row_index("place")
        .join(wanted, on=wanted.columns, how="semi", nulls_equal=True)["place"]
        .sort()
        for key in keys
    )
    return one, other


def _one_of_each(keys: pl.DataFrame, some: pl.Series, places: pl.Series) -> pl.Series:
    """One row for each key that stands at some of the places."""
    return places.gather(keys[some].with_columns(some.alias("place")).unique(keys.columns)["place"].sort())


def _forgive(
    differs: np.ndarray, values: list[object], left: np.ndarray, right: np.ndarray, tolerance: Tolerance
) -> None:
    """Take back the differences that the tolerance forgives."""
    for line, column in np.argwhere(differs):
        one, other = values[left[line]], values[right[column]]
        texts = [value[1] if value[0] else None for value in (one, other)]
        if tolerance.decides(texts[0], texts[1]):
            differs[line, column] = False


def _by_key(source: pl.DataFrame, target: pl.DataFrame) -> dict[_Key, tuple[list[int], list[int]]]:
    groups: dict[_Key, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, keys in enumerate((source, target)):
        for place, key in enumerate(keys.iter_rows()):
            groups[key][side].append(place)
    return groups


def _without(places: pl.Series, rows: int) -> pl.Series:
    is_free = pl.repeat(value=True, n=rows, dtype=pl.Boolean, eager=True)
    return is_free.scatter(places, values=False).arg_true()
