"""Which key is found when nobody states one."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison import autokey
from smoke_pipeline.comparison.plan import make_plan
from smoke_pipeline.comparison.result import ComparisonResult, KeyMode
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.comparison.tables import compare_rows, compare_tables


def table(columns: str, *lines: str) -> list[dict[str, str | None]]:
    """Rows written as words; `-` is NULL."""
    return [
        {
            name: None if cell == "-" else cell
            for name, cell in zip(columns.split(), line.split(), strict=True)
        }
        for line in lines
    ]


def found(source: list[dict[str, str | None]], target: list[dict[str, str | None]]) -> ComparisonResult:
    return compare_rows(source, target, key="auto")


def test_a_column_unique_on_both_sides_is_the_key() -> None:
    result = found(table("id v", "1 a", "2 a"), table("id v", "2 a", "1 b"))

    assert (result.key, result.key_mode) == (("id",), KeyMode.AUTO)
    assert result.key_evidence is not None
    assert result.key_evidence.common_keys == 2
    assert "2 keys common" in result.key_evidence.reason


def test_the_column_with_the_most_common_values_wins() -> None:
    result = found(table("a z v", "1 7 x", "2 8 x"), table("a z v", "3 7 x", "4 8 x"))

    assert result.key == ("z",)


def test_of_equals_the_first_by_code_point_wins() -> None:
    assert found(table("b B a v", "1 1 1 x", "2 2 2 x"), table("b B a v", "1 1 1 x", "2 2 2 x")).key == ("B",)


def test_a_column_that_repeats_on_one_side_is_no_key() -> None:
    assert found(table("a b", "1 1", "2 2"), table("a b", "1 1", "1 3")).key == ("b",)


def test_a_column_with_null_is_no_key() -> None:
    assert found(table("a b", "1 1", "2 2"), table("a b", "- 1", "2 2")).key == ("b",)


def test_two_columns_are_the_key_where_one_is_not_enough() -> None:
    rows = table("a b v", "1 1 x", "1 2 x", "2 1 x")

    assert found(rows, rows).key == ("a", "b")


def test_three_columns_are_the_key_where_two_are_not_enough() -> None:
    rows = [{"a": a, "b": b, "c": c} for a in "12" for b in "12" for c in "12"]

    assert found(rows, rows).key == ("a", "b", "c")


def test_four_columns_are_too_many() -> None:
    rows = [{"a": a, "b": b, "c": c, "d": d} for a in "12" for b in "12" for c in "12" for d in "12"]

    result = found(rows, rows)

    assert (result.key, result.key_mode, result.key_evidence) == ((), KeyMode.NONE, None)


@pytest.mark.parametrize("rows", [[], ["1"]], ids=["none", "one"])
def test_fewer_than_two_rows_speak_for_no_key(rows: list[str]) -> None:
    few, many = table("id", *rows), table("id", "1", "2")

    for sides in ((few, many), (many, few)):
        result = compare_rows(*sides, columns=["id"], key="auto")

        assert result.key_mode is KeyMode.NONE


def test_ignored_columns_are_no_keys() -> None:
    rows = table("id n v", "1 1 x", "2 2 x")

    assert compare_rows(rows, rows, key="auto", ignore_columns=["id"]).key == ("n",)


def test_a_key_is_unique_under_the_rules() -> None:
    rows = table("a b v", "x 1 z", "X 2 z")

    assert compare_rows(rows, rows, key="auto", rules={"a": ["ignore_case"]}).key == ("b",)


def test_a_tolerance_is_refused_where_no_key_is_found() -> None:
    rows = table("a", "1", "1")

    with pytest.raises(InvalidOptionError, match="there is none"):
        compare_rows(rows, rows, key="auto", rules={"a": {"abs_tol": 1}})


def test_sixty_columns_of_which_no_three_are_a_key_have_none() -> None:
    chance = np.random.default_rng(7)
    names = [f"c{number:02}" for number in range(60)]
    table = pa.table({name: chance.integers(0, 250, 40_000).astype(np.uint8) for name in names})

    result = compare_tables(table, table, key="auto")

    assert result.key_mode is KeyMode.NONE


CELLS = st.sampled_from(["1", "2", "3", "4", None])
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys("abcd", CELLS)), min_size=2, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS, ROWS)
def test_neither_memory_nor_the_length_of_the_first_look_changes_the_key(
    tmp_path, monkeypatch, source, target
):
    snapshots = [snapshot_of(rows, side, tmp_path) for rows, side in zip((source, target), Side, strict=True)]
    plan = make_plan(*snapshots, ComparisonSpec(), {})
    keys = []
    for memory_bytes, sample_rows in ((64 * 1024**2, 2_000), (1, 2_000), (300, 1)):
        monkeypatch.setattr(autokey, "_SAMPLE_ROWS", sample_rows)
        keys.append(autokey.choose_key(*snapshots, plan, chunk_rows=2, memory_bytes=memory_bytes))

    assert keys[0] == keys[1] == keys[2]
    uniques = [
        names
        for size in (1, 2, 3)
        for names in combinations("abcd", size)
        if all(identifies(rows, names) for rows in (source, target))
    ]
    assert (keys[0] is not None) == bool(uniques)
    if keys[0]:
        least = [names for names in uniques if len(names) == len(uniques[0])]
        common = {names: len(values(source, names) & values(target, names)) for names in least}
        assert keys[0].columns == min(least, key=lambda names: (-common[names], names))
        assert keys[0].common_keys == max(common.values())


def values(rows, names):
    return {tuple(row[name] for name in names) for row in rows}


def identifies(rows, names):
    return len(values(rows, names)) == len(rows) and not any(
        row[name] is None for row in rows for name in names
    )


def snapshot_of(rows, side, folder):
    path = folder / f"{side}.parquet"
    pq.write_table(
        pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in "abcd"}), path
    )
    return InPlaceSnapshot(open_file(path), side, origin=str(path))
