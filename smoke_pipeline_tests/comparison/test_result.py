"""The arithmetic of a result, what is kept, and in which order."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import DifferenceKind, RowCounts, Verdict
from smoke_pipeline_tests.comparison.tables import compare_rows, compare_tables, fall


def test_the_score_is_measured_against_the_larger_side() -> None:
    counts = RowCounts(matched=122_500, source_only=2_500, target_only=5_000)

    assert counts.match_score == pytest.approx(96.0784, abs=1e-4)
    assert (counts.source, counts.target) == (125_000, 127_500)


def test_two_empty_sides_match_wholly() -> None:
    result = compare_rows([], [], columns=["id", "v"], key=("id",))

    assert (result.match_score, result.verdict) == (100.0, Verdict.PASSED)


def test_an_empty_side_matches_nothing() -> None:
    result = compare_rows([], [{"id": "1"}], columns=["id"])

    assert (fall(result), result.match_score, result.verdict) == ((0, 0, 0, 1), 0.0, Verdict.FAILED)


@given(st.integers(0, 10**18), st.integers(0, 10**18), st.decimals(0, 100, places=6))
def test_a_threshold_is_reached_without_rounding(matched: int, rest: int, threshold: Decimal) -> None:
    counts = RowCounts(matched=matched, source_only=rest)

    assert counts.reaches(threshold) == (100 * matched * 10**6 >= int(threshold * 10**6) * (matched + rest))


def test_one_row_of_ten_to_the_seventeen_keeps_a_test_from_passing() -> None:
    counts = RowCounts(matched=10**17 - 1, mismatched=1)

    assert counts.match_score == 100.0
    assert not counts.reaches(Decimal(100))


def test_a_threshold_is_the_decimal_that_was_written() -> None:
    rows = [{"id": str(number), "v": "x" if number else "y"} for number in range(1000)]
    target = [{**row, "v": "x"} for row in rows]

    assert compare_rows(rows, target, key=("id",), threshold=99.9).verdict is Verdict.PASSED
    assert compare_rows(rows, target, key=("id",), threshold="99.90001").verdict is Verdict.FAILED


def test_differences_come_by_key_then_by_column() -> None:
    source = [{"id": key, "b": "1", "a": "1"} for key in ("b", "\u00e4", "a", "B")]
    target = [{"id": key, "b": "2", "a": "2"} for key in ("\u00e4", "B", "b", "a")]

    result = compare_rows(source, target, key=("id",))

    assert [row.key for row in result.differences] == [("B",), ("a",), ("b",), ("\u00e4",)]
    assert [cell.column for cell in result.differences[0].cells] == ["a", "b"]
    assert (result.differences[0].source_row, result.differences[0].target_row) == (4, 2)


def test_number_keys_come_by_size_and_null_comes_first() -> None:
    keys = [10, -3, None, 9, 2**62]
    source = pa.table({"id": pa.array(keys, pa.int64()), "v": ["x"] * 5})
    target = pa.table({"id": pa.array(keys, pa.int64()).cast(pa.decimal128(38, 2)), "v": ["y"] * 5})

    for one, other in ((source, source.set_column(1, "v", target["v"])), (source, target)):
        result = compare_tables(one, other, key=("id",))

        assert [row.key[0] for row in result.differences] == [None, "-3", "9", "10", str(2**62)]


def test_the_first_differences_in_key_order_are_kept_and_all_are_counted() -> None:
    source = [{"id": f"{number:03}", "v": "x"} for number in range(300)]
    target = [{"id": f"{number:03}", "v": "y"} for number in range(299, 49, -1)]

    for most in (0, 1, 7, 249, 251, 1000):
        result = compare_rows(source, target, key=("id",), max_mismatches=most, chunk_rows=16)

        assert fall(result) == (0, 250, 50, 0)
        assert result.mismatch_by_column == {"v": 250}
        mismatched = [row.key[0] for row in result.differences if row.kind is DifferenceKind.MISMATCHED]
        assert mismatched == [f"{number:03}" for number in range(50, 300)][:most]
        assert len(result.differences) == min(most, 300)


def test_one_sided_rows_are_kept_whole() -> None:
    result = compare_rows([{"id": "1", "v": None}], [{"id": "2", "v": "x"}], key=("id",))

    assert [(row.kind, row.key, dict(row.values)) for row in result.differences] == [
        (DifferenceKind.SOURCE_ONLY, ("1",), {"id": "1", "v": None}),
        (DifferenceKind.TARGET_ONLY, ("2",), {"id": "2", "v": "x"}),
    ]


def test_values_are_shown_as_they_were_read() -> None:
    source = pa.table({"id": [1], "v": pa.array([Decimal("7.10")], pa.decimal128(9, 2))})
    target = pa.table({"id": ["1"], "v": [" 7.1"]})

    result = compare_tables(source, target, formats=("parquet", "csv"), key=("id",))

    cell = result.differences[0].cells[0]
    assert (cell.source, cell.target) == ("7.10", " 7.1")
