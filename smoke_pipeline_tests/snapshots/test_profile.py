"""What a profile says of columns, against the plain way to count it."""

from datetime import date, datetime
from decimal import Decimal
from itertools import chain

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smoke_pipeline.readers.files import open_file
from smoke_pipeline.snapshots import profile as profiles
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.profile import profile

LOOKS = {
    "integer": ["7", "-12", "+003"],
    "decimal": ["1.50", ".5", "7."],
    "exponent": ["1e5", "-2.5E-3"],
    "date": ["2026-01-31"],
    "timestamp": ["2026-01-31 10:00", "2026-01-31T10:00:00.123Z", "2026-01-31 10:00:00+01:00"],
    "boolean": ["true", "FALSE"],
    "blank": [" ", "\t\n"],
    "text": ["a", "1,5", "31.01.2026", "--1", "é", "1 2"],
}


def profiled(table, folder, *, chunk_rows=3, memory_bytes=64 * 1024**2):
    pq.write_table(table, folder / "t.parquet")
    snapshot = InPlaceSnapshot(open_file(folder / "t.parquet"), Side.SOURCE, origin="t")
    return profile(snapshot, chunk_rows=chunk_rows, memory_bytes=memory_bytes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(["-12", "-12", "+003", "7"], 1)
@given(st.lists(st.none() | st.sampled_from([*chain(*LOOKS.values()), ""]), max_size=20), st.integers(1, 9))
def test_a_profile_counts_what_is_there(tmp_path, values, chunk_rows):
    found = profiled(pa.table({"v": pa.array(values, pa.string())}), tmp_path, chunk_rows=chunk_rows)

    (column,), there = found.columns, [value for value in values if value is not None]
    assert found.rows == len(values)
    assert (column.nulls, column.distinct) == (values.count(None), len(set(there)))
    assert not column.has_more_distinct
    assert column.is_unique == (bool(values) and len(set(values)) == len(values) and None not in values)
    assert column.kinds == {
        kind: count
        for kind, looks in {**LOOKS, "empty": [""]}.items()
        if (count := sum(value in looks for value in there))
    }
    assert (column.least, column.most) == ((min(there), max(there)) if there else (None, None))
    lengths = list(map(len, there))
    assert (column.shortest, column.longest) == ((min(lengths), max(lengths)) if there else (None, None))
    assert column.examples == tuple(dict.fromkeys(there))[:3]


def test_columns_of_every_type_are_profiled(tmp_path):
    table = pa.table(
        {
            "decimal": pa.array([Decimal("1.50"), Decimal("-2.25"), None], pa.decimal128(10, 2)),
            "huge": pa.array([Decimal(10**50), Decimal(1), None], pa.decimal256(60, 0)),
            "float": pa.array([1.5, float("nan"), 0.0]),
            "day": pa.array([date(2026, 1, 31), date(1, 1, 1), None]),
            "moment": pa.array([datetime(2026, 1, 31, 1), None, None], pa.timestamp("us", "UTC")),
            "truth": pa.array([True, False, True]),
            "bytes": pa.array([b"\x00\xff", b"", None]),
            "nothing": pa.nulls(3),
        }
    )

    found = {column.name: column for column in profiled(table, tmp_path).columns}

    ends = {name: (column.least, column.most) for name, column in found.items()}
    assert ends["decimal"] == ("-2.25", "1.50")
    assert ends["huge"] == ("1", "1" + "0" * 50)
    assert ends["day"] == ("0001-01-01", "2026-01-31")
    assert ends["truth"] == ("false", "true")
    assert ends["bytes"] == ("", "00ff")
    assert ends["nothing"] == (None, None)
    assert {name: column.distinct for name, column in found.items()} == {
        "decimal": 2,
        "huge": 2,
        "float": 3,
        "day": 2,
        "moment": 1,
        "truth": 2,
        "bytes": 2,
        "nothing": 0,
    }
    assert found["decimal"].type == "decimal128(10, 2)"
    assert all(column.kinds == {} for column in found.values())


def test_the_columns_that_could_be_a_key_are_named(tmp_path):
    table = pa.table({"id": ["1", "2", "3"], "v": ["a", "a", "b"], "n": ["x", None, "y"]})

    assert profiled(table, tmp_path).keys == ("id",)
    assert profiled(table.slice(0, 0), tmp_path).keys == ()


@pytest.mark.parametrize(("repeats", "is_unique"), [(False, None), (True, False)])
def test_what_cannot_be_remembered_is_said(tmp_path, monkeypatch, repeats, is_unique):
    monkeypatch.setattr(profiles, "_FEW_DISTINCT", 10)
    values = [str(number) for number in range(500)]
    values[1] = "0" if repeats else values[1]

    (column,) = profiled(pa.table({"v": values}), tmp_path, chunk_rows=50, memory_bytes=100 * 8 * 4).columns

    assert column.has_more_distinct
    assert 10 < column.distinct < 500
    assert column.is_unique is is_unique


def test_a_column_that_repeats_values_leaves_room_to_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(profiles, "_FEW_DISTINCT", 10)
    rows = 300
    table = pa.table(
        {
            "id": [str(number) for number in range(rows)],
            **{f"v{place}": [str(number // 2) for number in range(rows)] for place in range(5)},
        }
    )

    found = profiled(table, tmp_path, chunk_rows=20, memory_bytes=400 * 8 * 4)

    assert found.keys == ("id",)
