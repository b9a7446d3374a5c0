"""The differences of the data are those it is said to have."""

import json

import pytest

from benchmarks.contenders import KEY, of_whole_rows, without
from benchmarks.data import make_pair
from benchmarks.false_pass.ours import compare
from benchmarks.false_pass.written import Pair

ROWS = 4_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statements")
    make_pair(folder, ROWS)
    return folder, json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def found_in(folder, target: str, key: tuple[str, ...] = (KEY,)) -> dict:
    source = folder / ("source.parquet" if target.endswith(".parquet") else "source.csv")
    found = compare(Pair(source=source, target=folder / target, key=key))
    return {
        "rows_source": found.matched + found.mismatched + found.source_only,
        "rows_target": found.matched + found.mismatched + found.target_only,
        "mismatched": found.mismatched,
        "source_only": found.source_only,
        "target_only": found.target_only,
        "mismatch_by_column": dict(found.by_column),
    }


@pytest.mark.parametrize(
    "target", ["target.csv", "shuffled.csv", "semicolon.csv", "semicolon_shuffled.csv", "target.parquet"]
)
def test_the_changed_rows_are_as_many_as_is_said(made, target):
    folder, expected = made

    assert found_in(folder, target) == expected["target"]


@pytest.mark.parametrize("target", ["drifted.csv", "drifted_shuffled.csv"])
def test_where_every_row_differs_every_row_does(made, target):
    folder, expected = made

    assert found_in(folder, target) == expected["drifted"]
    assert expected["drifted"]["mismatched"] == ROWS


def test_without_a_key_a_changed_row_is_on_both_sides(made):
    folder, expected = made

    assert found_in(folder, "shuffled.csv", key=()) == of_whole_rows(expected["target"])


def test_without_the_drifting_column_nothing_differs(made):
    _, expected = made

    truth = without(expected["drifted"], "closing_balance")

    assert (truth["mismatched"], truth["mismatch_by_column"]) == (0, {})
