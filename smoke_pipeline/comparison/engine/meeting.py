"""Which rows of two sides are identical, by two hashes of each."""

import numpy as np
from numpy.typing import NDArray

from smoke_pipeline.snapshots.hashes import Hashes, has_twice

SEEDS = (101, 202)
"""Of the two hashes of a row; that they are independent is tested on the pinned version of polars."""

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
Pair = tuple[Hashes, Hashes]
"""The two hashes of some rows: two different rows share both with a probability of about 3e-39."""


def meet(source: Pair, target: Pair) -> tuple[Mask, Mask]:
    """Which rows of each side find a partner of the same two hashes, as multisets: the earlier ones first."""
    rows = len(source[0]), len(target[0])
    common = min(rows)
    beside = (source[0][:common] == target[0][:common]) & (source[1][:common] == target[1][:common])
    met = np.zeros(rows[0], np.bool_), np.zeros(rows[1], np.bool_)
    met[0][:common], met[1][:common] = beside, beside
    if beside.all() and rows[0] == rows[1]:
        return met
    rest = np.flatnonzero(~met[0]), np.flatnonzero(~met[1])
    sorted_out = _meet_sorted(
        (source[0][rest[0]], source[1][rest[0]]), (target[0][rest[1]], target[1][rest[1]])
    )
    for side in (0, 1):
        met[side][rest[side][sorted_out[side]]] = True
    return met


def pairs_of(source: Hashes, target: Hashes) -> tuple[Places, Places]:
    """The places of rows whose hash stands once on each side, in the order of the source."""
    if np.array_equal(source, target) and not has_twice(source):
        places = np.arange(len(source))
        return places, places
    hashes = np.concatenate([source, target])
    order = np.argsort(hashes)
    ordered = hashes[order]
    begins = np.ones(len(order) + 1, np.bool_)
    begins[1:-1] = ordered[1:] != ordered[:-1]
    twice = np.flatnonzero(begins[:-2] & ~begins[1:-1] & begins[2:])
    first, second = np.minimum(order[twice], order[twice + 1]), np.maximum(order[twice], order[twice + 1])
    is_pair = (first < len(source)) & (second >= len(source))
    ours, theirs = first[is_pair], second[is_pair] - len(source)
    in_order = np.argsort(ours)
    return ours[in_order], theirs[in_order]


def _meet_sorted(source: Pair, target: Pair) -> tuple[Mask, Mask]:
    """As `meet`, for rows that do not stand beside their partners.

    One hash sorts nearly everything into rows that stand alone and pairs of one row a side, and what is left
    is sorted by both.
    """
    rows = len(source[0])
    first, second = (np.concatenate(pair) for pair in zip(source, target, strict=True))
    is_met = np.zeros(len(first), np.bool_)
    order = np.argsort(first)
    ordered = first[order]
    like_next = np.zeros(len(order) + 1, np.bool_)
    like_next[1:-1] = ordered[1:] == ordered[:-1]
    begins_pair = ~like_next[:-1] & like_next[1:]
    begins_pair[: max(0, len(order) - 1)] &= ~like_next[2:]
    one = np.flatnonzero(begins_pair)
    pairs = order[one], order[one + 1]
    is_equal = (second[pairs[0]] == second[pairs[1]]) & ((pairs[0] < rows) != (pairs[1] < rows))
    for place in pairs:
        is_met[place[is_equal]] = True
    crowded = like_next[:-1] | like_next[1:]
    crowded[one] = crowded[one + 1] = False
    several = np.sort(order[crowded])
    is_met[several] = _meet_in_groups(first[several], second[several], several >= rows)
    return is_met[:rows], is_met[rows:]


def _meet_in_groups(first: Hashes, second: Hashes, is_target: Mask) -> Mask:
    """As `meet`, for the rows of both sides in one, the source's before the target's."""
    order = np.lexsort((second, first))  # stable: of equal rows the source's come first, each in its order
    starts_group = np.ones(len(order), np.bool_)
    starts_group[1:] = (first[order][1:] != first[order][:-1]) | (second[order][1:] != second[order][:-1])
    group = np.cumsum(starts_group) - 1
    theirs = np.bincount(group, is_target[order]).astype(np.int64)
    starts = np.flatnonzero(starts_group)
    ours = np.diff(np.append(starts, len(order))) - theirs
    place = np.arange(len(order)) - starts[group] - np.where(is_target[order], ours[group], 0)
    is_met = np.zeros(len(order), np.bool_)
    is_met[order] = place < np.minimum(ours, theirs)[group]
    return is_met
