"""What is settled or refused before the first row is read."""

from typing import Any

import pyarrow as pa
import pytest

from smoke_pipeline.errors import (
    ColumnsDifferError,
    InvalidOptionError,
    KeyColumnMissingError,
    MemoryBudgetError,
    OptionError,
    UnknownColumnError,
    UnsupportedColumnTypeError,
)
from smoke_pipeline_tests.comparison.tables import compare_rows, compare_tables, fall

ROW = {"id": "1", "amount": "5"}


def test_the_order_of_columns_never_matters() -> None:
    assert fall(compare_rows([ROW], [dict(reversed(ROW.items()))], key=("id",))) == (1, 0, 0, 0)


def test_columns_that_differ_are_both_listed_with_likely_renames() -> None:
    with pytest.raises(ColumnsDifferError) as error:
        compare_rows_of(
            {"id": "1", "customer_name": "x", "a": "1"}, {"id": "1", "CustomerName": "x", "z": "1"}
        )

    assert error.value.context == {
        "only_source": ["customer_name", "a"],
        "only_target": ["CustomerName", "z"],
        "likely_renames": {"CustomerName": "customer_name"},
    }
    assert "--rename CustomerName=customer_name" in error.value.suggestions[0]


def test_what_both_sides_have_is_compared_where_that_was_asked_for() -> None:
    result = compare_rows_of({"id": "1", "a": "1"}, {"id": "1", "b": "1"}, columns="common", key=["id"])

    assert fall(result) == (1, 0, 0, 0)
    assert (result.columns.only_source, result.columns.only_target) == (("a",), ("b",))


def test_a_renamed_column_goes_by_the_name_of_the_source() -> None:
    result = compare_rows_of(
        {"id": "1", "amount": "5 "},
        {"id": "1", "betrag": "5"},
        key=["id"],
        renames={"betrag": "amount"},
        rules={"amount": ["trim"]},
    )

    assert fall(result) == (1, 0, 0, 0)
    assert result.columns.renamed == {"betrag": "amount"}


def test_columns_can_be_swapped_by_renaming() -> None:
    result = compare_rows_of(
        {"id": "1", "a": "x", "b": "y"}, {"id": "1", "b": "x", "a": "y"}, renames={"a": "b", "b": "a"}
    )

    assert fall(result) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        {"ignore_columns": ["x"]},
        {"ignore_target": ["x"], "ignore_source": ["y"]},
    ],
    ids=["both", "each"],
)
def test_ignored_columns_need_not_be_on_both_sides(options: dict[str, Any]) -> None:
    target = {"id": "1", "x": "1"}
    source = {"id": "1", "y": "1"} if "ignore_source" in options else {"id": "1"}

    assert fall(compare_rows_of(source, target, **options)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"key": ["ammount"]}, id="key"),
        pytest.param({"ignore_columns": ["ammount"]}, id="ignore"),
        pytest.param({"ignore_source": ["ammount"]}, id="ignore_source"),
        pytest.param({"ignore_target": ["ammount"]}, id="ignore_target"),
        pytest.param({"rules": {"ammount": ["trim"]}}, id="rule"),
        pytest.param({"renames": {"ammount": "amount"}}, id="rename, new"),
        pytest.param({"renames": {"amount": "ammount"}}, id="rename, old"),
    ],
)
def test_an_unknown_column_is_told_with_the_nearest_name(options: dict[str, Any]) -> None:
    with pytest.raises(UnknownColumnError, match="'ammount'") as error:
        compare_rows_of(ROW, ROW, **options)

    assert error.value.suggestions == ("Did you mean 'amount'?",)


def test_a_key_column_on_one_side_alone_is_named() -> None:
    with pytest.raises(KeyColumnMissingError, match="'n' is missing from the target"):
        compare_rows_of({"id": "1", "n": "1"}, {"id": "1"}, key=["n"], columns="common")


