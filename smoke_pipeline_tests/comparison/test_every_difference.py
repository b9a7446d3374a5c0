"""`mismatches.parquet` holds every difference, kept or not, as many as were counted."""

import json
import random
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind
from smoke_pipeline.errors import AccessDeniedError, InvalidOptionError, StorageFullError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import ComparisonSettings, UploadSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.comparison.tables import TableReader
from smoke_pipeline_tests.comparison.test_against_oracle import pairs, tables

Lines = list[dict[str, Any]]


def written(
    folder: Path, source: pa.Table, target: pa.Table, *, chunk_rows: int = 65_536, **options: Any
) -> tuple[ComparisonResult, Lines]:
    """The result, and the lines of the file."""
    sides = [
        InPlaceSnapshot(TableReader(table, "parquet"), side, origin=side)
        for table, side in zip((source, target), Side, strict=True)
    ]
    spec = parse_spec({"all_mismatches": True, **options})
    chosen = ComparisonSettings(chunk_rows=chunk_rows, mismatches_dir=folder)
    result = compare_snapshots(*sides, spec, settings=chosen)
    return result, pq.read_table(folder / "mismatches.parquet").to_pylist()


def lines_of(result: ComparisonResult) -> Lines:
    """What the file must hold, from a result that kept everything."""
    lines = []
    for row in result.differences:
        start = {f"key:{name}": value for name, value in zip(result.key, row.key, strict=True)}
        start |= {"difference_type": str(row.kind)}
        places = {"source_row": row.source_row, "target_row": row.target_row, "in_flight": row.in_flight}
        for cell in row.cells:
            values = {"column": cell.column, "source_value": cell.source, "target_value": cell.target}
            lines.append(start | values | places)
        if row.kind is not DifferenceKind.MISMATCHED:
            whole = dict(row.values)
            sides = (whole, None) if row.kind is DifferenceKind.SOURCE_ONLY else (None, whole)
            lines.append(
                start | {"column": None, "source_value": sides[0], "target_value": sides[1]} | places
            )
    return lines


def parsed(lines: Lines) -> Lines:
    """The same with the rows that are JSON objects read."""
    return [
        line
        if line["column"] is not None
        else line | {name: json.loads(line[name] or "null") for name in ("source_value", "target_value")}
        for line in lines
    ]


def counted(lines: Lines, *, without: tuple[str, ...] = ()) -> Counter[str]:
    return Counter(
        json.dumps({name: value for name, value in line.items() if name not in without}, sort_keys=True)
        for line in lines
    )


