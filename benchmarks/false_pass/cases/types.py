"""Kinds of values: truth values, bytes, encodings of text, and what is nested."""

import pyarrow as pa

from benchmarks.false_pass.case import (
    TYPE_MAY_COUNT,
    TYPES_MAY_BE_WANTED,
    Case,
    Refusal,
    case,
    changed,
    column_pair,
    csv,
    numbered,
    parquet,
    same,
)

PEOPLE = pa.struct([("name", pa.string()), ("age", pa.int64())])

CASES: tuple[Case, ...] = (
    case("truth-values", column_pair(pa.array([True, True]), pa.array([True, False])), changed(matched=1)),
    case(
        "true-against-1",
        column_pair(pa.array([True]), pa.array([1])),
        changed(),
        convention="a truth value may stand for a number",
    ),
    case(
        "a-csv-false-against-a-typed-true",
        (
            csv("id,value", "1,true", "2,false"),
            parquet(id=numbered(2), value=pa.array([True, True])),
        ),
        changed(matched=1),
        convention=TYPES_MAY_BE_WANTED,
    ),
    case(
        "a-csv-1-against-a-typed-true",
        (csv("id,value", "1,1"), parquet(id=numbered(1), value=pa.array([True]))),
        changed(),
        convention="1 may stand for true",
    ),
    case("bytes", column_pair(pa.array([b"\0\xff", b"a"]), pa.array([b"\0\xfe", b"a"])), changed(matched=1)),
    case("bytes-unchanged", column_pair(pa.array([b"\0\xff"]), pa.array([b"\0\xff"])), same(1)),
    case(
        "bytes-against-text",
        column_pair(pa.array([b"ab"]), pa.array(["ab"])),
        changed(),
        convention="the bytes may stand for text",
    ),
    case(
        "text-in-a-dictionary",
        column_pair(pa.array(["a", "b", "a"]).dictionary_encode(), pa.array(["a", "b", "a"])),
        same(3),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "text-in-another-dictionary",
        column_pair(pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "a"]).dictionary_encode()),
        changed(rows=2),
    ),
    case(
        "text-with-large-offsets",
        column_pair(pa.array(["a"], pa.large_string()), pa.array(["a"])),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "a-number-against-its-text-typed",
        column_pair(pa.array([7, 8]), pa.array(["7", "9"])),
        changed(matched=1),
        convention="a text may differ from every number",
    ),
    case(
        "a-struct-whose-last-field-differs",
        column_pair(
            pa.array([{"name": "Ann", "age": 30}], PEOPLE), pa.array([{"name": "Ann", "age": 31}], PEOPLE)
        ),
        Refusal(error="UnsupportedColumnTypeError"),
    ),
    case(
        "a-list-whose-last-item-differs",
        column_pair(pa.array([[1, 2, 3]]), pa.array([[1, 2, 4]])),
        Refusal(error="UnsupportedColumnTypeError"),
    ),
    case(
        "a-list-with-null-against-one-without",
        column_pair(pa.array([["a", None]]), pa.array([["a", "None"]])),
        Refusal(error="UnsupportedColumnTypeError"),
    ),
)
