"""Repeated keys: equal rows first, then the fewest changes, and never by position."""

import itertools
import random

import numpy as np
import pytest

from smoke_pipeline.comparison.pairing.assignment import cheapest_pairs
from smoke_pipeline.comparison.pairing.groups import EXACT_UP_TO
from smoke_pipeline.comparison.result import SideCounts
from smoke_pipeline_tests.comparison.tables import Rows, compare_rows, fall

FORGIVING = {"k": {"trim": True, "ignore_case": True}}


def rows(*cells: tuple[str, str, str]) -> Rows:
    return [dict(zip(("k", "a", "b"), row, strict=True)) for row in cells]


def test_the_same_rows_of_a_key_in_another_order_match() -> None:
    source = rows(("1", "x", "y"), ("1", "p", "q"), ("1", "x", "y"))

    result = compare_rows(source, source[::-1], key=("k",))

    assert fall(result) == (3, 0, 0, 0)
    assert result.duplicates == SideCounts(source=2, target=2)


def test_a_surplus_copy_is_one_sided() -> None:
    result = compare_rows(rows(("1", "x", "y"), ("1", "x", "y")), rows(("1", "x", "y")), key=("k",))

    assert fall(result) == (1, 0, 1, 0)


def test_rows_are_paired_so_that_the_fewest_cells_differ() -> None:
    source = rows(("1", "a", "a"), ("1", "b", "b"))
    target = rows(("1", "b", "x"), ("1", "a", "x"))

    result = compare_rows(source, target, key=("k",))

    assert fall(result) == (0, 2, 0, 0)
    assert result.mismatch_by_column == {"b": 2}


def test_equal_rows_pair_before_anything_is_forgiven() -> None:
    source = rows(("1", "x ", "1"), ("1", "x", "2"))
    target = rows(("1", "x", "1"), ("1", "x ", "1"))

    result = compare_rows(source, target, key=("k",), rules={"a": ["trim"]})

    assert fall(result) == (1, 1, 0, 0)
    assert result.mismatch_by_column == {"b": 1}


def test_a_null_key_is_a_key_like_any_other() -> None:
    source = [{"k": None, "a": "1"}, {"k": None, "a": "2"}]

    result = compare_rows(source, [{"k": None, "a": "2"}, {"k": "x", "a": "1"}], key=("k",))

    assert fall(result) == (1, 0, 1, 1)
    assert result.duplicates == SideCounts(source=1, target=0)


def test_repeated_keys_are_listed_with_their_counts() -> None:
    source = rows(("2", "x", "y"), ("2", "x", "z"), ("1", "x", "y"), ("3", "x", "y"))
    target = rows(("1", "x", "y"), ("1", "x", "y"), ("2", "x", "y"), ("3", "x", "y"))

    result = compare_rows(source, target, key=("k",))

    assert [(group.key, group.source_count, group.target_count) for group in result.duplicate_groups] == [
        (("1",), 1, 2),
        (("2",), 2, 1),
    ]
    assert (result.duplicate_group_count, result.approximate_groups) == (2, 0)


@pytest.mark.parametrize("size", [EXACT_UP_TO, EXACT_UP_TO + 1])
def test_a_group_beyond_the_limit_is_paired_in_order_and_flagged(size: int) -> None:
    source = rows(*(("1", f"a{number:03}", "x") for number in range(size)))
    target = rows(*(("1", f"a{number + 1:03}", "y") for number in range(size)))

    result = compare_rows(source, target, key=("k",))

    is_approximate = size > EXACT_UP_TO
    assert result.approximate_groups == int(is_approximate)
    assert result.duplicate_groups[0].is_approximate is is_approximate
    assert fall(result) == (0, size, 0, 0)
    assert result.mismatch_by_column == ({"a": size, "b": size} if is_approximate else {"a": 1, "b": size})


def test_the_cheapest_pairing_is_that_of_trying_all() -> None:
    chance = random.Random(7)
    for _ in range(300):
        lines, columns = chance.randint(0, 5), chance.randint(0, 5)
        costs = np.array([[chance.randint(0, 4) for _ in range(columns)] for _ in range(lines)], np.int64)
        costs = costs.reshape(lines, columns)

        pairs = cheapest_pairs(costs)

        few = min(lines, columns)
        assert len(pairs) == len({line for line, _ in pairs}) == len({column for _, column in pairs}) == few
        assert sum(int(costs[pair]) for pair in pairs) == least(costs)


def test_among_equally_cheap_pairings_the_given_order_decides() -> None:
    assert cheapest_pairs(np.ones((3, 3), np.int64)) == [(0, 0), (1, 1), (2, 2)]
    assert cheapest_pairs(np.ones((2, 4), np.int64)) == [(0, 0), (1, 1)]
    assert cheapest_pairs(np.ones((4, 2), np.int64)) == [(0, 0), (1, 1)]


def least(costs: np.ndarray) -> int:
    if costs.shape[0] > costs.shape[1]:
        costs = costs.T
    lines, columns = costs.shape
    return min(
        sum(int(costs[line, column]) for line, column in enumerate(choice))
        for choice in itertools.permutations(range(columns), lines)
    )


def test_how_a_repeated_key_is_shown_does_not_depend_on_the_order_of_its_rows() -> None:
    source = rows(("a", "1", "1"), (" a", "2", "2"), ("A", "3", "3"))
    target = rows(("b", "1", "1"), ("B", "2", "2"))
    shown = {
        tuple(group.key for group in compare_rows(ours, theirs, key="k", rules=FORGIVING).duplicate_groups)
        for ours in itertools.permutations(source)
        for theirs in itertools.permutations(target)
    }

    assert shown == {((" a",), ("B",))}


def test_of_one_key_with_many_rows_the_first_are_kept_by_their_values(chance: random.Random) -> None:
    source = rows(*(("1", f"{number:03}", "x") for number in range(300)), ("1", "5", "only"))
    target = rows(*(("1", f"{number:03}", "y" if number % 3 else "z") for number in range(300)))
    every = compare_rows(source, target, key="k").differences

    for most in (1, 7, 40):
        shuffled = chance.sample(source, len(source)), chance.sample(target, len(target))
        kept = compare_rows(*shuffled, key="k", max_mismatches=most, chunk_rows=23).differences
        assert [row.cells for row in kept] == [row.cells for row in every[:most]]


def test_rows_without_a_partner_are_kept_by_their_values(chance: random.Random) -> None:
    source = rows(*(("1", f"{number:03}", "x") for number in range(300)))
    every = compare_rows(source, [], columns=("k", "a", "b"), key="k").differences

    shuffled = chance.sample(source, len(source))
    kept = compare_rows(shuffled, [], columns=("k", "a", "b"), key="k", max_mismatches=7).differences

    assert [row.values for row in kept] == [row.values for row in every[:7]]


def test_a_group_too_large_for_the_best_pairing_is_flagged_under_rules_of_one_side() -> None:
    source = rows(*(("K", str(number), "x") for number in range(EXACT_UP_TO + 1)))
    target = rows(*(("k", str(number), "y") for number in range(EXACT_UP_TO + 1)))

    result = compare_rows(source, target, key="k", rules={"k": {"source": {"ignore_case": True}}})

    assert [(group.source_count, group.is_approximate) for group in result.duplicate_groups] == [(201, True)]
    assert result.approximate_groups == 1


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20_26)
