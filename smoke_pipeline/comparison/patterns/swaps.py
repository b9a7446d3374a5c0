"""Cells of a row that hold each other's values: two columns that were swapped, or crossed on the way."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from smoke_pipeline.comparison.patterns.marks import Mask

_Hashes = npt.NDArray[np.uint64]
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
"""Odd numbers without a pattern in their bits."""


def partners(
    cells: Sequence[tuple[pl.Series, pl.Series]], differs: Sequence[pl.Series]
) -> list[pl.Series | None]:
    """For each column and row, the first column with which the cell is swapped; NULL where there is none.

    Two cells are swapped if both differ, and each holds on the source side what the other holds on the target
    side. Values are told apart by hashes of 64 bits.

    Args:
        cells: The texts of the source and of the target, column by column.
        differs: Which rows differ, column by column.

    Returns:
        Places among the columns; None for a column that has no swapped cell.
    """
    found: list[pl.Series | None] = [None] * len(cells)
    if len(cells) < 2:
        return found
    pairs, is_turned = _hashed(cells, differs)
    rows = _rows_with_equals(pairs)
    if not len(rows):
        return found
    crossed = _crossed(pairs[rows], is_turned[rows], np.array([mask.gather(rows) for mask in differs]).T)
    for (place,), group in crossed.partition_by("place", as_dict=True).items():
        where = pl.Series(rows).gather(group["row"])
        empty = pl.repeat(None, len(differs[place]), dtype=pl.UInt32, eager=True)
        found[place] = empty.scatter(where, group["partner"])
    return found


def _hashed(
    cells: Sequence[tuple[pl.Series, pl.Series]], differs: Sequence[pl.Series]
) -> tuple[_Hashes, Mask]:
    """For each row and column a hash of its two values in whichever order, and in which order they stand.

    Where a cell does not differ, or is shown alike on both sides, stands a number of the column alone.
    """
    rows = len(differs[0])
    pairs = np.empty((rows, len(cells)), dtype=np.uint64)
    is_turned = np.zeros((rows, len(cells)), dtype=bool)
    alone = np.random.default_rng(11).integers(0, 2**63, len(cells), dtype=np.uint64)
    for place, ((source, target), mask) in enumerate(zip(cells, differs, strict=True)):
        ours, theirs = source.hash(seed=1).to_numpy(), target.hash(seed=1).to_numpy()
        both = np.minimum(ours, theirs) * _FACTORS[0] + np.maximum(ours, theirs) * _FACTORS[1]
        pairs[:, place] = np.where(mask.to_numpy() & (ours != theirs), both, alone[place])
        is_turned[:, place] = ours > theirs
    return pairs, is_turned


def _rows_with_equals(pairs: _Hashes) -> npt.NDArray[np.intp]:
    in_order = np.sort(pairs, axis=1)
    return np.flatnonzero((in_order[:, 1:] == in_order[:, :-1]).any(axis=1))


def _crossed(pairs: _Hashes, is_turned: Mask, differs: Mask) -> pl.DataFrame:
    """The cells that stand both ways round in their row: `row`, `place` and the `partner`'s place."""
    row, place = np.nonzero(differs)
    cells = pl.DataFrame(
        {"row": row, "place": place, "pair": pairs[row, place], "is_turned": is_turned[row, place]},
        schema_overrides={"row": pl.UInt32, "place": pl.UInt32},
    )
    first = pl.col("place").filter("is_turned").min(), pl.col("place").filter(~pl.col("is_turned")).min()
    groups = cells.group_by("row", "pair").agg(turned=first[0], straight=first[1])
    partner = pl.when("is_turned").then("straight").otherwise("turned")
    return (
        cells.join(groups.drop_nulls(), on=["row", "pair"], how="inner")
        .select("row", "place", partner=partner)
        .sort("place", "row")
    )
