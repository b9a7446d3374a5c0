"""Numbers: what doubles cannot hold, what is one number though its type is another, what is none."""

from decimal import Decimal

import pyarrow as pa

from benchmarks.false_pass.case import (
    TYPE_MAY_COUNT,
    TYPES_MAY_BE_WANTED,
    Case,
    case,
    changed,
    column_pair,
    csv,
    parquet,
    same,
    text_pair,
)

BEYOND_DOUBLES = 2**53


def decimals(*values: str | None, precision: int = 38, scale: int = 20) -> pa.Array:
    numbers = [None if value is None else Decimal(value) for value in values]
    return pa.array(numbers, pa.decimal128(precision, scale))


def integers(*values: int | None, type_: pa.DataType | None = None) -> pa.Array:
    return pa.array(values, type_ or pa.int64())


def doubles(*values: float | None) -> pa.Array:
    return pa.array(values, pa.float64())


TYPED = (
    case(
        "decimals-apart-in-the-20th-digit",
        column_pair(decimals("0.12345678901234567890"), decimals("0.12345678901234567891")),
        changed(),
    ),
    case(
        "decimals-apart-in-the-38th-digit",
        column_pair(
            decimals("12345678901234567890123456789012345678", scale=0),
            decimals("12345678901234567890123456789012345679", scale=0),
        ),
        changed(),
    ),
    case(
        "a-large-amount-off-by-a-cent",
        column_pair(decimals("12345678901234567.89", scale=2), decimals("12345678901234567.90", scale=2)),
        changed(),
    ),
    case(
        "integers-beyond-2-to-the-53",
        column_pair(integers(BEYOND_DOUBLES), integers(BEYOND_DOUBLES + 1)),
        changed(),
    ),
    case(
        "integers-beyond-2-to-the-53-beside-a-null",
        column_pair(integers(BEYOND_DOUBLES, None), integers(BEYOND_DOUBLES + 1, None)),
        changed(matched=1),
    ),
    case(
        "the-largest-of-64-bits-without-sign",
        column_pair(integers(2**64 - 1, type_=pa.uint64()), integers(2**64 - 2, type_=pa.uint64())),
        changed(),
    ),
    case(
        "an-integer-against-the-double-beside-it",
        column_pair(integers(BEYOND_DOUBLES + 1), doubles(float(BEYOND_DOUBLES))),
        changed(),
    ),
    case(
        "a-decimal-against-the-double-beside-it",
        column_pair(decimals("0.10000000000000000001"), doubles(0.1)),
        changed(),
    ),
    case("doubles-one-step-apart", column_pair(doubles(1.0), doubles(1.0000000000000002)), changed()),
    case("a-sum-of-doubles-that-is-off", column_pair(doubles(0.1 + 0.2), doubles(0.3)), changed()),
    case("the-smallest-double-against-zero", column_pair(doubles(5e-324), doubles(0.0)), changed()),
    case(
        "infinity-and-what-is-not",
        column_pair(
            doubles(float("inf"), float("-inf"), float("inf")),
            doubles(1.7976931348623157e308, float("inf"), float("inf")),
        ),
        changed(matched=1, rows=2),
    ),
    case(
        "nan-against-null",
        column_pair(doubles(float("nan")), doubles(None)),
        changed(),
        convention="NaN may stand for a missing value",
    ),
    case("nan-against-zero", column_pair(doubles(float("nan")), doubles(0.0)), changed()),
    case("null-against-zero", column_pair(integers(None, 2), integers(0, 2)), changed(matched=1)),
)

ONE_NUMBER = (
    case(
        "a-double-0.1-is-the-decimal-0.1",
        column_pair(doubles(0.1), decimals("0.1")),
        same(1),
        convention="a double is taken for the shortest decimal that reads back as it",
    ),
    case(
        "a-narrow-float-0.1-is-the-double-0.1",
        column_pair(pa.array([0.1], pa.float32()), doubles(0.1)),
        same(1),
        convention="a float is taken for the shortest decimal that reads back as it",
    ),
    case(
        "an-integer-7-is-the-decimal-7.00",
        column_pair(integers(7), decimals("7.00", scale=2)),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "integers-of-other-width",
        column_pair(integers(7, type_=pa.int16()), integers(7)),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "decimals-of-other-scale",
        column_pair(decimals("1.10", scale=2), decimals("1.1", scale=1)),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "minus-zero-is-zero", column_pair(doubles(-0.0), doubles(0.0)), same(1), convention="the bits differ"
    ),
    case(
        "nan-is-nan",
        column_pair(doubles(float("nan")), doubles(float("nan"))),
        same(1),
        convention="IEEE 754 calls NaN different from itself",
    ),
)

WRITTEN = (
    case("leading-zeros", text_pair(["007", "8"], ["7", "8"]), changed(matched=1)),
    case("1e5-against-100000-as-text", text_pair(["1e5"], ["100000"]), changed()),
    case("1.0-against-1.00-as-text", text_pair(["1.0"], ["1.00"]), changed()),
    case("a-plus-sign-as-text", text_pair(["+5"], ["5"]), changed()),
    case("1_000-against-1000-as-text", text_pair(["1_000"], ["1000"]), changed()),
    case("0x10-against-16-as-text", text_pair(["0x10"], ["16"]), changed()),
    case(
        "text-of-more-digits-than-a-double",
        text_pair(["0.12345678901234567890"], ["0.12345678901234567891"]),
        changed(),
    ),
    case(
        "text-of-an-integer-beyond-64-bits",
        text_pair(["123456789012345678901"], ["123456789012345678902"]),
        changed(),
    ),
    case("infinity-as-text", text_pair(["inf"], ["Infinity"]), changed()),
)

AGAINST_TYPES = (
    case(
        "a-csv-integer-against-a-typed-one-beside-it",
        (csv("id,value", "1,9007199254740993"), parquet(id=integers(1), value=integers(BEYOND_DOUBLES))),
        changed(),
        convention=TYPES_MAY_BE_WANTED,
    ),
    case(
        "a-csv-decimal-against-a-typed-one",
        (
            csv("id,value", "1,0.10", "2,0.12345678901234567890"),
            parquet(id=integers(1, 2), value=decimals("0.1", "0.12345678901234567891")),
        ),
        changed(matched=1),
        convention=TYPES_MAY_BE_WANTED,
    ),
)

CASES: tuple[Case, ...] = (*TYPED, *ONE_NUMBER, *WRITTEN, *AGAINST_TYPES)
