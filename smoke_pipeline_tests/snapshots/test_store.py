"""A side frozen on disk: whole or not at all, and exactly what was read."""

import contextlib
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.errors import (
    AccessDeniedError,
    CsvFormatError,
    SnapshotDamagedError,
    SnapshotMissingError,
    StorageFullError,
    UnsupportedColumnTypeError,
)
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.store import drop_snapshot, open_snapshot, take_snapshot
from smoke_pipeline_tests.comparison.tables import TableReader

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def csv(folder, text, name="t.csv"):
    path = folder / name
    path.write_text(text)
    return InPlaceSnapshot(open_file(path), Side.SOURCE, origin=name)


def table(array):
    return InPlaceSnapshot(TableReader(pa.table({"a": array}), "parquet"), Side.SOURCE, origin="the table")


def take(found, folder, *, side=Side.SOURCE, chunk_rows=2, on_progress=None):
    return take_snapshot(found, side, folder, chunk_rows=chunk_rows, now=lambda: NOW, on_progress=on_progress)


def rows(folder, side=Side.SOURCE):
    return [row for batch in open_snapshot(folder, side).batches(10) for row in batch.to_pylist()]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_snapshot_is_what_was_read(tmp_path):
    found = csv(tmp_path, '\na;b\n1;\n2;""\n3;ü\n')

    manifest = take(found, tmp_path / "new" / "folder")

    taken = open_snapshot(tmp_path / "new" / "folder", Side.SOURCE)
    assert taken.manifest == manifest
    assert manifest == replace(found.manifest, taken_at=NOW, seconds=manifest.seconds)
    assert manifest.seconds is not None
    assert (manifest.rows, manifest.column_names, manifest.empty_lines) == (3, ("a", "b"), 1)
    assert (taken.origin, taken.format, taken.schema.names) == ("t.csv", "csv", ["a", "b"])
    assert rows(tmp_path / "new" / "folder") == [
        {"a": "1", "b": None},
        {"a": "2", "b": ""},
        {"a": "3", "b": "ü"},
    ]


def test_the_two_sides_of_a_folder_do_not_touch(tmp_path):
    take(csv(tmp_path, "a\n1\n"), tmp_path / "s")
    take(csv(tmp_path, "a\n2\n"), tmp_path / "s", side=Side.TARGET)

    assert rows(tmp_path / "s") == [{"a": "1"}]
    assert rows(tmp_path / "s", Side.TARGET) == [{"a": "2"}]
    assert open_snapshot(tmp_path / "s", Side.TARGET).manifest.side is Side.TARGET


def test_a_header_alone_can_be_frozen(tmp_path):
    take(csv(tmp_path, "a,b\n"), tmp_path / "s")

    assert rows(tmp_path / "s") == []
    assert open_snapshot(tmp_path / "s", Side.SOURCE).schema.names == ["a", "b"]


def test_taking_again_replaces(tmp_path):
    take(csv(tmp_path, "a\n1\n"), tmp_path / "s")
    take(csv(tmp_path, "b\n2\n"), tmp_path / "s")

    assert rows(tmp_path / "s") == [{"b": "2"}]
    assert names(tmp_path / "s") == ["source.parquet"]


def test_dropping_leaves_the_other_side(tmp_path):
    for side in Side:
        take(csv(tmp_path, "a\n1\n"), tmp_path / "s", side=side)

    drop_snapshot(tmp_path / "s", Side.SOURCE)
    drop_snapshot(tmp_path / "s", Side.SOURCE)

    assert names(tmp_path / "s") == ["target.parquet"]
    with pytest.raises(SnapshotMissingError, match="source of s was never taken"):
        open_snapshot(tmp_path / "s", Side.SOURCE)


def test_progress_counts_the_rows(tmp_path):
    seen = []

    take(csv(tmp_path, "a\n1\n2\n3\n"), tmp_path / "s", on_progress=seen.append)

    assert [(one.stage, one.rows) for one in seen] == [("Reading the source", 2), ("Reading the source", 3)]


def test_what_cannot_be_read_leaves_the_old_snapshot(tmp_path):
    take(csv(tmp_path, "a,b\n1,2\n"), tmp_path / "s")

    with pytest.raises(CsvFormatError):
        take(csv(tmp_path, "a,b\n" + "1,2\n" * 300_000 + "3\n"), tmp_path / "s", chunk_rows=1000)

    assert rows(tmp_path / "s") == [{"a": "1", "b": "2"}]
    assert names(tmp_path / "s") == ["source.parquet"]


def test_being_stopped_in_the_middle_leaves_nothing(tmp_path):
    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(csv(tmp_path, "a\n1\n"), tmp_path / "s", on_progress=stop)

    assert names(tmp_path / "s") == []


def test_being_killed_in_the_middle_leaves_the_old_snapshot(tmp_path):
    take(csv(tmp_path, "a\n1\n"), tmp_path / "s")
    csv(tmp_path, "a\n2\n3\n", "new.csv")
    program = (
        "import os; from pathlib import Path; from datetime import UTC, datetime\n"
        "from smoke_pipeline.readers.files import open_file\n"
        "from smoke_pipeline.snapshots.base import InPlaceSnapshot\n"
        "from smoke_pipeline.snapshots.store import take_snapshot\n"
        f"found = InPlaceSnapshot(open_file(Path({str(tmp_path / 'new.csv')!r})), 'source', origin='x')\n"
        f"take_snapshot(found, 'source', Path({str(tmp_path / 's')!r}), chunk_rows=1,\n"
        "    now=lambda: datetime.now(UTC), on_progress=lambda _: os.kill(os.getpid(), 9))"
    )

    run = subprocess.run([sys.executable, "-c", program], check=False)

    assert run.returncode == -signal.SIGKILL
    assert rows(tmp_path / "s") == [{"a": "1"}]