REFUSED = [
    ({"key": ["id", "id"]}, "twice"),
    ({"key": ["id"], "ignore_columns": ["id"]}, "ignored at once"),
    ({"ignore_columns": ["id", "amount"]}, "Every column is ignored"),
    ({"renames": {"amount": "id"}}, "more than one column named 'id'"),
    ({"threshold": 101}, "threshold"),
    ({"threshold": "abc"}, "threshold"),
    ({"threshold": "nan"}, "threshold"),
    ({"threshold": -1}, "threshold"),
    ({"max_mismatches": -1}, "max_mismatches"),
    ({"memory": "lots"}, "memory"),
    ({"treshold": 1}, "treshold"),
    ({"rules": {"amount": {"abs_tol": -1}}}, "abs_tol"),
    ({"rules": {"amount": {"abs_tol": "nan"}}}, "abs_tol"),
    ({"rules": {"amount": {"datetime": {"zone": "Mars/Base"}}}}, "Mars/Base"),
    ({"columns": "some"}, "columns"),
    ({"key": [2024]}, "valid string"),
    ({"rules": {2024: ["trim"]}}, "valid string"),
]


@pytest.mark.parametrize(("options", "words"), [pytest.param(*case, id=str(case[0])) for case in REFUSED])
def test_an_option_that_cannot_be_used_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOptionError, match=words):
        compare_rows_of(ROW, ROW, **options)


def test_a_budget_too_small_to_work_with_is_refused_before_any_work() -> None:
    with pytest.raises(MemoryBudgetError):
        compare_rows_of(ROW, ROW, memory="1MB")


def test_a_nested_column_is_refused_unless_it_is_left_out() -> None:
    table = pa.table({"id": [1], "tags": [["a", "b"]]})

    with pytest.raises(UnsupportedColumnTypeError, match="'tags'"):
        compare_tables(table, table, key=("id",))

    assert fall(compare_tables(table, table, key=("id",), ignore_columns=["tags"])) == (1, 0, 0, 0)


def test_every_name_is_legal_and_case_makes_another_column() -> None:
    names = [
        "_merge",
        "",
        "a,b",
        "\U0001f600",
        "v_df1",
        "ID",
        "id",
        "row",
        "c0",
        "occurrence",
        "value",
        "changed",
        "i",
    ]
    source = {name: str(number) for number, name in enumerate(names)}
    target = {**source, "ID": "x"}

    result = compare_rows_of(source, target, key=["id"])

    assert result.mismatch_by_column == {"ID": 1}


def test_two_hundred_columns_are_compared() -> None:
    source = {f"column {number}": str(number) for number in range(200)}

    result = compare_rows_of(source, {**source, "column 117": "x"}, key=["column 0"])

    assert result.mismatch_by_column == {"column 117": 1}


def test_every_option_error_is_an_option_error() -> None:
    with pytest.raises(OptionError):
        compare_rows_of(ROW, ROW, key=["nothing like it"])


def compare_rows_of(source: dict[str, str], target: dict[str, str], **options: Any) -> Any:
    """Compare one row with one row, each with columns of its own; `columns` is the option."""
    tables = [pa.table({name: [value] for name, value in row.items()}) for row in (source, target)]
    return compare_tables(*tables, formats=("csv", "csv"), **options)


def test_options_may_be_called_as_the_flags_are() -> None:
    source, target = {"id": "1", "a": "x ", "n": "1"}, {"id": "1", "b": "x", "n": "2"}

    result = compare_rows_of(source, target, key="id", ignore="n", rename={"b": "a"}, rule={"a": ["trim"]})

    assert fall(result) == (1, 0, 0, 0)
    assert result.key == ("id",)


def test_a_column_named_auto_can_be_the_key() -> None:
    row = {"auto": "1", "v": "x"}

    assert compare_rows_of(row, {**row, "v": "y"}, key=["auto"]).counts.mismatched == 1
