"""What mismatched cells have in common, and that every proposal does what it says."""

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smoke_pipeline.cli.compare import compare
from smoke_pipeline.comparison.result import Cluster, ComparisonResult
from smoke_pipeline_tests.comparison.tables import Rows, compare_rows, compare_tables, fall, text_table


def one_column(*pairs: tuple[str | None, str | None]) -> tuple[Rows, Rows]:
    """Two tables with the key `k` and a column `v`."""
    sides = [[{"k": str(row), "v": pair[side]} for row, pair in enumerate(pairs)] for side in (0, 1)]
    return sides[0], sides[1]


def explained(*pairs: tuple[str | None, str | None], **options: Any) -> tuple[Cluster, ...]:
    return compare_rows(*one_column(*pairs), key="k", **options).explanation


def about(cluster: Cluster) -> tuple[object, ...]:
    return cluster.pattern, cluster.cells, cluster.of, cluster.shared, cluster.shared_by


def test_cells_in_another_scale_are_one_cluster_and_the_rest_is_another() -> None:
    found = explained(("1.50", "150"), ("2.25", "225"), ("3.00", "300"), ("7", "8"))

    assert [about(one) for one in found] == [("scaled", 3, 4, "x100", 3), (None, 1, 4, None, 0)]
    assert found[0].sentence == "3 of 4 differences are the same number in another scale: x100."
    assert found[1].sentence == "1 of 4 differences shows no known pattern."
    assert [(one.source, one.target) for one in found] == [("1.50", "150"), ("7", "8")]
    assert [one.proposal for one in found] == [None, None]


@pytest.mark.parametrize(
    ("pair", "pattern", "shared"),
    [
        (("5.00", "0.05"), "scaled", "x0.01"),
        (("2026-01-02 03:00:00", "2026-01-02 05:00:00"), "shifted", "+2:00:00"),
        (("2026-01-02 03:00:00", "2026-01-01 03:00:00"), "shifted", "-1 day"),
        (("1.239", "1.24"), "rounded", "target has 2 digits after the point"),
        (("1.2", "1.239"), "rounded", "source has 1 digit after the point"),
        (("some words", "some "), "truncated", "target ends after 5 characters"),
        (("N/A", None), "null_word", "N/A"),
        (("2026-01-02", "02.01.2026"), "date_format", "ISO 8601 -> %d.%m.%Y"),
    ],
)
def test_what_all_cells_share_is_told(pair: tuple[str, str], pattern: str, shared: str) -> None:
    (found,) = explained(pair, pair)

    assert about(found) == (pattern, 2, 2, shared, 2)


def test_what_most_of_the_cells_share_is_told_with_how_many_do() -> None:
    (found,) = explained(("1", "100"), ("2", "200"), ("3", "30"))

    assert found.sentence == "all 3 differences are the same number in another scale; 2 of them: x100."


def test_what_fewer_than_half_of_the_cells_share_is_not_told() -> None:
    (found,) = explained(("1", "100"), ("2", "20"))

    assert (found.shared, found.shared_by) == (None, 0)


def test_two_swapped_columns_are_told_with_the_renames_that_undo_it() -> None:
    source = [{"k": str(row), "a": f"x{row}", "b": f"y{row}"} for row in range(5)]
    target = [{"k": str(row), "a": f"y{row}", "b": f"x{row}"} for row in range(5)]

    found = compare_rows(source, target, key="k").explanation

    assert [about(one) for one in found] == [("swapped", 5, 5, "b", 5), ("swapped", 5, 5, "a", 5)]
    proposal = found[0].proposal
    assert proposal
    assert proposal.flags == ("--rename", "a=b", "--rename", "b=a")
    assert fall(compare_rows(source, target, key="k", **proposal.options)) == (5, 0, 0, 0)


def test_columns_that_are_swapped_in_few_rows_are_not_renamed() -> None:
    source = [{"k": str(row), "a": "x", "b": "y"} for row in range(5)]
    target = [{"k": str(row), "a": "y", "b": "x"} if row else source[0] for row in range(5)]

    assert [one.proposal for one in compare_rows(source, target, key="k").explanation] == [None, None]


