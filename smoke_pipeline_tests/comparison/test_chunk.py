"""datacompy is the judge of cells, and never by its own float comparison."""

import datacompy.polars
import polars as pl
import pytest

from smoke_pipeline.comparison import chunk
from smoke_pipeline_tests.comparison.tables import compare_rows, fall


def test_every_cell_that_differs_has_passed_through_datacompy(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[tuple[str | None, str | None]] = []

    def watched(source: pl.Series, target: pl.Series, **rest: object) -> pl.Series:
        judged.extend(zip(source, target, strict=True))
        return datacompy.polars.columns_equal(source, target, **rest)

    monkeypatch.setattr(chunk, "columns_equal", watched)
    source = [{"k": "1", "a": "x", "b": "1"}, {"k": "2", "a": "y", "b": "1"}, {"k": "2", "a": "z", "b": None}]
    target = [{"k": "1", "a": "x", "b": "2"}, {"k": "2", "a": "w", "b": "1"}, {"k": "2", "a": "q", "b": "5"}]

    result = compare_rows(source, target, key=("k",))

    shown = {(cell.source, cell.target) for row in result.differences for cell in row.cells}
    assert fall(result) == (0, 3, 0, 0)
    assert shown <= set(judged)
    assert result.engine.judged_cells == len(judged)


def test_what_datacompy_says_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        chunk, "columns_equal", lambda source, _target, **_rest: pl.Series([True] * len(source))
    )

    assert fall(compare_rows([{"k": "1", "a": "x"}], [{"k": "1", "a": "y"}], key=("k",))) == (1, 0, 0, 0)


def test_datacompy_meets_no_equal_cells_and_no_repeated_work() -> None:
    rows = [{"k": str(number), "a": "x"} for number in range(100)]

    result = compare_rows(rows, [*rows[:-1], {"k": "99", "a": "y"}], key=("k",))

    assert result.engine.judged_cells == 1
