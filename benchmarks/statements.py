"""Tables like the statements of a bank, with differences that are known; the same on every machine."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

RESPELLED = "closing_balance"
CHANGED_COLUMNS = (RESPELLED, "status", "remark")
PER_MILLE = {"changed": 1.0, "missing": 0.2, "new": 0.3}
"""Rows of a thousand that differ, and how."""

WORDS = {
    "currency": ["EUR", "USD", "CHF", "GBP", "PLN", "SEK"],
    "country": ["DE", "AT", "CH", "FR", "PL", "SE", "US", "GB"],
    "city": ["Köln", "Wien", "Zürich", "Paris", "Kraków", "Malmö", "Boston", "Leeds", "Frankfurt am Main"],
    "segment": ["retail", "private", "corporate", "public"],
    "channel": ["branch", "online", "mobile", "phone"],
    "product": ["Current account", "Savings account", "Credit card", "Loan, fixed rate", "Loan, variable"],
    "status": ["open", "paid", "overdue", "disputed"],
    "remark": ["", "", "", "paper copy sent", "address changed, see file", 'called "urgent"'],
}
AMOUNTS = ("opening_balance", RESPELLED, "debits", "credits", "fees", "interest", "minimum_payment")


def statements(random: np.random.Generator, *, first: int, rows: int) -> pa.Table:
    """Statements with the ids from `first` on; 22 columns of text."""
    numbers = np.arange(first, first + rows)
    columns: dict[str, pa.Array] = {
        "statement_id": spelled("ST%010d", numbers),
        "contract_number": spelled("%012d", random.integers(10**11, 10**12, rows)),
        "customer_id": spelled("C%08d", random.integers(0, max(rows // 3, 1), rows)),
        "iban": spelled("DE%020d", random.integers(0, 10**18, rows)),
        "statement_date": days(random, rows),
        "due_date": days(random, rows),
    }
    columns |= {name: picked(random, words, rows) for name, words in WORDS.items()}
    columns |= {name: amounts(random, rows) for name in AMOUNTS}
    columns["transactions"] = spelled("%d", random.integers(0, 400, rows))
    return pa.table(columns)


def changed(source: pa.Table, random: np.random.Generator) -> tuple[pa.Table, Mapping[str, Any]]:
    """The source with some rows changed in one cell, some left out, some added; and the right counts."""
    rows = source.num_rows
    many = {name: round(rows * share / 1000) for name, share in PER_MILLE.items()}
    touched = random.permutation(rows)[: many["changed"] + many["missing"]]
    wrong, missing = touched[: many["changed"]], touched[many["changed"] :]
    for turn, name in enumerate(CHANGED_COLUMNS):
        values = np.array(source[name].to_pylist(), dtype=object)
        places = wrong[turn :: len(CHANGED_COLUMNS)]
        values[places] = [other(name, value) for value in values[places]]
        source = source.set_column(source.schema.get_field_index(name), name, pa.array(values))
    kept = np.setdiff1d(np.arange(rows), missing)
    target = pa.concat_tables(
        [source.take(pa.array(kept)), statements(random, first=10 * rows, rows=many["new"])]
    )
    expected = {
        "rows_source": rows,
        "rows_target": target.num_rows,
        "mismatched": many["changed"],
        "source_only": many["missing"],
        "target_only": many["new"],
        "mismatch_by_column": {
            name: len(wrong[turn :: len(CHANGED_COLUMNS)]) for turn, name in enumerate(CHANGED_COLUMNS)
        },
    }
    return target, expected


def other(name: str, value: str) -> str:
    """A value that is not `value`."""
    return f"{value[:-1]}{(int(value[-1]) + 1) % 10}" if name == RESPELLED else f"{value}?"


def respelled(table: pa.Table) -> pa.Table:
    """The table with one column of amounts written with two more decimals."""
    longer = pa.array([f"{value}00" for value in table[RESPELLED].to_pylist()])
    return table.set_column(table.schema.get_field_index(RESPELLED), RESPELLED, longer)


def spelled(template: str, numbers: np.ndarray) -> pa.Array:
    return pa.array([template % number for number in numbers.tolist()])


def picked(random: np.random.Generator, words: list[str], rows: int) -> pa.Array:
    places = pa.array(random.integers(0, len(words), rows, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(places, pa.array(words)).cast(pa.string())


def amounts(random: np.random.Generator, rows: int) -> pa.Array:
    return pa.array([f"{cents / 100:.2f}" for cents in random.integers(-(10**7), 10**8, rows).tolist()])


def days(random: np.random.Generator, rows: int) -> pa.Array:
    since_1970 = random.integers(18_000, 20_500, rows, dtype=np.int32)
    return pa.array(since_1970).cast(pa.date32()).cast(pa.string())


def drifted(source: pa.Table) -> tuple[pa.Table, Mapping[str, Any]]:
    """The source with another amount in every row of one column; and the right counts."""
    values = pa.array([other(RESPELLED, value) for value in source[RESPELLED].to_pylist()])
    place = source.schema.get_field_index(RESPELLED)
    expected = {
        "rows_source": source.num_rows,
        "rows_target": source.num_rows,
        "mismatched": source.num_rows,
        "source_only": 0,
        "target_only": 0,
        "mismatch_by_column": {RESPELLED: source.num_rows},
    }
    return source.set_column(place, RESPELLED, values), expected


def typed(table: pa.Table) -> pa.Table:
    """The table with dates, decimals and integers in place of their texts."""
    types = {name: pa.decimal128(18, 2) for name in AMOUNTS}
    types |= {"statement_date": pa.date32(), "due_date": pa.date32(), "transactions": pa.int64()}
    for name, type_ in types.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].cast(type_))
    return table