@settings(max_examples=80, deadline=None)
@given(rows=pairs(), key=st.sampled_from([["k"], ["k", "a"], None]), seed=st.integers(0, 9))
def test_the_file_holds_what_a_result_that_keeps_everything_holds(
    tmp_path_factory: pytest.TempPathFactory, rows: Any, key: Any, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("out")
    source, target = tables(rows)

    kept, lines = written(folder, source, target, key=key)
    few, others = written(
        folder, shuffled(source, seed), shuffled(target, seed), key=key, max_mismatches=1, chunk_rows=2
    )

    assert counted(parsed(lines)) == counted(lines_of(kept))
    assert few.counts == kept.counts
    numbers = ("source_row", "target_row")
    assert counted(parsed(others), without=numbers) == counted(parsed(lines), without=numbers)


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    places = random.Random(seed).sample(range(table.num_rows), table.num_rows)
    return table.take(pa.array(places, pa.int64()))


@pytest.mark.parametrize("threshold", ["8MB", 0])
def test_there_are_as_many_lines_as_were_counted_in_memory_and_from_disk(tmp_path, threshold):
    numbers = range(150_000)
    source = pa.table({"k": numbers, "v": [number % 7 for number in numbers], "w": numbers})
    target = pa.table({"k": [n + 10 for n in numbers], "v": [n % 5 for n in numbers], "w": numbers})

    result, _ = written(
        tmp_path, source, target, key="k", max_mismatches=2, streaming_threshold=threshold, memory="64MiB"
    )

    file = pq.ParquetFile(tmp_path / "mismatches.parquet")
    found = file.read(["difference_type", "column"]).group_by(["difference_type", "column"])
    counts = {(one["difference_type"], one["column"]): one["_count"] for one in rows_of(found)}
    assert counts == {
        **{("mismatched", column): cells for column, cells in result.mismatch_by_column.items()},
        ("source_only", None): 10,
        ("target_only", None): 10,
    }
    assert file.num_row_groups > 1
    assert len(result.differences) == 2


def rows_of(groups: pa.TableGroupBy) -> Lines:
    rows: Lines = (
        groups.aggregate([([], "count_all")])
        .rename_columns(["difference_type", "column", "_count"])
        .to_pylist()
    )
    return rows


def test_a_text_is_compared_by_its_bytes_and_written_down_all_the_same(tmp_path):
    for name, text in (("a.csv", "k,v\n1,x\n2,y\n3,z\n"), ("b.csv", "k,v\n1,x\n2,Y\n4,z\n")):
        (tmp_path / name).write_text(text)
    sides = [
        InPlaceSnapshot(open_file(tmp_path / name, ReadOptions(), limits=UploadSettings()), side, origin=name)
        for name, side in zip(("a.csv", "b.csv"), Side, strict=True)
    ]

    result = compare_snapshots(
        *sides,
        parse_spec({"key": "k", "all_mismatches": True}),
        settings=ComparisonSettings(mismatches_dir=tmp_path),
    )

    assert result.engine.tier != "parsed"
    lines = pq.read_table(tmp_path / "mismatches.parquet").to_pylist()
    assert counted(parsed(lines)) == counted(lines_of(result))


def test_names_and_values_of_any_kind_survive(tmp_path):
    source = pa.table({'a"b\n,': ["\x00\u2028\\", None], "": ["", "\U0001f600"], "column": ["1", "2"]})

    result, lines = written(tmp_path, source, source.slice(0, 0), key="column")

    assert counted(parsed(lines)) == counted(lines_of(result))


def test_without_a_difference_the_file_is_empty_and_has_its_columns(tmp_path):
    table = pa.table({"k": ["1"]})

    written(tmp_path, table, table, key="k")

    assert pq.read_schema(tmp_path / "mismatches.parquet").names == [
        *("key:k", "difference_type", "column", "source_value", "target_value", "source_row", "target_row"),
        "in_flight",
    ]


def test_what_is_not_asked_for_is_not_written(tmp_path):
    table = pa.table({"k": ["1"]})
    sides = [InPlaceSnapshot(TableReader(table, "parquet"), side, origin=side) for side in Side]

    compare_snapshots(*sides, parse_spec({}), settings=ComparisonSettings(mismatches_dir=tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_it_is_refused():
    table = pa.table({"k": ["1"]})
    sides = [InPlaceSnapshot(TableReader(table, "parquet"), side, origin=side) for side in Side]

    with pytest.raises(InvalidOptionError, match="no folder"):
        compare_snapshots(*sides, parse_spec({"all_mismatches": True}), settings=ComparisonSettings())


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size_bytes", [0, 100, 5000])
def test_a_full_disk_leaves_the_older_file_as_it_was(tmp_path, size_bytes):
    older = tmp_path / "mismatches.parquet"
    older.write_bytes(b"older")
    numbers = range(100_000)
    source = pa.table({"k": numbers, "v": [random.Random(1).random() * number for number in numbers]})

    with files_no_larger_than(size_bytes), pytest.raises(StorageFullError, match="is full"):
        written(tmp_path, source, source.slice(0, 0), key="k", memory="1GiB")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("mismatches.parquet", b"older")
    ]


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(AccessDeniedError, match="cannot be written"):
        written(tmp_path / "file", pa.table({"k": ["1"]}), pa.table({"k": ["2"]}))
