"""In which order differing rows are kept, and that the first in that order are."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.errors import InvalidOptionError, UnknownColumnError
from smoke_pipeline_tests.comparison.tables import compare_rows, compare_tables, text_table

TEXTS = st.sampled_from([None, "a", "b", "B", "ä", "10", "9"])
ROW = st.fixed_dictionaries({"v": TEXTS, "w": TEXTS})
SIDE = st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5", "6", "7"]), ROW, max_size=7)


def keyed(rows):
    return [{"k": key, **row} for key, row in rows.items()]


def keys_of(result: ComparisonResult) -> list[str | None]:
    return [difference.key[0] for difference in result.differences]


def nulls_first(value: str | None) -> tuple[bool, str]:
    return (value is not None, value or "")


def shown(difference: RowDifference) -> tuple[object, ...]:
    return (difference.kind, difference.key, difference.cells, tuple(difference.values.items()))


def test_differences_stand_in_the_order_that_was_asked_for():
    source = [
        {"k": "1", "day": "c", "v": "x"},
        {"k": "2", "day": "a", "v": "x"},
        {"k": "3", "day": "b", "v": "x"},
    ]
    target = [{**row, "v": "y"} for row in source]

    assert keys_of(compare_rows(source, target, key="k")) == ["1", "2", "3"]
    assert keys_of(compare_rows(source, target, key="k", sort_by="day")) == ["2", "3", "1"]


def test_the_first_in_that_order_are_kept():
    source = [{"k": str(number), "day": chr(200 - number), "v": "x"} for number in range(100)]
    target = [{**row, "v": "y"} for row in source]

    kept = compare_rows(source, target, key="k", sort_by="day", max_mismatches=3)

    assert keys_of(kept) == ["99", "98", "97"]
    assert kept.counts.mismatched == 100


def test_numbers_are_sorted_by_size_and_texts_by_code_point():
    rows = [{"k": key, "amount": amount} for key, amount in (("a", "10"), ("b", "9"), ("c", "-1"))]
    empty = text_table([], ["k", "amount"])
    numbers = pa.table({"k": ["a", "b", "c"], "amount": pa.array([10, 9, -1])})

    as_text = compare_tables(text_table(rows), empty, key="k", sort_by="amount")
    under_rule = compare_tables(
        text_table(rows), empty, key="k", sort_by="amount", rules={"amount": ["numeric"]}
    )
    typed = compare_tables(numbers, numbers.slice(0, 0), key="k", sort_by="amount")

    assert keys_of(as_text) == ["c", "a", "b"]
    assert keys_of(under_rule) == keys_of(typed) == ["c", "b", "a"]


def test_rows_alike_in_the_sorted_columns_stand_by_key():
    source = [{"k": key, "day": "a", "v": "x"} for key in ("3", "1", "2")]
    target = [{**row, "v": "y"} for row in source]

    assert keys_of(compare_rows(source, target, key="k", sort_by="day")) == ["1", "2", "3"]


def test_whole_rows_can_be_sorted_too():
    source = [{"a": "1", "b": "z"}, {"a": "2", "b": "y"}]

    found = compare_rows(source, [], columns=["a", "b"], sort_by=["b"])

    assert [difference.values["a"] for difference in found.differences] == ["2", "1"]


@settings(max_examples=60, deadline=None)
@given(source=SIDE, target=SIDE, seed=st.integers(0, 9), most=st.integers(0, 5))
def test_what_is_kept_is_the_beginning_of_what_could_be_whatever_the_order_of_the_rows(
    source, target, seed, most
):
    columns = ["k", "v", "w"]
    options = {"columns": columns, "key": "k", "sort_by": ["w", "v"]}
    shuffled = [random.Random(seed).sample(rows, len(rows)) for rows in (keyed(source), keyed(target))]

    whole = compare_rows(keyed(source), keyed(target), **options)
    first = compare_rows(*shuffled, **options, max_mismatches=most, chunk_rows=2)

    mismatched = [one for one in whole.differences if one.kind is DifferenceKind.MISMATCHED][:most]
    others = [one for one in whole.differences if one.kind is not DifferenceKind.MISMATCHED]
    expected = {shown(one) for one in (*mismatched, *others[: most - len(mismatched)])}
    assert [shown(one) for one in first.differences] == [
        shown(one) for one in whole.differences if shown(one) in expected
    ]


@settings(max_examples=60, deadline=None)
@given(source=SIDE, target=SIDE)
def test_the_order_is_that_of_the_values_then_that_of_the_keys(source, target):
    found = compare_rows(
        keyed(source), keyed(target), columns=["k", "v", "w"], key="k", sort_by=["w", "v"], csv_empty="exact"
    )

    def place(difference: RowDifference) -> list[tuple[bool, str]]:
        key = str(difference.key[0])
        row = target[key] if difference.kind is DifferenceKind.TARGET_ONLY else source[key]
        return [nulls_first(row["w"]), nulls_first(row["v"]), nulls_first(key)]

    assert [place(one) for one in found.differences] == sorted(map(place, found.differences))


def test_a_misspelled_column_is_an_error_with_the_nearest_name():
    with pytest.raises(UnknownColumnError, match="'dya'") as error:
        compare_rows([{"k": "1", "day": "a"}], [{"k": "1", "day": "a"}], key="k", sort_by="dya")

    assert error.value.suggestions == ("Did you mean 'day'?",)


def test_a_column_that_is_left_out_cannot_be_sorted_by():
    with pytest.raises(InvalidOptionError, match="'day'"):
        compare_rows(
            [{"k": "1", "day": "a"}], [{"k": "1", "day": "a"}], key="k", sort_by="day", ignore_columns="day"
        )
