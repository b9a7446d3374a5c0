"""Results that hypothesis draws: any keys, any values, any names of columns."""

from hypothesis import strategies as st

from smoke_pipeline.comparison.result import (
    CellDifference,
    ComparedColumns,
    ComparisonResult,
    DifferenceKind,
    RowCounts,
    RowDifference,
)
from smoke_pipeline_tests.report.results import result

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(
    st.none(),
    TEXT,
    st.sampled_from(["", "'", "''=1", "=1", "-1.5", "\t", "\r", "\n", '"', ",", "NULL", "\0", "[]"]),
)
NAMES = st.one_of(TEXT, st.sampled_from(["column", "nulls", "key:id", "in_flight", "=x", "'"]))


@st.composite
def results(draw: st.DrawFn) -> ComparisonResult:
    """A result with all of its differences kept."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    key = tuple(names[: draw(st.integers(0, len(names)))])
    rows = draw(st.lists(st.sampled_from([*DifferenceKind]), max_size=6))
    differences = tuple(draw(_difference(kind, key, names)) for kind in rows)
    kinds = [row.kind for row in differences]
    counts = RowCounts(
        matched=draw(st.integers(0, 9)),
        mismatched=kinds.count(DifferenceKind.MISMATCHED),
        source_only=kinds.count(DifferenceKind.SOURCE_ONLY),
        target_only=kinds.count(DifferenceKind.TARGET_ONLY),
    )
    return result(counts, key=key, columns=ComparedColumns(compared=tuple(names)), differences=differences)


@st.composite
def _difference(
    draw: st.DrawFn, kind: DifferenceKind, key: tuple[str, ...], names: list[str]
) -> RowDifference:
    row = st.integers(1, 10**12)
    cells = tuple(CellDifference(column=name, source=draw(VALUES), target=draw(VALUES)) for name in names)
    is_mismatch = kind is DifferenceKind.MISMATCHED
    return RowDifference(
        kind=kind,
        key=tuple(draw(VALUES) for _ in key),
        source_row=None if kind is DifferenceKind.TARGET_ONLY else draw(row),
        target_row=None if kind is DifferenceKind.SOURCE_ONLY else draw(row),
        cells=cells if is_mismatch else (),
        values={} if is_mismatch else {name: draw(VALUES) for name in names},
        in_flight=draw(st.booleans()),
    )
