"""Parquet files: every value exactly, or an error."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.errors import (
    DuplicateColumnError,
    ObjectChangedError,
    UnsupportedColumnTypeError,
    UnsupportedFileTypeError,
)
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.readers.types import require_comparable
from smoke_pipeline_tests.readers.reading import rows_of, written

FAR = 253_402_300_799_999_999
"""9999-12-31 23:59:59.999999 in microseconds."""


def as_file(folder, table, **options):
    path = folder / "t.parquet"
    pq.write_table(table, path, **options)
    return path


def int96(folder, **columns):
    table = pa.table({name: pa.array(values, pa.timestamp(unit)) for name, (unit, values) in columns.items()})
    return as_file(folder, table, use_deprecated_int96_timestamps=True, store_schema=False)


def numbers(reader):
    return [
        tuple(column.cast(pa.int64()).to_pylist()) for batch in reader.batches(10) for column in batch.columns
    ]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([2**64 - 1, None], pa.uint64()),
        pa.array([Decimal("1" * 76)], pa.decimal256(76, 0)),
        pa.array([Decimal("1.10")], pa.decimal128(5, 2)),
        pa.array(["a", None, ""], pa.string()),
        pa.array(["a"], pa.large_string()),
        pa.array([b"\xff"], pa.binary()),
        pa.array([b"ab"], pa.binary(2)),
        pa.array([1.5], pa.float16()),
        pa.array([dt.date(9999, 12, 31)], pa.date32()),
        pa.array([1], pa.timestamp("ns")),
        pa.array([FAR], pa.timestamp("us", "Europe/Berlin")),
        pa.array([1], pa.time64("ns")),
        pa.array([1], pa.duration("us")),
        pa.nulls(2),
        pa.array([True, False, None]),
    ],
    ids=lambda array: str(array.type),
)
def test_values_and_types_are_those_of_the_file(tmp_path, array):
    reader = open_file(as_file(tmp_path, pa.table({"a": array})))

    assert pa.Table.from_batches(reader.batches(10), reader.schema)["a"].combine_chunks() == array


@pytest.mark.parametrize(
    ("array", "plain"),
    [
        pytest.param(pa.array(["a", None, "a"]).dictionary_encode(), pa.string(), id="text"),
        pytest.param(pa.array([Decimal("1.1")]).dictionary_encode(), pa.decimal128(2, 1), id="decimal"),
        pytest.param(pa.array([b"0" * 16], pa.uuid()), pa.binary(16), id="uuid"),
    ],
)
def test_an_encoding_says_nothing_about_the_values(tmp_path, array, plain):
    reader = open_file(as_file(tmp_path, pa.table({"a": array})))

    assert reader.schema.field("a").type == plain
    assert [batch.schema for batch in reader.batches(10)] == [reader.schema]


def test_int96_after_2262_is_exact(tmp_path):
    reader = open_file(int96(tmp_path, a=("us", [FAR, 0, None, -62_135_596_800_000_000])))

    assert reader.schema.field("a").type == pa.timestamp("us")
    assert numbers(reader) == [(FAR, 0, None, -62_135_596_800_000_000)]


def test_int96_with_nanoseconds_is_exact(tmp_path):
    reader = open_file(int96(tmp_path, a=("ns", [1_000_000_001, None, -1])))

    assert reader.schema.field("a").type == pa.timestamp("ns")
    assert numbers(reader) == [(1_000_000_001, None, -1)]


def test_int96_that_no_unit_can_tell_is_refused(tmp_path):
    reader = open_file(int96(tmp_path, a=("us", [FAR]), b=("ns", [1])))

    with pytest.raises(UnsupportedColumnTypeError, match="'a', 'b'"):
        reader.schema  # noqa: B018


def test_a_nested_column_is_refused_only_where_it_is_compared(tmp_path):
    reader = open_file(as_file(tmp_path, pa.table({"a": [1], "b": [[1]]})))

    assert rows_of(reader) == [(1, [1])]
    require_comparable(reader.schema.field("a"), "t")
    with pytest.raises(UnsupportedColumnTypeError, match=r"'b'.*list"):
        require_comparable(reader.schema.field("b"), "t")


def test_two_columns_of_one_name_are_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])

    with pytest.raises(DuplicateColumnError, match="'a'"):
        open_file(as_file(tmp_path, table)).schema  # noqa: B018


def test_a_file_without_row_groups_is_an_empty_table(tmp_path):
    path = tmp_path / "t.parquet"
    pq.ParquetWriter(path, pa.schema({"a": pa.int64()})).close()
    reader = open_file(path)

    assert pq.ParquetFile(path).num_row_groups == 0
    assert (reader.schema.names, rows_of(reader)) == (["a"], [])


def test_batches_are_never_longer_than_asked_for(tmp_path):
    reader = open_file(as_file(tmp_path, pa.table({"a": range(10)}), row_group_size=7))

    sizes = [batch.num_rows for batch in reader.batches(4)]

    assert sum(sizes) == 10
    assert max(sizes) <= 4


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-20], id="cut off"),
        pytest.param(lambda content: content[:4], id="nothing but its mark"),
        pytest.param(lambda content: content[:-8] + b"\xff" * 4 + content[-4:], id="its footer"),
        pytest.param(lambda content: content[:40] + b"\xff" * 60 + content[100:], id="its pages"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, damage):
    table = pa.table({"a": [f"value {n}" for n in range(1000)]})
    path = as_file(tmp_path, table, write_page_checksum=True)

    with pytest.raises(UnsupportedFileTypeError, match="not a Parquet file that can be read"):
        rows_of(open_file(written(tmp_path, damage(path.read_bytes()), "d.parquet")))


def test_text_that_is_not_utf_8_is_damage(tmp_path):
    data = pa.py_buffer(b"a\xffb")
    array = pa.StringArray.from_buffers(1, pa.array([0, 3], pa.int32()).buffers()[1], data)

    with pytest.raises(UnsupportedFileTypeError, match="UTF8"):
        rows_of(open_file(as_file(tmp_path, pa.table({"a": array}))))


def test_a_file_that_was_replaced_is_told(tmp_path):
    reader = open_file(as_file(tmp_path, pa.table({"a": [1]})))
    assert reader.schema.names == ["a"]
    as_file(tmp_path, pa.table({"a": range(2)}))

    with pytest.raises(ObjectChangedError):
        rows_of(reader)
