"""Which cells of a row hold each other's values."""

from itertools import permutations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.patterns.swaps import partners

CELL = st.sampled_from([None, "", "a", "b", "c"])
ROW = st.lists(st.tuples(CELL, CELL, st.booleans()), min_size=4, max_size=4)


def by_looking_at_every_two(rows: list[list[tuple[str | None, str | None, bool]]]) -> list[list[int | None]]:
    found: list[list[int | None]] = [[None] * len(row) for row in rows]
    for number, row in enumerate(rows):
        for one, other in permutations(range(len(row)), 2):
            (ours, theirs, differs), (our, their, differ) = row[one], row[other]
            if differs and differ and ours != theirs and ours == their and our == theirs:
                known = found[number][one]
                found[number][one] = other if known is None else min(other, known)
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=6))
def test_the_swapped_cells_are_those_found_by_looking_at_every_two(
    rows: list[list[tuple[str | None, str | None, bool]]],
) -> None:
    columns = list(zip(*rows, strict=True))
    cells = [
        tuple(pl.Series([cell[side] for cell in column], dtype=pl.String) for side in (0, 1))
        for column in columns
    ]

    found = partners(cells, [pl.Series([cell[2] for cell in column]) for column in columns])

    by_row = zip(*([None] * len(rows) if one is None else one.to_list() for one in found), strict=True)
    assert [list(row) for row in by_row] == by_looking_at_every_two(rows)


def test_a_single_column_has_nothing_to_be_swapped_with() -> None:
    assert partners([(pl.Series(["a"]), pl.Series(["b"]))], [pl.Series([True])]) == [None]
