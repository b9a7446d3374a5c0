"""The engine spark: whatever it is asked, it answers what the local engine does."""

import gzip
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult, EngineFacts
from smoke_pipeline.comparison.spark.compare import compare_in_session
from smoke_pipeline.errors import (
    ColumnsDifferError,
    CsvFormatError,
    InvalidOptionError,
    ObjectNotFoundError,
)
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side

pytestmark = pytest.mark.java
SETTINGS = load_settings(environ={})


def locally(places: tuple[str, str], options: dict[str, Any]) -> ComparisonResult:
    sides = [
        InPlaceSnapshot(open_file(Path(place)), side, origin=place)
        for place, side in zip(places, Side, strict=True)
    ]
    spec = parse_spec(options)
    return compare_snapshots(*sides, spec, settings=SETTINGS.comparison, rulesets=SETTINGS.rulesets)


def told(result: ComparisonResult) -> ComparisonResult:
    """The result without what is volatile; of equal rows any may be left over, so numbers are dropped."""
    rows = tuple(replace(row, source_row=None, target_row=None) for row in result.differences)
    return replace(result, engine=EngineFacts(), differences=rows)


def with_spark(spark: Any, places: tuple[str, str], options: dict[str, Any], **rest: Any) -> ComparisonResult:
    return compare_in_session(spark, places, parse_spec(options), settings=SETTINGS, **rest)


def statements(changed: bool, rows: int = 400) -> str:
    """A table with quotes, line breaks, NULLs, repeated keys, and some changes."""
    lines = ["id,name,amount,day"]
    for n in range(rows):
        amount = f"{n}.50" if not (changed and n % 40 == 7) else f"{n}.5"
        if changed and n % 50 == 3:
            amount = f"{n + 1}.50"
        name = ['"a, b"', '"x\n""y"""', "", '""', "plain", "\u00e4"][n % 6]
        lines.append(f"{n // 2 if n % 30 == 1 else n},{name},{amount},2026-01-{n % 28 + 1:02d}")
    if changed:
        lines = [lines[0], *reversed(lines[5:]), "9001,new,1,2026-01-01"]
    return "\n".join(lines) + "\n"


CSV = (statements(changed=False), statements(changed=True))
ASKED = {
    "keyed": {"key": ["id"]},
    "two keys": {"key": ["id", "name"]},
    "keyless": {},
    "auto": {"key": "auto", "ignore_columns": ["day"]},
    "rules": {"key": ["id"], "rules": {"amount": {"numeric": True}, "name": {"trim": True}}},
    "tolerance": {"key": ["id"], "rules": {"amount": {"abs_tol": "0.5"}}},
    "key rules of a side": {
        "key": ["id", "name"],
        "rules": {"id": {"source": {"numeric": True}}, "name": {"trim": True}},
    },
    "few kept": {"key": ["id"], "max_mismatches": 3, "threshold": 50},
    "sorted": {"key": ["id"], "sort_by": ["day", "amount"], "max_mismatches": 5},
    "exact empties": {"key": ["id"], "csv_empty": "exact"},
}


