"""What is not compared in a database, and what to do instead."""

import pyarrow as pa
import pytest

from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.tables.segments.base import MOST_SEGMENTS, Checksum, segments_for
from smoke_pipeline.settings.connections import MySql, Oracle, Postgres
from smoke_pipeline.settings.model import Preset, Settings
from smoke_pipeline.smoke_test.places import Whereabouts
from smoke_pipeline.smoke_test.pushdown.compare import compare_in_database
from smoke_pipeline.smoke_test.pushdown.limits import is_written_alike
from smoke_pipeline.smoke_test.pushdown.sums import MOST_NAMED, Summed
from smoke_pipeline.smoke_test.spec import PathSide, SideSpec, TableSide
from smoke_pipeline.snapshots.manifest import Side

PRESET = Preset(
    mysql={"one": MySql(user="reader", database="one"), "other": MySql(user="reader", database="other")},
    postgres={"one": Postgres(user="reader", database="one")},
    oracle={"one": Oracle(user="reader", dsn="nowhere/one")},
)


def compared(source: SideSpec, target: SideSpec) -> None:
    where = Whereabouts(settings=Settings(presets={"development": PRESET}))
    compare_in_database((source, target), parse_spec({"key": "id"}), where)


def table(database: str) -> TableSide:
    return TableSide(database=database, table="orders")


def test_a_file_is_no_table():
    with pytest.raises(InvalidOptionError, match=r"Only tables .* and .*a\.csv is none") as error:
        compared(table("mysql.one"), PathSide(path="a.csv"))

    assert error.value.suggestions[0] == "Read them: --engine local."


@pytest.mark.parametrize("other", ["mysql.other", "postgres.one"])
def test_two_databases_are_not_one(other):
    with pytest.raises(InvalidOptionError, match="are reached by different connections") as error:
        compared(table("mysql.one"), table(other))

    assert any("mysql.warehouse:archive.orders" in suggestion for suggestion in error.value.suggestions)


def test_oracle_is_read():
    with pytest.raises(InvalidOptionError, match="Tables of Oracle are not compared in the database"):
        compared(table("oracle.one"), table("oracle.one"))


def test_a_session_has_no_engine():
    with pytest.raises(InvalidOptionError, match="its source was frozen before the ETL"):
        parse_spec({"engine": "pushdown"})


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (pa.int32(), pa.int32(), True),
        (pa.int32(), pa.decimal128(10, 2), True),
        (pa.decimal128(10, 2), pa.decimal256(60, 2), True),
        (pa.float64(), pa.float32(), False),
        (pa.float64(), pa.int64(), False),
        (pa.string(), pa.int64(), False),
        (pa.string(), pa.binary(), False),
        (pa.timestamp("us"), pa.timestamp("us", "UTC"), False),
        (pa.date32(), pa.timestamp("us"), False),
        (pa.null(), pa.null(), False),
    ],
)
def test_equal_texts_are_equal_values_only_within_a_kind(source, target, expected):
    assert is_written_alike(source, target) is expected
    assert is_written_alike(target, source) is expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, 1), (31, 1), (64, 2), (100, 4), (1_000_000, 32_768), (10**12, MOST_SEGMENTS)],
)
def test_a_table_is_cut_into_segments_by_its_size(rows, expected):
    assert segments_for(rows) == expected


def test_a_segment_repeats_keys_unless_each_row_has_its_own():
    assert not Checksum(rows=2, first=0, second=0).repeats_keys
    assert not Checksum(rows=2, first=0, second=0, keys=2).repeats_keys
    assert Checksum(rows=2, first=0, second=0, keys=1).repeats_keys


def test_more_segments_than_a_statement_can_name_are_not_named():
    few, many = (
        Summed(
            cuts={},
            rows=dict.fromkeys(Side, 10**6),
            segments=MOST_SEGMENTS,
            differing=frozenset(range(differing)),
            same_rows=0,
            rows_to_read=dict.fromkeys(Side, 10),
        )
        for differing in (MOST_NAMED, MOST_NAMED + 1)
    )

    assert few.why_read is None
    assert many.why_read == "10,001 of 65,536 segments differ, or repeat keys."
