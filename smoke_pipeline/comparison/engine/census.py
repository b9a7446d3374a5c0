"""Which keys stand on several rows of a side: found by hash over all rows, then listed by their values."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from smoke_pipeline.comparison.columns import key_frame, shown_key_frame
from smoke_pipeline.comparison.engine.deal import Deal, Records
from smoke_pipeline.comparison.findings.keeper import Keeper, Key, shown_name
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.pairing.alignment import repeated_keys
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.hashes import different
from smoke_pipeline.snapshots.manifest import Side

_SEED = 303
_HASH = np.dtype(np.uint64)
_SIDE = "side"


class Census:
    """Counts every row by the hash of its key; to be used with `with`."""

    def __init__(self, memory_bytes: int, folder: Path | None) -> None:
        self._limit = memory_bytes
        self._own = {side: Deal(_HASH, _itself, memory_bytes, folder) for side in Side}
        self._shared = Deal(_HASH, _itself, memory_bytes, folder)

    def __enter__(self) -> "Census":
        return self

    def __exit__(self, *_error: object) -> None:
        for deal in self._deals:
            deal.close()

    def add(self, side: Side, hashes: Records) -> None:
        """Count more rows of a side."""
        self._own[side].add(hashes)
        self._keep_within_limit()

    def add_both(self, hashes: Records) -> None:
        """Count rows that stand on both sides."""
        self._shared.add(hashes)
        self._keep_within_limit()

    def repeated(self) -> Records:
        """The hashes that stand on several rows of a side; hardly ever one of two different keys."""
        if any(deal.is_spilled for deal in self._deals):
            for deal in self._deals:
                deal.spill()
        found = [np.empty(0, _HASH)]
        for ours, theirs, shared in zip(*(deal.parts() for deal in self._deals), strict=True):
            found.extend(_twice(np.concatenate([own, shared])) for own in (ours, theirs) if len(own))
            if not (len(ours) and len(theirs)):  # a side has no rows but the shared ones
                found.append(_twice(shared))
        return different(np.concatenate(found))

    def _keep_within_limit(self) -> None:
        """What all three hold counts together; that of one kind of rows may be nearly all of it."""
        if sum(deal.held_bytes for deal in self._deals) > self._limit:
            for deal in self._deals:
                deal.spill()

    @property
    def _deals(self) -> tuple[Deal, ...]:
        return (*self._own.values(), self._shared)


def key_hashes(frame: pl.DataFrame, plan: Plan, side: Side) -> Records:
    """A hash of the key of each row of a frame."""
    hashes: Records = key_frame(frame, plan, side).hash_rows(seed=_SEED).to_numpy()
    return hashes


def list_groups(
    chunks: Iterable[tuple[pl.DataFrame, pl.DataFrame]],
    plan: Plan,
    tally: Tally,
    keeper: Keeper,
    *,
    approximate: frozenset[Key],
) -> None:
    """Count the repeated keys and keep the first of them.

    Args:
        chunks: The keys of both sides, at least of all rows whose key is repeated; a key in one chunk only.
        plan: What a key is.
        tally: Takes the counts.
        keeper: Takes the groups.
        approximate: Keys of groups too large for the best pairing.
    """
    for source, target in chunks:
        keys = key_frame(source, plan, Side.SOURCE), key_frame(target, plan, Side.TARGET)
        repeated = repeated_keys(*keys)
        tally.duplicate_groups += repeated.height
        tally.duplicates_source += _beyond_first(repeated["source rows"])
        tally.duplicates_target += _beyond_first(repeated["target rows"])
        spelled = _spelled(keys, plan, (source, target))
        keeper.repeated(repeated, spelled, approximate)


def _spelled(
    keys: tuple[pl.DataFrame, pl.DataFrame], plan: Plan, frames: tuple[pl.DataFrame, pl.DataFrame]
) -> pl.DataFrame:
    """Each key once, with how a person reads it: the first spelling of the source, else of the target.

    First is the least by value, so that the order of the rows plays no part.
    """
    sides = []
    for number, (key, frame, side) in enumerate(zip(keys, frames, Side, strict=True)):
        shown = shown_key_frame(frame, plan, side).rename(shown_name)
        sides.append(key.hstack(shown).unique().with_columns(pl.lit(number).alias(_SIDE)))
    both = pl.concat(sides)
    order = [_SIDE, *map(shown_name, keys[0].columns)]
    return both.sort(order).unique(keys[0].columns, keep="first").drop(_SIDE)


def _itself(hashes: Records) -> Records:
    return hashes


def _twice(hashes: Records) -> Records:
    """The values that stand more than once; sorts in place, which needs no memory to speak of."""
    hashes.sort()
    found: Records = hashes[1:][hashes[1:] == hashes[:-1]]
    return found


def _beyond_first(counts: pl.Series) -> int:
    return int((counts.cast(pl.Int64) - 1).clip(lower_bound=0).sum())
