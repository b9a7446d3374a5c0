"""Keys: those that run into each other, those that only look alike, and those that stand on several rows."""

import pyarrow as pa

from benchmarks.false_pass.case import (
    TYPE_MAY_COUNT,
    TYPES_MAY_BE_WANTED,
    Case,
    File,
    Truth,
    alone,
    case,
    changed,
    csv,
    numbered,
    parquet,
    same,
)

TWO = ("a", "b")


def of_two(*keys: tuple[str | None, str | None]) -> File:
    """A typed table with a key of two texts."""
    return parquet(
        a=pa.array([key[0] for key in keys], pa.string()),
        b=pa.array([key[1] for key in keys], pa.string()),
        value=pa.array(["x"] * len(keys)),
    )


def of_one(*keys: str) -> File:
    """A CSV with a key of one text."""
    return csv("id,value", *(f"{key},x" for key in keys))


COLLIDING = tuple(
    case(name, (of_two(one, ("s", "t")), of_two(other, ("s", "t"))), apart, key=TWO)
    for apart in (alone(matched=1, source=1, target=1),)
    for name, one, other in (
        ("a-bar-within-a-key", ("p|q", "r"), ("p", "q|r")),
        ("a-comma-within-a-key", ("p,q", "r"), ("p", "q,r")),
        ("nothing-between-the-parts-of-a-key", ("1", "23"), ("12", "3")),
        ("an-underscore-within-a-key", ("p_q", "r"), ("p", "q_r")),
        ("a-separator-character-within-a-key", ("p\x1fq", "r"), ("p", "q\x1fr")),
        ("the-parts-of-a-key-swapped", ("p", "q"), ("q", "p")),
        ("null-in-the-other-part-of-a-key", ("p", None), (None, "p")),
        ("null-and-empty-in-the-parts-of-a-key", ("", None), (None, "")),
    )
)

ALIKE = tuple(
    case(name, (of_one(one, "z"), of_one(other, "z")), alone(matched=1, source=1, target=1))
    for name, one, other in (
        ("keys-that-differ-in-case", "abc", "ABC"),
        ("keys-that-differ-in-a-space-at-the-end", "abc ", "abc"),
        ("keys-that-differ-in-leading-zeros", "007", "7"),
        ("keys-composed-and-decomposed", "Jos\u00e9", "Jose\u0301"),
        ("keys-of-more-digits-than-a-double", "9007199254740993", "9007199254740992"),
        ("keys-that-are-one-number", "1.0", "1"),
    )
)

OF_OTHER_TYPE = (
    case(
        "a-csv-key-against-a-typed-one",
        (csv("id,value", "1,x", "2,y"), parquet(id=numbered(2), value=pa.array(["x", "z"]))),
        changed(matched=1),
        convention=TYPES_MAY_BE_WANTED,
    ),
    case(
        "keys-of-integers-against-keys-of-decimals",
        (
            parquet(id=numbered(2), value=pa.array(["x", "y"])),
            parquet(id=numbered(2).cast(pa.decimal128(21, 2)), value=pa.array(["x", "z"])),
        ),
        changed(matched=1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "keys-of-integers-against-keys-of-doubles",
        (
            parquet(id=numbered(2), value=pa.array(["x", "y"])),
            parquet(id=numbered(2).cast(pa.float64()), value=pa.array(["x", "z"])),
        ),
        changed(matched=1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "dates-as-keys",
        (
            parquet(id=pa.array([1, 2], pa.int32()).cast(pa.date32()), value=pa.array(["x", "y"])),
            parquet(id=pa.array([2, 1], pa.int32()).cast(pa.date32()), value=pa.array(["y", "x"])),
        ),
        same(2),
    ),
)


def repeated(*rows: str) -> File:
    """A CSV whose keys may repeat."""
    return csv("id,value,other", *rows)


REPEATED = (
    case(
        "repeated-keys-in-another-order",
        (repeated("1,a,p", "1,b,q", "2,c,r"), repeated("1,b,q", "1,a,p", "2,c,r")),
        same(3, duplicates=(1, 1)),
    ),
    case(
        "repeated-keys-one-row-changed-and-in-another-order",
        (repeated("1,a,p", "1,b,q", "1,c,r"), repeated("1,c,r", "1,b,x", "1,a,p")),
        changed({"other": 1}, matched=2, duplicates=(2, 2)),
    ),
    case(
        "repeated-keys-with-a-row-less",
        (repeated("1,a,p", "1,b,q", "2,c,r"), repeated("1,a,p", "2,c,r")),
        alone(matched=2, source=1, duplicates=(1, 0)),
    ),
    case(
        "one-row-twice-against-once",
        (repeated("1,a,p", "1,a,p", "2,c,r"), repeated("1,a,p", "2,c,r")),
        alone(matched=2, source=1, duplicates=(1, 0)),
    ),
    case(
        "one-row-once-against-three-times",
        (repeated("1,a,p", "2,c,r"), repeated("1,a,p", "2,c,r", "1,a,p", "1,a,p")),
        alone(matched=2, target=2, duplicates=(0, 2)),
    ),
    case(
        "repeated-rows-of-other-multiplicity",
        (repeated("1,a,p", "1,a,p", "1,b,p"), repeated("1,a,p", "1,b,p", "1,b,p")),
        changed(matched=2, duplicates=(2, 2)),
    ),
    case(
        "a-cell-moved-between-rows-of-one-key",
        (repeated("1,a,p", "1,b,q"), repeated("1,a,q", "1,b,p")),
        Truth(mismatched=2, by_column={"value": 2}, duplicates=(1, 1)),
        convention="either column may be the one that moved",
    ),
    case(
        "a-whole-table-under-one-key",
        (
            repeated(*(f"1,{number},x" for number in range(50))),
            repeated(*(f"1,{number},x" for number in reversed(range(50)))),
        ),
        same(50, duplicates=(49, 49)),
    ),
    case(
        "a-key-repeated-on-one-side-only-with-another-value",
        (repeated("1,a,p", "2,c,r"), repeated("1,z,p", "1,a,p", "2,c,r")),
        alone(matched=2, target=1, duplicates=(0, 1)),
    ),
)

CASES: tuple[Case, ...] = (*COLLIDING, *ALIKE, *OF_OTHER_TYPE, *REPEATED)
