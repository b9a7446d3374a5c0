"""Which keys stand on several rows of a side: found by hash over all rows, then listed by their values."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from smoke_pipeline.comparison.columns import ROW, carried, key_frame, shown_key_frame
from smoke_pipeline.comparison.engine.spool import Spool
from smoke_pipeline.comparison.findings.keeper import Keeper, Key, shown_name
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.pairing.alignment import repeated_keys
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

_SEED = 303
_HASH = "hash"
_SIDE = "side"


class Census:
    """Counts every row by the hash of its key; to be used with `with`."""

    def __init__(self, plan: Plan, memory_bytes: int, folder: Path | None) -> None:
        self._plan = plan
        self._hashes = Spool(lambda frame, _side: frame, memory_bytes, folder)

    def __enter__(self) -> "Census":
        return self

    def __exit__(self, *_error: object) -> None:
        self._hashes.close()

    def add(self, side: Side, frame: pl.DataFrame) -> None:
        """Count more rows of a side."""
        self._hashes.add(side, self._hashed(frame, side).to_frame(_HASH))

    def repeated(self) -> pl.Series:
        """The hashes that stand on several rows of a side; hardly ever one of two different keys."""
        found = [_twice(frame[_HASH]) for chunk in self._hashes.chunks() for frame in chunk]
        return pl.Series(_HASH, np.unique(np.concatenate(found)), dtype=pl.UInt64)

    def suspects(self, frame: pl.DataFrame, side: Side, repeated: pl.Series) -> pl.DataFrame:
        """The keys of those rows whose hash is a repeated one."""
        columns = [ROW, *(carried(place) for place in self._plan.aligning_places)]
        return frame.filter(self._hashed(frame, side).is_in(repeated.implode())).select(columns)

    def _hashed(self, frame: pl.DataFrame, side: Side) -> pl.Series:
        return key_frame(frame, self._plan, side).hash_rows(seed=_SEED)


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


def _twice(hashes: pl.Series) -> NDArray[np.uint64]:
    """The values that stand more than once; sorting in place needs no memory to speak of."""
    values = np.array(hashes.to_numpy())
    values.sort()
    return np.asarray(values[1:][values[1:] == values[:-1]])


def _beyond_first(counts: pl.Series) -> int:
    return int((counts.cast(pl.Int64) - 1).clip(lower_bound=0).sum())
