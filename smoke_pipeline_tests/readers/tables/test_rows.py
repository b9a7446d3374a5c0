"""The digest of rows: the same however they are cut, another for any other rows."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.readers.tables.rows import Content

COLUMNS = [
    (pa.string(), st.text(st.sampled_from("ab\0é"), max_size=3)),
    (pa.binary(), st.binary(max_size=3)),
    (pa.large_string(), st.text(st.sampled_from("ab"), max_size=3)),
    (pa.large_binary(), st.binary(max_size=3)),
    (pa.int8(), st.integers(-2, 2)),
    (pa.uint64(), st.integers(2**64 - 3, 2**64 - 1)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(5, 2), st.sampled_from([Decimal("0.00"), Decimal("-1.50")])),
    (pa.decimal256(50, 2), st.sampled_from([Decimal("0.00"), Decimal("-1.50")])),
    (pa.date32(), st.sampled_from([dt.date.min, dt.date.max])),
    (pa.timestamp("us", "UTC"), st.sampled_from([dt.datetime(2026, 1, 2, tzinfo=dt.UTC)])),
    (pa.float64(), st.sampled_from([0.0, -0.0, 1.5])),
    (pa.null(), st.none()),
]


@st.composite
def two_tables(draw) -> tuple[pa.Table, pa.Table]:
    """Two tables of one schema, small enough to be the same now and then."""
    kinds = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3))
    rows = st.lists(st.tuples(*(st.none() | values for _, values in kinds)), max_size=4)
    return tuple(
        pa.table(
            [pa.array(list(values), kind) for values, (kind, _) in zip(columns, kinds, strict=True)],
            names=[f"c{place}" for place, _ in enumerate(kinds)],
        )
        for columns in (
            list(zip(*found, strict=True)) or [()] * len(kinds) for found in (draw(rows), draw(rows))
        )
    )


def digest(table: pa.Table, rows_at_once: int = 100) -> tuple[str, int]:
    content = Content(table.schema)
    for batch in table.to_batches(max_chunksize=rows_at_once):
        content.add(batch)
    return content.sha256, content.size_bytes


def spelled(table: pa.Table) -> str:
    return repr([column.to_pylist() for column in table.columns])


@given(tables=two_tables())
def test_two_tables_have_one_digest_only_if_they_are_the_same(tables):
    one, other = tables

    assert (digest(one)[0] == digest(other)[0]) == (spelled(one) == spelled(other))


@given(tables=two_tables(), rows_at_once=st.integers(1, 4))
def test_the_digest_does_not_know_how_rows_were_cut(tables, rows_at_once):
    whole = pa.concat_tables(tables)

    assert digest(whole, rows_at_once) == digest(whole.combine_chunks())


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(pa.table({"b": pa.array([1], pa.int8())}), id="name"),
        pytest.param(pa.table({"a": pa.array([1], pa.uint8())}), id="type"),
        pytest.param(pa.table({"a": pa.array([None], pa.int8())}), id="value"),
    ],
)
def test_the_digest_tells_columns_apart(other):
    assert digest(pa.table({"a": pa.array([1], pa.int8())}))[0] != digest(other)[0]