@pytest.fixture
def csvs(tmp_path) -> tuple[str, str]:
    for name, text in zip(("a.csv", "b.csv"), CSV, strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    return str(tmp_path / "a.csv"), str(tmp_path / "b.csv")


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_csvs_give_the_answer_of_the_local_engine(spark, csvs, asked):
    found = with_spark(spark, csvs, asked, rows_of_a_part=150)

    assert told(found) == told(replace(locally(csvs, asked), source=found.source, target=found.target))
    assert found.differences
    assert "spark" in found.engine.tier


def typed(changed: bool) -> pa.Table:
    """Every kind of value that Spark itself would bend."""
    n, far = 60, 2**63
    moments = [datetime(1677, 10, 1) + timedelta(days=1000 * i, microseconds=i) for i in range(n)]
    table = pa.table(
        {
            "id": pa.array([far + i for i in range(n)], pa.uint64()),
            "exact": pa.array([Decimal(10**37 + i) for i in range(n)], pa.decimal128(38, 0)),
            "wide": pa.array([Decimal(10**60 + i) for i in range(n)], pa.decimal256(76, 0)),
            "moment": pa.array(moments, pa.timestamp("us")),
            "fine": pa.array(range(n), pa.timestamp("ns", "Asia/Tokyo")),
            "time": pa.array(range(n), pa.time64("ns")),
            "bytes": pa.array([bytes([i, 0, 255]) for i in range(n)], pa.binary(3)),
            "text": pa.array([None if i % 7 == 0 else "" if i % 7 == 1 else "t" for i in range(n)]),
            "float": pa.array([0.1 * i for i in range(n)]),
        }
    )
    if not changed:
        return table
    for name, row, value in (
        ("exact", 5, Decimal(10**37 + 6)),
        ("wide", 6, Decimal(10**60 + 7)),
        ("text", 7, ""),
        ("bytes", 9, b"\x00\x00\x00"),
    ):
        place = table.schema.get_field_index(name)
        values = table[name].to_pylist()
        values[row] = value
        table = table.set_column(place, name, pa.array(values, table.schema.field(name).type))
    return table.take(list(range(n))[::-1])


@pytest.mark.parametrize("key", [["id"], None], ids=str)
def test_typed_values_stay_exact(spark, tmp_path, key):
    places = str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")
    for place, changed in zip(places, (False, True), strict=True):
        pq.write_table(typed(changed), place)

    found = with_spark(spark, places, {"key": key})

    assert told(found) == told(
        replace(locally(places, {"key": key}), source=found.source, target=found.target)
    )
    assert found.counts.matched == 56


def test_text_that_is_read_as_the_other_sides_type_is_counted(spark, tmp_path):
    (tmp_path / "a.csv").write_text(
        "id,n\n" + "".join(f"{i},{i if i % 3 else ''}\n" for i in range(50)), "utf-8"
    )
    numbers = [i if i % 3 else None for i in range(50)]
    pq.write_table(pa.table({"id": range(50), "n": [*numbers[:49], 7]}), tmp_path / "b.parquet")
    places = str(tmp_path / "a.csv"), str(tmp_path / "b.parquet")

    found = with_spark(spark, places, {"key": ["id"]})

    assert found.equal_under_rule == locally(places, {"key": ["id"]}).equal_under_rule
    assert found.equal_under_rule["n"] == {"read_as_type": 32}


def folder_of(tmp_path, name, text):
    """The same table as several files, one of them gzipped, and a file beside them."""
    folder = tmp_path / name
    folder.mkdir()
    header, *lines = text.splitlines(keepends=True)
    # The last parts begin and end between rows: rows of this table have no line breaks in them.
    (folder / "part-0.csv").write_text(header + "".join(lines[:30]), "utf-8")
    (folder / "part-1.csv.gz").write_bytes(gzip.compress((header + "".join(lines[30:90])).encode()))
    (folder / "part-2.csv").write_text(header + "\n" + "".join(lines[90:]), "utf-8")
    (folder / "_SUCCESS").write_text("", "utf-8")
    return str(folder)


PLAIN = "id,v\n" + "".join(f"{i},{i * 7 % 13}\n" for i in range(120))


@pytest.mark.parametrize("scheme", ["", "file://"], ids=["paths", "addresses"])
def test_folders_are_tables_and_rows_keep_their_numbers(spark, tmp_path, scheme):
    changed = PLAIN.replace("\n100,", "\n1000,").replace("\n60,4\n", "\n60,5\n")
    places = (
        scheme + folder_of(tmp_path, "a", PLAIN),
        scheme + folder_of(tmp_path, "b", changed),
    )

    found = with_spark(spark, places, {"key": ["id"]})

    rows = {row.key[0]: (row.source_row, row.target_row) for row in found.differences}
    assert rows == {"100": (101, None), "1000": (None, 101), "60": (61, 61)}
    assert found.counts.matched == 118
    assert (found.source.rows, found.source.empty_lines) == (120, 1)


def test_two_empty_tables_are_equal(spark, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("id,v\n", "utf-8")

    found = with_spark(spark, (str(tmp_path / "a.csv"), str(tmp_path / "b.csv")), {"key": ["id"]})

    assert found.counts.larger == 0
    assert found.passed


def test_a_stray_quote_is_the_error_of_the_reader(spark, tmp_path):
    (tmp_path / "a.csv").write_text('id,v\n1,"a"b\n', "utf-8")
    (tmp_path / "b.csv").write_text("id,v\n1,ab\n", "utf-8")

    with pytest.raises(CsvFormatError) as caught:
        with_spark(spark, (str(tmp_path / "a.csv"), str(tmp_path / "b.csv")), {"key": ["id"]})

    with pytest.raises(CsvFormatError) as expected:
        locally((str(tmp_path / "a.csv"), str(tmp_path / "b.csv")), {"key": ["id"]})
    assert caught.value.to_dict() == expected.value.to_dict()


def test_a_file_of_other_columns_in_a_folder_is_refused(spark, tmp_path):
    places = folder_of(tmp_path, "a", PLAIN), folder_of(tmp_path, "b", PLAIN)
    (tmp_path / "b" / "part-9.csv").write_text("id,w\n1,2\n", "utf-8")

    with pytest.raises(ColumnsDifferError, match="part-9"):
        with_spark(spark, places, {"key": ["id"]})


def test_the_key_of_far_files_must_be_named(spark, tmp_path):
    places = tuple("file://" + folder_of(tmp_path, name, PLAIN) for name in "ab")

    with pytest.raises(InvalidOptionError, match="only Spark reads it"):
        with_spark(spark, places, {"key": "auto"})


def test_an_address_without_a_file_is_said_so(spark, tmp_path):
    with pytest.raises(ObjectNotFoundError):
        with_spark(spark, (f"file://{tmp_path}/none", f"file://{tmp_path}/none"), {})


def test_a_folder_without_a_file_is_said_so(spark, tmp_path):
    with pytest.raises(ObjectNotFoundError, match="holds no file"):
        with_spark(spark, (str(tmp_path), str(tmp_path)), {})


def test_every_difference_cannot_be_written_down(spark, tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("k\n1\n", "utf-8")
    comparison = SETTINGS.comparison.model_copy(update={"mismatches_dir": tmp_path})
    settings = SETTINGS.model_copy(update={"comparison": comparison})

    with pytest.raises(InvalidOptionError, match="with Spark cannot"):
        compare_in_session(
            spark,
            (str(tmp_path / "a.csv"), str(tmp_path / "b.csv")),
            parse_spec({"all_mismatches": True}),
            settings=settings,
        )
