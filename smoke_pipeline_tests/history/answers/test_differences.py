"""Kept differences a page at a time."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from smoke_pipeline.comparison.result import CellDifference, DifferenceKind, RowDifference
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.differences import count_differences, differences_page
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline_tests.history.answers.filled import empty
from smoke_pipeline_tests.history.samples import found, session

pytestmark = pytest.mark.services

CELLS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True)


@st.composite
def rows(draw):
    kind = draw(st.sampled_from(DifferenceKind))
    key = (str(draw(st.integers(0, 99))),)
    if kind is not DifferenceKind.MISMATCHED:
        return RowDifference(kind=kind, key=key, values={"a": "1"})
    cells = tuple(CellDifference(column=name, source="1", target=None) for name in draw(CELLS))
    return RowDifference(kind=kind, key=key, cells=cells)


@given(
    differences=st.lists(rows(), max_size=12),
    kind=st.none() | st.sampled_from(DifferenceKind),
    column=st.sampled_from([None, "a", "b", "none"]),
    limit=st.integers(1, 5),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_pages_together_are_the_rows_that_are_meant(database, differences, kind, column, limit):
    empty(database)
    history = PostgresHistory(database)
    history.create_session(session("a"))
    result_id = history.save_result("a", found(*differences), None)
    history.save_result("a", found(RowDifference(kind=DifferenceKind.SOURCE_ONLY, key=("x",))), None)
    seen, cursor = [], None

    while True:
        page = differences_page(database, result_id, kind=kind, column=column, limit=limit, cursor=cursor)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break

    assert [(one.row_index, one.row) for one in seen] == [
        (index, row)
        for index, row in enumerate(differences)
        if kind in (None, row.kind) and (column is None or column in {cell.column for cell in row.cells})
    ]
    assert count_differences(database, result_id, kind=kind, column=column) == len(seen)


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "٣", str(2**31), "9" * 5000])
def test_a_cursor_of_something_else_is_refused(database, cursor):
    with pytest.raises(InvalidOptionError, match="not one that this list gave"):
        differences_page(database, 1, cursor=cursor)


def test_a_column_that_cannot_be_there_has_no_differences(database):
    assert differences_page(database, 1, column="a\0").items == ()
    assert count_differences(database, 1, column="a\0") == 0
