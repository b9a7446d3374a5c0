"""Random tables against an answer found by brute force, and what must not change the answer."""

import random
from fractions import Fraction
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.engine.parsed.tier import ParsedTier
from smoke_pipeline.comparison.engine.run import Engine
from smoke_pipeline.comparison.engine.tiers import Limits
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally, settled
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.plan import make_plan
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.comparison.oracle import Answer, Question, Row, answer, as_number
from smoke_pipeline_tests.comparison.tables import TableReader, compare_tables, fall, text_table

COLUMNS = ("k", "a", "b", "_merge")
CELLS = st.sampled_from(
    [
        None,
        "",
        "a",
        "A",
        " a",
        "a ",
        "ä",
        "a\u0308",
        "p|q",
        "p",
        "1",
        "1.0",
        "01",
        "1e0",
        "1.01",
        "2",
        "NULL",
        "\n",
        '"',
    ]
)
KEYS = st.sampled_from([None, "", "1", "2", "3", "a", "A", "1.0"])
ROWS = st.lists(st.tuples(KEYS, CELLS, CELLS, CELLS), max_size=7)
MANY = settings(max_examples=250, deadline=None)

RULES: dict[str, tuple[dict[str, Any], Any]] = {
    "trim": ({"trim": True}, lambda cell: (cell.strip() or None) if cell else None),
    "ignore_case": ({"ignore_case": True}, lambda cell: cell.casefold() if cell else None),
    "numeric": ({"numeric": True}, as_number),
    "null_values": ({"null_values": ["NULL"]}, lambda cell: None if cell in ("NULL", None) else cell),
    "nothing": ({}, lambda cell: cell),
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Two tables that share most of their rows."""
    common, ours, theirs = draw(ROWS), draw(ROWS), draw(ROWS)
    source, target = [*common, *ours[:3]], [*common, *theirs[:3]]
    draw(st.randoms(use_true_random=False)).shuffle(target)
    return source, target


def tables(rows: tuple[list[Row], list[Row]], columns: tuple[str, ...] = COLUMNS) -> list[pa.Table]:
    return [text_table([dict(zip(COLUMNS, row, strict=True)) for row in side], columns) for side in rows]


def require(result: ComparisonResult, expected: Answer) -> None:
    if expected.is_unique:
        assert fall(result) == (
            expected.matched,
            expected.mismatched,
            expected.source_only,
            expected.target_only,
        )
        assert dict(result.mismatch_by_column) == {k: n for k, n in expected.by_column.items() if n}
    assert sum(result.mismatch_by_column.values()) == expected.cells
    assert result.counts.source_only == expected.source_only
    assert (result.duplicates.source, result.duplicates.target) == expected.duplicates


@MANY
@given(pairs(), st.sampled_from([("k",), ("k", "a"), ("_merge",), ()]))
def test_the_counts_are_those_of_brute_force(rows: tuple[list[Row], list[Row]], key: tuple[str, ...]) -> None:
    result = compare_tables(*tables(rows), formats=("csv", "csv"), key=key or None)

    require(result, answer(Question(columns=COLUMNS, key=key), *rows))


@MANY
@given(
    pairs(),
    st.sampled_from([("k",), ("k", "b"), ()]),
    st.sampled_from(sorted(RULES)),
    st.sampled_from(sorted(RULES)),
)
def test_rules_forgive_what_they_say_and_nothing_else(
    rows: tuple[list[Row], list[Row]], key: tuple[str, ...], on_key: str, on_cells: str
) -> None:
    chosen = {"k": RULES[on_key], "a": RULES[on_cells], "b": RULES[on_key]}

    result = compare_tables(
        *tables(rows),
        formats=("csv", "csv"),
        key=key or None,
        rules={column: rule for column, (rule, _) in chosen.items()},
    )

    canonical = {column: function for column, (_, function) in chosen.items()}
    require(result, answer(Question(columns=COLUMNS, key=key, canonical=canonical), *rows))


@MANY
@given(pairs())
def test_a_tolerance_forgives_near_numbers_in_cells_only(rows: tuple[list[Row], list[Row]]) -> None:
    result = compare_tables(
        *tables(rows),
        formats=("csv", "csv"),
        key=("k",),
        rules={"a": {"abs_tol": "0.01"}, "k": {"abs_tol": 5}},
    )

    question = Question(
        columns=COLUMNS,
        key=("k",),
        canonical={"a": as_number, "k": as_number},
        abs_tol={"a": Fraction(1, 100), "k": Fraction(5)},
    )
    require(result, answer(question, *rows))


@MANY
@given(pairs(), st.sampled_from([("k",), ()]), st.integers(1, 5), st.randoms(use_true_random=False))
def test_order_and_batch_size_change_nothing(
    rows: tuple[list[Row], list[Row]], key: tuple[str, ...], chunk_rows: int, chance: random.Random
) -> None:
    rules = {"a": {"trim": True, "ignore_case": True, "numeric": True}}
    first = compare_tables(*tables(rows), formats=("csv", "csv"), key=key or None, rules=rules)
    shuffled = tuple(chance.sample(side, len(side)) for side in rows)
    columns = tuple(chance.sample(COLUMNS, len(COLUMNS)))

    again = compare_tables(
        *tables(shuffled, columns),
        formats=("csv", "csv"),
        key=key or None,
        rules=rules,
        chunk_rows=chunk_rows,
    )

    assert told(again) == told(first)


@MANY
@given(pairs(), st.sampled_from([("k",), ()]))
def test_swapping_the_sides_swaps_what_is_one_sided(
    rows: tuple[list[Row], list[Row]], key: tuple[str, ...]
) -> None:
    rules = {"a": {"trim": True, "numeric": True}, "b": {"ignore_case": True}}
    one = compare_tables(*tables(rows), formats=("csv", "csv"), key=key or None, rules=rules)
    other = compare_tables(*tables(rows)[::-1], formats=("csv", "csv"), key=key or None, rules=rules)

    matched, mismatched, source_only, target_only = fall(one)
    assert fall(other) == (matched, mismatched, target_only, source_only)
    assert other.mismatch_by_column == one.mismatch_by_column
    assert other.equal_under_rule == one.equal_under_rule
    assert cells_of(other, swapped=True) == cells_of(one)
    assert other.patterns == one.patterns
    assert kinds_of(other) == kinds_of(one)


@MANY
@given(pairs(), st.sampled_from([("k",), ()]), st.sampled_from(sorted(RULES)), st.integers(0, 30_000))
def test_chunks_on_disk_and_small_windows_give_the_same_answer(
    rows: tuple[list[Row], list[Row]], key: tuple[str, ...], rule: str, memory_bytes: int
) -> None:
    options = {"key": key or None, "rules": {"*": RULES[rule][0]}}
    in_memory = compare_tables(*tables(rows), formats=("csv", "csv"), **options)

    tally, keeper, residue_rows = through_disk(*tables(rows), options, memory_bytes)

    assert residue_rows >= in_memory.engine.residue_rows
    assert tally.counts == in_memory.counts
    assert tally.duplicates == in_memory.duplicates
    assert settled(tally.equal_under_rule) == in_memory.equal_under_rule
    assert tuple(one.it for one in keeper.duplicate_groups()) == in_memory.duplicate_groups
    assert told_rows(one.it for one in keeper.differences()) == told_rows(in_memory.differences)


def through_disk(
    source: pa.Table, target: pa.Table, options: dict[str, Any], memory_bytes: int
) -> tuple[Tally, Keeper, int]:
    """Compare with next to no memory, so that rows leave the window early and go to disk."""
    sides = [
        InPlaceSnapshot(TableReader(table, "csv"), side, origin="")
        for table, side in zip((source, target), Side, strict=True)
    ]
    plan = make_plan(*sides, parse_spec(options), {})
    tally, keeper = Tally(), Keeper(plan, 5000)
    limits = Limits(memory_bytes=memory_bytes, chunk_rows=2)
    facts = Engine(plan, tally, keeper, limits, lambda _: None).run(
        ParsedTier(*sides, plan, limits, lambda _: None)
    )
    assert facts.spilled_bytes or not facts.residue_rows or memory_bytes
    return tally, keeper, facts.residue_rows


def told(result: ComparisonResult) -> tuple[object, ...]:
    """What must not depend on order: everything but row numbers and volatile facts."""
    return (
        result.counts,
        result.mismatch_by_column,
        result.equal_under_rule,
        result.patterns,
        result.explanation,
        result.duplicates,
        result.duplicate_groups,
        told_rows(result.differences),
    )


def kinds_of(result: ComparisonResult) -> list[tuple[object, ...]]:
    """What is explained of either side: everything but direction and examples."""
    return [
        (one.column, one.pattern, one.cells, one.of, one.shared_by, one.is_representation)
        + ((one.proposal.cells,) if one.proposal else ())
        for one in result.explanation
    ]


def told_rows(differences: Any) -> list[tuple[object, ...]]:
    return [(row.kind, row.key, row.cells, dict(row.values)) for row in differences]


def cells_of(result: ComparisonResult, *, swapped: bool = False) -> list[tuple[object, ...]]:
    """Every differing cell, without the order of rows of one key."""
    return sorted(
        (
            (cell.column, cell.target, cell.source) if swapped else (cell.column, cell.source, cell.target)
            for row in result.differences
            for cell in row.cells
        ),
        key=repr,
    )


ONE_SIDED = {"k": {"trim": True, "source": {"numeric": True}, "target": {"null_values": ["a", "1"]}}}


@MANY
@given(pairs(), st.integers(0, 30_000), st.randoms(use_true_random=False))
def test_rules_of_one_side_on_a_key_give_the_same_answer_on_disk(
    rows: tuple[list[Row], list[Row]], memory_bytes: int, chance: random.Random
) -> None:
    options = {"key": ["k"], "rules": ONE_SIDED}
    in_memory = compare_tables(*tables(rows), formats=("csv", "csv"), **options)

    shuffled = tables((chance.sample(rows[0], len(rows[0])), chance.sample(rows[1], len(rows[1]))))
    tally, keeper, _ = through_disk(*shuffled, options, memory_bytes)

    assert tally.counts == in_memory.counts
    assert settled(tally.equal_under_rule) == in_memory.equal_under_rule
    assert told_rows(one.it for one in keeper.differences()) == told_rows(in_memory.differences)


def test_a_key_that_a_side_trims_belongs_to_the_group_of_its_canonical_value() -> None:
    source = text_table([{"k": "1", "a": "x"}, {"k": "1", "a": "y"}])
    target = text_table([{"k": "1", "a": "x"}, {"k": " 1", "a": "z"}])

    result = compare_tables(source, target, key=("k",), rules={"k": {"target": {"trim": True}}})

    assert fall(result) == (1, 1, 0, 0)