def test_a_rename_that_holds_already_is_kept_where_columns_were_swapped() -> None:
    source = text_table([{"k": str(row), "a": f"x{row}", "b": f"y{row}"} for row in range(3)])
    target = text_table([{"k": str(row), "new": f"y{row}", "b": f"x{row}"} for row in range(3)])

    found = compare_tables(source, target, key="k", renames={"new": "a"}).explanation

    assert found[0].proposal
    assert found[0].proposal.options == {"renames": {"b": "a", "new": "b"}}
    assert fall(compare_tables(source, target, key="k", **found[0].proposal.options)) == (3, 0, 0, 0)


def test_a_proposal_keeps_the_rules_that_the_column_has() -> None:
    (found,) = explained((" A", "a"), rules={"v": {"ignore_case": True}}, csv_empty="exact")

    assert found.proposal
    assert found.proposal.flags == ("--rule", "v:trim,ignore_case")
    assert found.proposal.options == {"rules": {"v": {"trim": True, "ignore_case": True}}}


def test_no_rule_is_proposed_that_another_rule_would_defeat() -> None:
    (found,) = explained(("1", "1.0"), rules={"v": {"boolean": True}})

    assert (found.pattern, found.proposal) == ("number_format", None)


def test_the_short_hand_is_left_out_where_it_cannot_say_it() -> None:
    rows = [[{"k": "1", "a:b": text}] for text in (" x", "x")]

    (found,) = compare_rows(*rows, key="k").explanation

    assert found.proposal
    assert found.proposal.flags == ()
    assert found.proposal.options == {"rules": {"a:b": {"trim": True}}}


def test_a_proposal_says_how_many_of_the_cells_it_would_forgive() -> None:
    found = explained(
        ("2026-01-13", "13/01/2026"), ("2026-01-14", "14/01/2026"), ("2026-01-15", "2026/01/15")
    )

    (cluster,) = found
    assert cluster.proposal
    assert (cluster.cells, cluster.proposal.cells) == (3, 2)
    assert cluster.proposal.flags == ("--rule", "v:datetime=%d/%m/%Y")


def test_dates_that_are_written_in_two_ways_get_a_rule_for_each_side() -> None:
    pairs = [(f"0{month}/{day}/2026", f"{day}.0{month}.2026") for month in (1, 2) for day in (13, 14)]

    (found,) = explained(*pairs)

    assert found.proposal
    assert found.proposal.flags == ()
    assert fall(compare_rows(*one_column(*pairs), key="k", **found.proposal.options)) == (4, 0, 0, 0)


def test_typed_dates_against_text_get_a_rule_that_holds() -> None:
    source = pa.table({"k": ["1"], "v": pa.array(["2026-01-02"]).cast(pa.date32())})
    target = text_table([{"k": "1", "v": "02.01.2026"}])

    (found,) = compare_tables(source, target, key="k").explanation

    assert found.proposal
    assert fall(compare_tables(source, target, key="k", **found.proposal.options)) == (1, 0, 0, 0)


def test_bytes_and_text_that_are_shown_alike_have_no_pattern() -> None:
    source = pa.table({"k": ["1"], "v": pa.array([b"ab"])})
    target = text_table([{"k": "1", "v": "6162"}])

    (found,) = compare_tables(source, target, key="k").explanation

    assert (found.pattern, found.proposal) == (None, None)


def test_the_flags_of_a_proposal_are_taken_by_the_command_line(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("k,v\n1,N/A\n2,x\n")
    (tmp_path / "b.csv").write_text("k,v\n1,\n2,x\n")
    sides = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    first = CliRunner().invoke(compare, [*sides, "--key", "k", "--format", "json"])

    flags = json.loads(first.stdout)["explanation"][0]["proposal"]["flags"]
    again = CliRunner().invoke(compare, [*sides, "--key", "k", *flags])

    assert (first.exit_code, again.exit_code) == (1, 0)


VALUES = st.sampled_from(
    [
        *(
            None,
            "",
            " ",
            "a",
            "A",
            " a",
            "a  b",
            "a b",
            "\u00e4",
            "a\u0308",
            "N/A",
            "null ",
            " null",
            "-",
            "1,2|3",
        ),
        *("1", "1.0", "01", "1e0", "100", "-1", "0.01", "1.234", "1.23", "y", "true", "1,5"),
        *(
            "2026-01-02",
            "02/01/2026",
            "01/02/2026",
            "2/1/2026",
            "02.01.2026",
            "20260102",
            "2026-01-02 00:00:00",
        ),
        *(
            "2026-01-02T00:00:00Z",
            "2026-01-02T01:00:00+01:00",
            " 2026-01-02",
            "20260102000000",
            "02-Jan-2026",
        ),
    ]
)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=12)
RULES = st.sampled_from(
    [
        {},
        {"trim": True},
        {"boolean": True},
        {"ignore_case": True, "empty_is_null": True},
        {"null_values": ["a", "-"]},
        {"numeric": True},
        {"abs_tol": "0.5"},
        {"datetime": {"zone": "Europe/Berlin"}},
        {"datetime": {"formats": ["%m/%d/%Y"]}, "date_only": True},
        {"source": {"trim": True}, "target": {"numeric": True}},
    ]
)
FORMATS = st.sampled_from([("csv", "csv"), ("parquet", "parquet"), ("csv", "parquet")])


