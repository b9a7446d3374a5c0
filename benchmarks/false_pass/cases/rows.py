"""Rows: moved, inserted, shuffled, exchanged, repeated; and sums that do not tell."""

import random

from benchmarks.false_pass.case import Case, File, Truth, alone, case, changed, csv, same

MANY = 2_000


def statements(numbers: list[int] | range, wrong: dict[int, str] | None = None) -> File:
    """A CSV with a row for each number; the amounts of some are replaced."""
    amounts = {number: f"{number * 37 % 1009}.{number % 100:02d}" for number in numbers} | (wrong or {})
    return csv("id,name,amount", *(f"S{number},name {number % 7},{amounts[number]}" for number in numbers))


ALL = list(range(MANY))
SHUFFLED = random.Random(20_260_204).sample(ALL, MANY)
WITHOUT_ONE = ALL[:1000] + ALL[1001:]


def people(changed_cells: str) -> File:
    """Twenty thousand rows, more than some programs look at one by one; the cells of one row are given."""
    rows = [f"{number},n{number},c{number % 9}" for number in range(20_000)]
    rows[12_345] = f"12345,{changed_cells}"
    return csv("id,first,last", *rows)


MANY_ROWS = (
    case("many-rows-unchanged", (statements(ALL), statements(ALL)), same(MANY)),
    case("all-rows-shuffled", (statements(ALL), statements(SHUFFLED)), same(MANY)),
    case("the-rows-backwards", (statements(ALL), statements(ALL[::-1])), same(MANY)),
    case("one-row-moved", (statements(ALL), statements([*WITHOUT_ONE, 1000])), same(MANY)),
    case(
        "one-row-inserted-in-the-middle",
        (statements(WITHOUT_ONE), statements(ALL)),
        alone(matched=MANY - 1, target=1),
    ),
    case("the-first-row-lost", (statements(ALL), statements(ALL[1:])), alone(matched=MANY - 1, source=1)),
    case("the-last-row-lost", (statements(ALL), statements(ALL[:-1])), alone(matched=MANY - 1, source=1)),
    case(
        "one-row-lost-and-another-new",
        (statements(ALL[:-1]), statements(ALL[1:])),
        alone(matched=MANY - 2, source=1, target=1),
    ),
    case(
        "one-cell-of-many-rows",
        (statements(ALL), statements(ALL, {1234: "0.01"})),
        changed({"amount": 1}, matched=MANY - 1),
    ),
    case(
        "one-cell-of-many-shuffled-rows",
        (statements(ALL), statements(SHUFFLED, {1234: "0.01"})),
        changed({"amount": 1}, matched=MANY - 1),
    ),
    case(
        "the-last-cell-of-the-last-row",
        (statements(ALL), statements(ALL, {MANY - 1: "0.01"})),
        changed({"amount": 1}, matched=MANY - 1),
    ),
    case(
        "a-cell-changed-and-a-row-inserted-before-it",
        (statements(WITHOUT_ONE), statements(ALL, {1500: "0.01"})),
        Truth(matched=MANY - 2, mismatched=1, target_only=1, by_column={"amount": 1}),
    ),
    case(
        "every-row-changed",
        (statements(ALL), statements(ALL, dict.fromkeys(ALL, "0.001"))),
        changed({"amount": MANY}, rows=MANY),
    ),
    case(
        "every-row-another",
        (statements(ALL), statements(range(MANY, 2 * MANY))),
        alone(source=MANY, target=MANY),
    ),
)

EXCHANGED = (
    case(
        "two-amounts-exchanged-so-that-the-sum-is-right",
        (csv("id,value", "1,10.00", "2,20.00", "3,5"), csv("id,value", "1,20.00", "2,10.00", "3,5")),
        changed(matched=1, rows=2),
    ),
    case(
        "one-amount-up-and-one-down-by-the-same",
        (csv("id,value", "1,10", "2,20", "3,5"), csv("id,value", "1,11", "2,19", "3,5")),
        changed(matched=1, rows=2),
    ),
    case(
        "a-sum-that-hides-1.87-in-its-rounding",
        (
            csv("id,value", "1,90071992547409920.00", "2,1.87"),
            csv("id,value", "1,90071992547409920.00", "2,0.00"),
        ),
        changed(matched=1),
    ),
    case(
        "the-values-of-a-column-moved-down-by-a-row",
        (
            csv("id,value", *(f"{number},v{number}" for number in range(10))),
            csv("id,value", *(f"{number},v{(number + 1) % 10}" for number in range(10))),
        ),
        changed(rows=10),
    ),
    case(
        "two-columns-exchanged",
        (csv("id,debit,credit", "1,5,7", "2,3,3"), csv("id,debit,credit", "1,7,5", "2,3,3")),
        changed({"debit": 1, "credit": 1}, matched=1),
    ),
    case(
        "the-border-between-two-cells-moved",
        (csv("id,first,last", "1,ab,c", "2,x,y"), csv("id,first,last", "1,a,bc", "2,x,y")),
        changed({"first": 1, "last": 1}, matched=1),
    ),
    case(
        "a-bar-moved-between-two-cells",
        (csv("id,first,last", "1,p|q,r", "2,x,y"), csv("id,first,last", "1,p,q|r", "2,x,y")),
        changed({"first": 1, "last": 1}, matched=1),
    ),
    case(
        "a-bar-moved-between-two-cells-of-many",
        (people("p|q,r"), people("p,q|r")),
        changed({"first": 1, "last": 1}, matched=19_999),
    ),
    case(
        "a-comma-moved-between-two-cells",
        (csv("id,first,last", '1,"p,q",r', "2,x,y"), csv("id,first,last", '1,p,"q,r"', "2,x,y")),
        changed({"first": 1, "last": 1}, matched=1),
    ),
    case(
        "two-keys-exchanged",
        (csv("id,value", "1,a", "2,b"), csv("id,value", "2,a", "1,b")),
        changed(rows=2),
    ),
)

WHOLE = (
    case(
        "whole-rows-in-another-order",
        (csv("name,city", "a,x", "b,y", "a,x"), csv("name,city", "b,y", "a,x", "a,x")),
        same(3),
        key=(),
    ),
    case(
        "whole-rows-of-other-multiplicity",
        (csv("name,city", "a,x", "a,x", "b,y"), csv("name,city", "a,x", "b,y", "b,y")),
        alone(matched=2, source=1, target=1),
        key=(),
    ),
    case(
        "a-whole-row-once-more",
        (csv("name,city", "a,x", "b,y"), csv("name,city", "a,x", "b,y", "b,y")),
        alone(matched=2, target=1),
        key=(),
    ),
    case(
        "whole-rows-one-cell-changed",
        (csv("name,city", "a,x", "b,y"), csv("name,city", "b,z", "a,x")),
        alone(matched=1, source=1, target=1),
        key=(),
    ),
    case(
        "whole-rows-whose-cells-exchanged",
        (csv("name,city", "a,x", "b,y"), csv("name,city", "a,y", "b,x")),
        alone(source=2, target=2),
        key=(),
    ),
)

CASES: tuple[Case, ...] = (*MANY_ROWS, *EXCHANGED, *WHOLE)
