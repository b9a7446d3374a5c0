"""Which columns are taken for renamed ones, and that a look at them does no harm."""

import random

import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.cli.compare import compare
from smoke_pipeline.comparison.renames import LikelyRename, ranked
from smoke_pipeline.errors import ColumnsDifferError, KeyColumnMissingError
from smoke_pipeline_tests.comparison.tables import compare_rows, compare_tables, fall, text_table

CITIES = ("Berlin", "Hamburg", "Wien", "Bern", "Graz")


def refusal(source: pa.Table, target: pa.Table) -> ColumnsDifferError:
    with pytest.raises(ColumnsDifferError) as error:
        compare_tables(source, target)
    return error.value


def table_of(**columns: tuple[str | None, ...]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_a_column_is_found_by_what_it_holds_whatever_it_is_called() -> None:
    error = refusal(
        table_of(id=tuple("12345"), town=CITIES, note=("a", "b", "c", "d", "e")),
        table_of(id=tuple("12345"), x1=("u", "v", "w", "x", "y"), x2=tuple(reversed(CITIES))),
    )

    assert error.context["likely_renames"] == {"x2": "town"}
    assert error.suggestions[0] == (
        "'x2' holds what 'town' holds (5 of 5 distinct values of the first rows); "
        "if it is renamed, say --rename x2=town."
    )


def test_what_is_held_goes_before_how_it_is_called() -> None:
    error = refusal(
        table_of(town=CITIES, towns=tuple("abcde")), table_of(towns2=CITIES, other=tuple("vwxyz"))
    )

    assert error.context["likely_renames"] == {"towns2": "town"}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(("yes, of course", "no, by no means") * 3, id="a flag"),
        pytest.param(("always the same long text",) * 6, id="a constant"),
        pytest.param(tuple("123456"), id="small numbers"),
        pytest.param((None, "", None, "", None, ""), id="nothing"),
    ],
)
def test_weak_evidence_is_none(values: tuple[str | None, ...]) -> None:
    assert refusal(table_of(abc=values), table_of(xyz=values)).context["likely_renames"] == {}


def test_numbers_are_the_same_in_another_type() -> None:
    numbers = tuple(f"{number}.50" for number in range(1_000, 1_010))
    decimals = pa.table({"xyz": pa.array(numbers).cast(pa.float64())})

    assert refusal(table_of(abc=numbers), decimals).context["likely_renames"] == {"xyz": "abc"}


def test_a_column_that_cannot_be_compared_does_not_stop_the_refusal() -> None:
    lists = pa.table({"xyz": pa.array([[1], [2]]), "towns": pa.array(["a", "b"])})

    assert refusal(table_of(town=("a", "b"), abc=("c", "d")), lists).context["likely_renames"] == {
        "towns": "town"
    }


def test_likely_renames_are_told_where_the_common_columns_are_compared() -> None:
    source = [{"id": str(row), "town": city} for row, city in enumerate(CITIES)]
    target = [{"id": str(row), "stadt": city} for row, city in enumerate(CITIES)]

    result = compare_tables(text_table(source), text_table(target), key="id", columns="common")

    assert fall(result) == (5, 0, 0, 0)
    assert result.columns.likely_renames == {"stadt": "town"}
    assert compare_rows(source, source, key="id").columns.likely_renames == {}


def test_a_long_file_is_not_read_to_its_end_for_a_guess() -> None:
    many = tuple(f"value {row}" for row in range(2_000))
    error = refusal(table_of(abc=many + tuple("x" * 9)), table_of(xyz=many + tuple("y" * 9)))

    assert "2,000 of 2,000 distinct values" in error.suggestions[0]


def test_names_that_are_renamed_already_are_looked_up_as_they_are_written() -> None:
    source = table_of(id=tuple("12345"), town=CITIES, b=CITIES)
    target = table_of(ident=tuple("12345"), stadt=CITIES)

    with pytest.raises(ColumnsDifferError) as error:
        compare_tables(source, target, renames={"ident": "id"})

    assert error.value.context["likely_renames"] == {"stadt": "b"}


WORDS = st.frozensets(st.sampled_from([f"{city} {n}" for city in CITIES for n in range(4)]), max_size=8)
SIDE = st.dictionaries(st.sampled_from("abcdef"), WORDS, max_size=5)


@settings(max_examples=200, deadline=None)
@given(SIDE, SIDE, st.randoms(use_true_random=False))
def test_each_column_is_named_once_and_the_order_of_columns_plays_no_part(
    source: dict[str, frozenset[str]], target: dict[str, frozenset[str]], chance: random.Random
) -> None:
    found = ranked(source, target)

    assert len({one.new for one in found}) == len({one.old for one in found}) == len(found)
    assert all(2 * one.common >= one.of and one.common >= 4 for one in found)
    shuffled = [dict(chance.sample(list(side.items()), len(side))) for side in (source, target)]
    assert ranked(*shuffled) == found


def test_a_missing_key_column_is_looked_for_under_another_name() -> None:
    source, target = table_of(town=CITIES, a=tuple("abcde")), table_of(stadt=CITIES, a=tuple("abcde"))

    with pytest.raises(KeyColumnMissingError) as error:
        compare_tables(source, target, key=["town"])

    assert "say --rename stadt=town" in error.value.suggestions[0]


def test_names_alone_are_the_last_resort() -> None:
    assert ranked({"a_b": frozenset()}, {"ab": frozenset()}, [("ab", "a_b")]) == (
        LikelyRename(new="ab", old="a_b"),
    )


def test_rows_that_cannot_be_read_leave_the_names(tmp_path) -> None:
    (tmp_path / "source.csv").write_text("id,town\n1,Berlin\n2\n")
    (tmp_path / "target.csv").write_text("id,towns\n1,Berlin\n")

    found = CliRunner().invoke(compare, [str(tmp_path / "source.csv"), str(tmp_path / "target.csv")])

    assert isinstance(found.exception, ColumnsDifferError)
    assert found.exception.context["likely_renames"] == {"towns": "town"}