def sides_of(rows: list[tuple[str | None, ...]]) -> list[pa.Table]:
    names = (("a", 0), ("b", 2)), (("a", 1), ("b", 3))
    return [
        text_table(
            [
                {"k": str(row), **{name: cells[place] for name, place in side}}
                for row, cells in enumerate(rows)
            ]
        )
        for side in names
    ]


@settings(max_examples=300, deadline=None)
@given(ROWS, RULES, FORMATS)
@example([(None, " ", None, None)], {}, ("parquet", "parquet"))
@example([(None, " ", None, None)], {}, ("csv", "parquet"))
def test_a_proposal_makes_as_many_cells_equal_as_it_says(
    rows: list[tuple[str | None, ...]], rules: dict[str, Any], formats: tuple[str, str]
) -> None:
    given_rules = {"a": rules, "b": {"unicode": True}}
    result = compare_tables(*sides_of(rows), formats=formats, key="k", rules=given_rules)

    for cluster in result.explanation:
        if cluster.proposal and "rules" in cluster.proposal.options:
            again = compare_tables(
                *sides_of(rows),
                formats=formats,
                key="k",
                rules={**given_rules, **cluster.proposal.options["rules"]},
            )
            cured = still_unequal(result, cluster) - still_unequal(again, cluster)
            assert len(cured) >= cluster.proposal.cells
            assert sum(again.mismatch_by_column.values()) <= (
                sum(result.mismatch_by_column.values()) - cluster.proposal.cells
            )
    assert_complete(result)


def still_unequal(result: ComparisonResult, cluster: Cluster) -> set[object]:
    """The keys of the rows whose cell of the column differs."""
    return {row.key for row in result.differences for cell in row.cells if cell.column == cluster.column}


def assert_complete(result: ComparisonResult) -> None:
    """Every mismatched cell is in one cluster."""
    for column, cells in result.mismatch_by_column.items():
        mine = [one for one in result.explanation if one.column == column]
        assert sum(one.cells for one in mine) == cells
        assert {one.pattern: one.cells for one in mine if one.pattern} == dict(
            result.patterns.get(column, {})
        )
        assert {one.of for one in mine} == {cells}


def test_the_options_of_a_proposal_are_yaml_as_they_are_printed() -> None:
    (found,) = explained((None, " N/A "), csv_empty="exact")

    assert found.proposal
    assert yaml.safe_load(json.dumps(found.proposal.options)) == found.proposal.options
    assert found.proposal.options == {"rules": {"v": {"null_values": [" N/A "]}}}


def test_thousands_of_cells_are_explained_as_few_are() -> None:
    pairs = [(f"{cents / 100:.2f}", str(Decimal(cents))) for cents in range(101, 3_000)]

    (found,) = explained(*pairs, chunk_rows=1_000)

    assert about(found) == ("scaled", 2_899, 2_899, "x100", 2_899)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=10))
def test_many_cells_are_noted_as_each_of_them_is(pairs: list[tuple[str | None, str | None]]) -> None:
    few = explained(*pairs, csv_empty="exact")

    many = explained(*(pairs * 120), csv_empty="exact")

    assert [(one.column, one.pattern, one.shared, one.source, one.target) for one in many] == [
        (one.column, one.pattern, one.shared, one.source, one.target) for one in few
    ]
    assert [one.cells for one in many] == [120 * one.cells for one in few]
    assert [one.proposal.cells for one in many if one.proposal] == [
        120 * one.proposal.cells for one in few if one.proposal
    ]
