"""What is missing: NULL, the empty text, and the words people write for them."""

import pyarrow as pa

from benchmarks.false_pass.case import (
    TYPE_MAY_COUNT,
    Case,
    alone,
    case,
    changed,
    column_pair,
    csv,
    numbered,
    parquet,
    same,
    text_pair,
)


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


CSV_EMPTY = "an empty cell of a CSV has no type of its own"

CASES: tuple[Case, ...] = (
    case("a-typed-null-against-the-empty-text", column_pair(texts(None), texts("")), changed()),
    case(
        "words-for-null-against-a-typed-null",
        column_pair(texts("None", "nan", "NULL", "<NA>"), texts(None, None, None, None)),
        changed(rows=4),
    ),
    case(
        "words-for-null-against-an-empty-cell",
        text_pair(["NULL", "NA", "nan", "None", "n/a", "x"], ["", "", "", "", "", "x"]),
        changed(matched=1, rows=5),
    ),
    case("words-for-null-are-not-one-word", text_pair(["NULL", "nan"], ["null", "NaN"]), changed(rows=2)),
    case("the-word-null-on-both-sides", text_pair(["NULL", "NA"], ["NULL", "NA"]), same(2)),
    case(
        "a-quoted-empty-cell-is-an-unquoted-one",
        text_pair(['""', "b"], ["", "b"]),
        same(2),
        convention=CSV_EMPTY,
    ),
    case(
        "an-empty-cell-is-the-null-of-a-typed-table",
        (csv("id,value", "1,", "2,b"), parquet(id=texts("1", "2"), value=texts(None, "b"))),
        same(2),
        convention=CSV_EMPTY,
    ),
    case(
        "an-empty-cell-is-the-empty-text-of-a-typed-table",
        (csv("id,value", "1,", "2,b"), parquet(id=texts("1", "2"), value=texts("", "b"))),
        same(2),
        convention=CSV_EMPTY,
    ),
    case("null-on-both-sides", column_pair(texts(None, "b"), texts(None, "b")), same(2)),
    case(
        "a-column-without-values-whatever-its-type",
        column_pair(pa.nulls(2), texts(None, None)),
        same(2),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "null-against-false",
        column_pair(pa.array([None, True], pa.bool_()), pa.array([False, True])),
        changed(matched=1),
    ),
    case(
        "a-row-of-nulls-against-no-row",
        (
            parquet(id=numbered(2), value=texts("a", None), other=texts("a", None)),
            parquet(id=numbered(1), value=texts("a"), other=texts("a")),
        ),
        alone(matched=1, source=1),
    ),
    case(
        "a-null-in-the-key-is-a-key",
        (
            parquet(id=texts(None, "b"), value=texts("x", "y")),
            parquet(id=texts("b", None), value=texts("y", "x")),
        ),
        same(2),
        convention="in SQL NULL is equal to nothing",
    ),
    case(
        "behind-a-null-in-the-key-a-cell-differs",
        (
            parquet(id=texts(None, "b"), value=texts("x", "y")),
            parquet(id=texts("b", None), value=texts("y", "z")),
        ),
        changed(matched=1),
        convention="in SQL NULL is equal to nothing",
    ),
    case(
        "a-null-in-the-key-is-not-the-empty-text",
        (
            parquet(id=texts(None, "b"), value=texts("x", "y")),
            parquet(id=texts("", "b"), value=texts("x", "y")),
        ),
        alone(matched=1, source=1, target=1),
    ),
    case(
        "a-null-in-the-key-is-not-its-word",
        (
            parquet(id=texts(None, "b"), value=texts("x", "y")),
            parquet(id=texts("None", "b"), value=texts("x", "y")),
        ),
        alone(matched=1, source=1, target=1),
    ),
    case(
        "a-null-beside-integers-beyond-2-to-the-53-in-the-key",
        (
            parquet(id=pa.array([2**53, 2**53 + 1, None]), value=texts("a", "b", "c")),
            parquet(id=pa.array([None, 2**53 + 1, 2**53]), value=texts("c", "b", "a")),
        ),
        same(3),
        convention="in SQL NULL is equal to nothing",
    ),
)
