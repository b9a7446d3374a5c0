"""Identical rows meet while they are read, and nothing else does."""

import random
from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.comparison.engine.meeting import SEEDS, meet
from smoke_pipeline_tests.comparison.tables import compare_rows, fall

HASHES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12)


@given(HASHES, HASHES)
def test_rows_meet_as_multisets_and_the_earlier_ones_first(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    sides = [
        (np.array([one for one, _ in rows], np.uint64), np.array([two for _, two in rows], np.uint64))
        for rows in (ours, theirs)
    ]

    met = meet(*sides)

    common = Counter(ours) & Counter(theirs)
    for rows, mask in zip((ours, theirs), met, strict=True):
        assert Counter(row for row, is_met in zip(rows, mask, strict=True) if is_met) == common


def test_the_two_hashes_of_a_row_are_independent() -> None:
    rows = pl.DataFrame({"a": [f"{number}" for number in range(200_000)], "b": ["x"] * 200_000})
    one, two = (rows.hash_rows(seed=seed).to_numpy() for seed in SEEDS)

    for shift in (0, 8, 24, 48):
        low = (one >> np.uint64(shift)) & np.uint64(0xFF), (two >> np.uint64(shift)) & np.uint64(0xFF)
        together = np.bincount((low[0] * np.uint64(256) + low[1]).astype(np.int64), minlength=65_536)
        expected = len(rows) / 65_536
        chi_square = float(((together - expected) ** 2 / expected).sum())

        assert abs(chi_square - 65_535) < 6 * (2 * 65_535) ** 0.5


def test_rows_in_the_same_order_leave_no_residue_but_the_differing_ones() -> None:
    source = [{"k": str(number), "v": "x"} for number in range(1000)]
    target = [*source[:300], {"k": "new", "v": "x"}, *source[300:700], *source[701:]]

    result = compare_rows(source, target, key=("k",), chunk_rows=64)

    assert fall(result) == (999, 0, 1, 1)
    assert result.engine.residue_rows == 2


def test_rows_in_another_order_give_the_same_answer() -> None:
    source = [{"k": str(number), "v": str(number % 7)} for number in range(3000)]
    target = [{**row, "v": "changed"} if row["k"] == "5" else row for row in source]
    random.Random(1).shuffle(target)

    result = compare_rows(source, target, key=("k",), chunk_rows=50)

    assert fall(result) == (2999, 1, 0, 0)


def test_readings_of_rows_that_met_are_counted() -> None:
    import pyarrow as pa

    from smoke_pipeline_tests.comparison.tables import compare_tables

    source = pa.table({"k": ["1", "2"], "v": ["7", None]})
    target = pa.table({"k": ["1", "2"], "v": pa.array([7, None], pa.int64())})

    result = compare_tables(source, target, formats=("csv", "parquet"), key=("k",))

    assert result.engine.residue_rows == 0
    assert result.equal_under_rule == {"v": {"read_as_type": 1}}