@contextlib.contextmanager
def files_no_larger_than(size_bytes):
    """A disk that is full after so many bytes of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("size_bytes", [0, 3, 100, 20_000])
def test_a_full_disk_leaves_the_old_snapshot(tmp_path, size_bytes):
    take(csv(tmp_path, "a\n1\n"), tmp_path / "s")
    found = csv(tmp_path, "a\n" + "".join(f"{number**7}\n" for number in range(20_000)))

    with files_no_larger_than(size_bytes), pytest.raises(StorageFullError, match="is full"):
        take(found, tmp_path / "s", chunk_rows=1000)

    assert rows(tmp_path / "s") == [{"a": "1"}]
    assert names(tmp_path / "s") == ["source.parquet"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "s", tmp_path / ("x" * 300)):
        with pytest.raises(AccessDeniedError, match="cannot be written"):
            take(csv(tmp_path, "a\n1\n"), folder)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-1], id="a byte short"),
        pytest.param(lambda content: content[: len(content) // 2], id="half"),
        pytest.param(lambda content: b"", id="nothing"),
        pytest.param(lambda content: content.replace(b'"rows": 1000', b'"rows": 1001'), id="rows"),
        pytest.param(lambda content: content.replace(b"manifest", b"manifesto"[1:]), id="no manifest"),
        pytest.param(lambda content: content.replace(b'"side": "', b'"sides":"'), id="a fact less"),
        pytest.param(lambda content: content.replace(b'"source"', b'"target"'), id="the other side"),
        pytest.param(lambda content: content[:60] + b"\xff" * 8 + content[68:], id="a page"),
    ],
)
def test_damage_is_told(tmp_path, damage):
    take(csv(tmp_path, "a\n" + "".join(f"{number**7}\n" for number in range(1000))), tmp_path / "s")
    path = tmp_path / "s" / "source.parquet"
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(SnapshotDamagedError, match="is damaged: "):
        rows(tmp_path / "s")


def test_a_parquet_file_that_is_no_snapshot_is_told(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "source.parquet")

    with pytest.raises(SnapshotDamagedError, match="its manifest cannot be read"):
        open_snapshot(tmp_path, Side.SOURCE)


def test_a_snapshot_dropped_meanwhile_is_missing(tmp_path):
    take(csv(tmp_path, "a\n1\n"), tmp_path / "s")
    taken = open_snapshot(tmp_path / "s", Side.SOURCE)
    shutil.rmtree(tmp_path / "s")

    with pytest.raises(SnapshotMissingError):
        list(taken.batches(10))


@pytest.mark.parametrize(
    "array",
    [
        pa.array([2**64 - 1, None], pa.uint64()),
        pa.array([-1], pa.int8()),
        pa.array([Decimal("1" * 76)], pa.decimal256(76, 0)),
        pa.array([Decimal("1.10")], pa.decimal128(5, 2)),
        pa.array([Decimal("1.10")], pa.decimal64(5, 2)),
        pa.array(["a", None, ""], pa.string_view()),
        pa.array(["a", None], pa.large_string()),
        pa.array([b"\xff"], pa.binary_view()),
        pa.array([b"ab"], pa.binary(2)),
        pa.array([1.5, None], pa.float16()),
        pa.array([0.1], pa.float32()),
        pa.array([1], pa.date32()),
        pa.array([253_402_300_799_999_999], pa.timestamp("us", "Europe/Berlin")),
        pa.array([1], pa.timestamp("ns")),
        pa.array([1], pa.time32("ms")),
        pa.array([1], pa.time64("ns")),
        pa.array([5], pa.duration("s")),
        pa.array([5], pa.duration("ns")),
        pa.nulls(3),
        pa.array([True, None]),
        pa.array([[1], None], pa.list_(pa.field("element", pa.int64()))),
    ],
    ids=lambda array: str(array.type),
)
def test_values_and_types_survive(tmp_path, array):
    take(table(array), tmp_path)

    taken = open_snapshot(tmp_path, Side.SOURCE)
    found = pa.Table.from_batches(taken.batches(10), taken.schema)["a"].combine_chunks()
    assert found.equals(array)


@pytest.mark.parametrize(
    ("array", "kept_as"),
    [
        pytest.param(pa.array([1, -62_135_596_800], pa.timestamp("s")), pa.timestamp("ms"), id="timestamp"),
        pytest.param(pa.array([86_399], pa.time32("s")), pa.time32("ms"), id="time"),
        pytest.param(pa.array([86_400_000], pa.date64()), pa.date32(), id="date64"),
        pytest.param(pa.array(["a", "a"]).dictionary_encode(), pa.string(), id="dictionary"),
    ],
)
def test_a_type_that_parquet_lacks_keeps_its_values(tmp_path, array, kept_as):
    take(table(array), tmp_path)

    assert open_snapshot(tmp_path, Side.SOURCE).schema.field("a").type == kept_as
    assert [row["a"] for row in rows(tmp_path)] == array.to_pylist()


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(pa.array([Decimal("1E+2")], pa.decimal128(5, -2)), id="a negative scale"),
        pytest.param(pa.array([pa.MonthDayNano([1, 2, 3])]), id="an interval of months"),
        pytest.param(pa.array([2**62], pa.timestamp("s")), id="seconds too far away for milliseconds"),
        pytest.param(pa.array([86_400_001], pa.date64()), id="a date with a time of day"),
    ],
)
def test_what_a_snapshot_cannot_hold_exactly_is_refused(tmp_path, array):
    with pytest.raises(UnsupportedColumnTypeError, match="hold exactly"):
        take(table(array), tmp_path)

    assert list(tmp_path.iterdir()) == []
