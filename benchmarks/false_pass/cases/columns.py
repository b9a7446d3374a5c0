"""Columns: in another order, of strange names, on one side alone, two of one name, two hundred."""

from collections.abc import Sequence

import pyarrow as pa

from benchmarks.false_pass.case import (
    Case,
    File,
    Refusal,
    case,
    changed,
    column_pair,
    csv,
    numbered,
    parquet,
    same,
)

DIFFER = Refusal(error="ColumnsDifferError")
WIDE = 200


def wide(last: str) -> File:
    names = [f"c{number}" for number in range(WIDE - 2)]
    return csv(
        ",".join(["id", *names, "last"]),
        *(
            ",".join([row, *(f"{name}-{row}" for name in names), cell])
            for row, cell in (("1", "x"), ("2", last))
        ),
    )


def strange(name: str) -> tuple[File, File]:
    """A pair that differs in one cell of a column of this name."""
    return column_pair(pa.array(["a", "b"]), pa.array(["a", "c"]), name, name)


STRANGE: Sequence[tuple[str, str]] = (
    ("a-column-named-_merge", "_merge"),
    ("a-column-without-a-name", ""),
    ("a-column-with-a-comma", "amount, net"),
    ("a-column-with-a-quotation-mark", 'the "name"'),
    ("a-column-with-an-emoji", "\U0001f4b6"),
    ("a-column-with-a-dot", "a.b"),
    ("a-column-named-like-a-side", "value_df2"),
    ("a-column-named-like-a-match", "value_match"),
    ("a-column-of-a-space", " "),
)

CASES: tuple[Case, ...] = (
    case(
        "columns-in-another-order",
        (csv("id,a,b", "1,x,y", "2,p,q"), csv("b,id,a", "y,1,x", "q,2,p")),
        same(2),
    ),
    case(
        "columns-in-another-order-and-a-cell-changed",
        (csv("id,a,b", "1,x,y", "2,p,q"), csv("b,id,a", "y,1,x", "p,2,q")),
        changed({"a": 1, "b": 1}, matched=1),
    ),
    case(
        "columns-in-another-order-so-that-the-rows-look-alike",
        (csv("id,a,b", "1,x,y"), csv("id,b,a", "1,x,y")),
        changed({"a": 1, "b": 1}),
    ),
    case("a-column-renamed", (csv("id,amount", "1,x"), csv("id,betrag", "1,x")), DIFFER),
    case(
        "a-column-on-one-side-alone",
        (csv("id,a,b", "1,x,y"), csv("id,a", "1,x")),
        DIFFER,
    ),
    case(
        "a-column-of-nulls-on-one-side-alone",
        (
            parquet(id=numbered(1), a=pa.array(["x"]), b=pa.array([None], pa.string())),
            parquet(id=numbered(1), a=pa.array(["x"])),
        ),
        DIFFER,
    ),
    case(
        "columns-whose-names-differ-in-case",
        (csv("id,Amount", "1,x"), csv("id,amount", "1,x")),
        DIFFER,
        convention="the case of names may not count",
    ),
    case(
        "two-columns-whose-names-differ-in-case",
        (csv("id,Amount,amount", "1,x,y"), csv("id,Amount,amount", "1,x,z")),
        changed({"amount": 1}),
    ),
    case(
        "two-columns-of-one-name",
        (csv("id,a,a", "1,x,y", "2,p,q"), csv("id,a,a", "1,z,y", "2,p,q")),
        Refusal(error="DuplicateColumnError"),
    ),
    *(case(name, strange(column), changed({column: 1}, matched=1)) for name, column in STRANGE),
    case("the-last-of-200-columns", (wide("x"), wide("y")), changed({"last": 1}, matched=1)),
    case("200-columns-unchanged", (wide("x"), wide("x")), same(2)),
    case("a-table-of-keys-alone", (csv("id", "1", "2"), csv("id", "2", "1")), same(2)),
)
