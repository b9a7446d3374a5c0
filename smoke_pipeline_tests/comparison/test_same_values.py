"""Which two cells are the same value, by type, in keyed and in keyless comparisons."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from smoke_pipeline.errors import ComparisonError
from smoke_pipeline_tests.comparison.tables import compare_tables, fall

TEXT, CSV = pa.string(), "csv"
INT, SMALL, UNSIGNED = pa.int64(), pa.int8(), pa.uint64()
DOUBLE, FLOAT, HALF = pa.float64(), pa.float32(), pa.float16()
MONEY, FINE, HUGE = pa.decimal128(20, 2), pa.decimal128(38, 20), pa.decimal256(60, 10)
DAY, DAY64 = pa.date32(), pa.date64()
SECONDS, MICROS, NANOS = pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("ns")
UTC_MICROS, PARIS = pa.timestamp("us", "UTC"), pa.timestamp("ms", "Europe/Paris")
NOON = datetime(2026, 1, 2, 12, 0)
NOON_UTC = NOON.replace(tzinfo=UTC)
BIG = 2**53

SAME: list[tuple[str, Any, Any, Any, Any]] = [
    ("int and int of other width", INT, 7, SMALL, 7),
    ("unsigned and signed", UNSIGNED, 7, INT, 7),
    ("int and decimal", INT, 7, MONEY, Decimal("7.00")),
    ("int and double", INT, 7, DOUBLE, 7.0),
    ("decimals of other scale", MONEY, Decimal("1.50"), FINE, Decimal("1.5")),
    ("decimal of 256 bits", MONEY, Decimal("1.50"), HUGE, Decimal("1.5")),
    ("double and its shortest decimal", DOUBLE, 0.1, FINE, Decimal("0.1")),
    ("float and its shortest decimal", FLOAT, np.float32(0.1), FINE, Decimal("0.1")),
    ("float and double of one spelling", FLOAT, np.float32(0.1), DOUBLE, 0.1),
    ("half and its shortest decimal", HALF, np.float16(0.1), FINE, Decimal("0.1")),
    ("large double and int", DOUBLE, 1e15, INT, 10**15),
    ("tiny double and decimal", DOUBLE, 1e-7, FINE, Decimal("0.0000001")),
    ("nan and nan", DOUBLE, float("nan"), DOUBLE, float("nan")),
    ("nan and nan of other width", DOUBLE, float("nan"), FLOAT, np.float32("nan")),
    ("zero and minus zero", DOUBLE, -0.0, DOUBLE, 0.0),
    ("minus zero and int", DOUBLE, -0.0, INT, 0),
    ("infinity", DOUBLE, float("inf"), FLOAT, np.float32("inf")),
    ("null and null", INT, None, INT, None),
    ("null and null of another type", INT, None, DAY, None),
    ("null and a column of nothing", TEXT, None, pa.null(), None),
    ("days of other width", DAY, date(2026, 1, 2), DAY64, date(2026, 1, 2)),
    ("moments of other unit", SECONDS, NOON, NANOS, NOON),
    ("instants of other zone", UTC_MICROS, NOON_UTC, PARIS, NOON_UTC),
    ("times of other unit", pa.time32("s"), time(1, 2, 3), pa.time64("ns"), time(1, 2, 3)),
    ("durations of other unit", pa.duration("s"), timedelta(1), pa.duration("us"), timedelta(1)),
    ("text and large text", TEXT, "a", pa.large_string(), "a"),
    ("text and text view", TEXT, "a", pa.string_view(), "a"),
    ("text and dictionary", TEXT, "a", pa.dictionary(pa.int8(), TEXT), "a"),
    ("bytes and bytes of fixed size", pa.binary(), b"ab", pa.binary(2), b"ab"),
    ("csv text read as int", CSV, "7", INT, 7),
    ("csv text with zeros read as int", CSV, "007", INT, 7),
    ("csv text with a fraction read as int", CSV, "7.0", INT, 7),
    ("csv text read as decimal", CSV, "1.5", MONEY, Decimal("1.50")),
    ("csv text read as double", CSV, "1e-7", DOUBLE, 1e-7),
    ("csv nan read as double", CSV, "NaN", DOUBLE, float("nan")),
    ("csv text read as date", CSV, "2026-01-02", DAY, date(2026, 1, 2)),
    ("csv text read as timestamp", CSV, "2026-01-02 12:00:00", MICROS, NOON),
    ("csv ISO text read as timestamp", CSV, "2026-01-02T12:00:00.000", NANOS, NOON),
    ("csv text read as instant", CSV, "2026-01-02T13:00:00+01:00", UTC_MICROS, NOON_UTC),
    ("csv text read as time", CSV, "01:02:03", pa.time32("s"), time(1, 2, 3)),
    ("csv text read as boolean", CSV, "TRUE", pa.bool_(), True),
    ("csv empty and null", CSV, None, INT, None),
    ("csv empty and the empty text", CSV, None, TEXT, ""),
    ("csv quoted empty and null", CSV, "", TEXT, None),
]
DIFFERENT: list[tuple[str, Any, Any, Any, Any]] = [
    ("ints past 2^53", INT, BIG, INT, BIG + 1),
    ("int past 2^53 and double", INT, BIG + 1, DOUBLE, float(BIG)),
    ("decimals in the 20th digit", FINE, Decimal("1.00000000000000000001"), FINE, Decimal(1)),
    (
        "decimals of 18 digits in the cent",
        MONEY,
        Decimal("123456789012345678.78"),
        MONEY,
        Decimal("123456789012345678.79"),
    ),
    ("decimals of 256 bits", HUGE, Decimal("1e45"), HUGE, Decimal(f"1{'0' * 45}.0000000001")),
    ("double and a decimal with digits invented", DOUBLE, 0.1, FINE, Decimal("0.1000000000000000055")),
    ("float and double of more digits", FLOAT, np.float32(0.1), DOUBLE, float(np.float32(0.1))),
    ("neighbouring doubles", DOUBLE, 0.1 + 0.2, DOUBLE, 0.3),
    ("nan and null", DOUBLE, float("nan"), DOUBLE, None),
    ("null and zero", INT, None, INT, 0),
    ("null and the empty text", TEXT, None, TEXT, ""),
    ("text of another case", TEXT, "a", TEXT, "A"),
    ("text with a space", TEXT, "a", TEXT, "a "),
    ("composed and decomposed text", TEXT, "\u00e4", TEXT, "a\u0308"),
    ("text numbers of other notation", TEXT, "1.50", TEXT, "1.5"),
    ("text numbers with zeros", TEXT, "007", TEXT, "7"),
    ("text numbers with an exponent", TEXT, "1e5", TEXT, "100000"),
    ("text DATACOMPY_NULL and null", TEXT, "DATACOMPY_NULL", TEXT, None),
    ("text nan and null", TEXT, "nan", TEXT, None),
    ("csv NULL word and null", CSV, "NULL", TEXT, None),
    ("a date and its midnight", DAY, date(2026, 1, 2), MICROS, datetime(2026, 1, 2)),
    ("a moment and an instant", MICROS, NOON, UTC_MICROS, NOON_UTC),
    ("moments a nanosecond apart", NANOS, np.datetime64("2026-01-02T12:00:00.000000001"), MICROS, NOON),
    ("true and one", pa.bool_(), True, INT, 1),
    ("bytes and text", pa.binary(), b"ab", TEXT, "ab"),
    ("int and date", INT, 1, DAY, date(1970, 1, 2)),
    ("duration and int", pa.duration("s"), timedelta(seconds=1), INT, 1),
    ("text that cannot be read as int", CSV, "x7", INT, 7),
    ("csv text with a space read as int", CSV, " 7", INT, 7),
    ("csv text with separators read as int", CSV, "1,000", INT, 1000),
    ("csv digits of another script read as int", CSV, "\u0667", INT, 7),
    ("csv number a digit off the decimal", CSV, "1.501", MONEY, Decimal("1.50")),
    ("csv number past 2^53", CSV, str(BIG + 1), INT, BIG),
    ("csv date read as timestamp", CSV, "2026-01-02", MICROS, datetime(2026, 1, 2)),
    ("csv moment without zone read as instant", CSV, "2026-01-02 12:00:00", UTC_MICROS, NOON_UTC),
    ("csv impossible date", CSV, "2026-02-30", DAY, date(2026, 3, 2)),
    ("csv one read as boolean", CSV, "1", pa.bool_(), True),
    ("csv empty and zero", CSV, None, INT, 0),
]


def pair(left: Any, one: Any, right: Any, other: Any) -> tuple[pa.Table, pa.Table, tuple[str, str]]:
    formats = tuple("csv" if side == CSV else "parquet" for side in (left, right))
    tables = [
        pa.table(
            {
                "k": ["1"],
                "v": pa.array([value], TEXT).cast(type_)
                if pa.types.is_dictionary(type_)
                else pa.array([value], type_),
            }
        )
        for type_, value in ((TEXT if left == CSV else left, one), (TEXT if right == CSV else right, other))
    ]
    return tables[0], tables[1], (formats[0], formats[1])


CASES = [pytest.param(True, *case[1:], id=case[0]) for case in SAME] + [
    pytest.param(False, *case[1:], id=case[0]) for case in DIFFERENT
]


@pytest.mark.parametrize(("is_same", "left", "one", "right", "other"), CASES)
@pytest.mark.parametrize("is_swapped", [False, True], ids=["", "swapped"])
def test_two_cells_are_the_same_value_or_not(
    is_same: bool, left: Any, one: Any, right: Any, other: Any, is_swapped: bool
) -> None:
    sides = (right, other, left, one) if is_swapped else (left, one, right, other)
    source, target, formats = pair(*sides)

    by_key = compare_tables(source, target, formats=formats, key=("k",))
    as_key = compare_tables(source, target, formats=formats, key=("v",))
    keyless = compare_tables(source, target, formats=formats)

    assert fall(by_key) == ((1, 0, 0, 0) if is_same else (0, 1, 0, 0))
    assert fall(as_key) == fall(keyless) == ((1, 0, 0, 0) if is_same else (0, 0, 1, 1))


def test_exact_csv_empties_keep_quoted_and_unquoted_apart() -> None:
    source, target, formats = pair(CSV, None, CSV, "")

    merged = compare_tables(source, target, formats=formats, key=("k",))
    exact = compare_tables(source, target, formats=formats, key=("k",), csv_empty="exact")

    assert (fall(merged), merged.columns.empty_is_null) == ((1, 0, 0, 0), ("k", "v"))
    assert (fall(exact), exact.columns.empty_is_null) == ((0, 1, 0, 0), ())


def test_a_composite_key_never_collides_by_concatenation() -> None:
    source = pa.table({"a": ["p|q", "1", None], "b": ["r", "23", "x"], "v": ["1", "1", "1"]})
    target = pa.table({"a": ["p", "12", ""], "b": ["q|r", "3", "x"], "v": ["1", "1", "1"]})

    result = compare_tables(source, target, key=("a", "b"))

    assert fall(result) == (0, 0, 3, 3)


def test_values_beyond_the_calendar_keep_their_identity() -> None:
    days, seconds = (
        pa.array([0, 3_000_000, 2**31 - 1], pa.int32()),
        pa.array([0, 10**13, -(10**15)], pa.int64()),
    )
    source = pa.table({"k": ["1", "2", "3"], "d": days.cast(DAY), "s": seconds.cast(SECONDS)})
    target = pa.table({"k": ["1", "2", "3"], "d": days.cast(DAY), "s": [None, "x", "y"]})
    later = source.set_column(1, "d", pa.array([0, 3_000_001, 2**31 - 1], pa.int32()).cast(DAY))

    assert fall(compare_tables(source, source, key=("d",))) == (3, 0, 0, 0)
    assert fall(compare_tables(source, later, key=("k",))) == (2, 1, 0, 0)
    assert fall(compare_tables(source, target, formats=("parquet", "csv"), key=("k",))) == (0, 3, 0, 0)


def test_zones_of_an_offset_are_instants_like_any_other() -> None:
    for zone in ("+05:30", "-08:00", "Z", "Asia/Kolkata"):
        source = pa.table({"k": ["1"], "v": pa.array([NOON_UTC], pa.timestamp("us", zone))})
        target = pa.table({"k": ["1"], "v": pa.array([NOON_UTC], UTC_MICROS)})

        assert fall(compare_tables(source, target, key=("k",))) == (1, 0, 0, 0)
        assert fall(compare_tables(source, source)) == (1, 0, 0, 0)


@pytest.mark.parametrize("data_type", [pa.duration("s"), SECONDS, pa.timestamp("s", "UTC")])
def test_seconds_too_many_to_be_carried_are_an_error_and_never_wrap_around(data_type: pa.DataType) -> None:
    source, target = (
        pa.table({"k": ["1"], "v": pa.array([seconds], pa.int64()).cast(data_type)}) for seconds in (2**62, 0)
    )

    with pytest.raises(ComparisonError, match="Column 'v' of the source holds a value"):
        compare_tables(source, target, key=("k",))
