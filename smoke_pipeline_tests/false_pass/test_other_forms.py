"""What is true of two CSVs is true however the same cells are written, and whatever stands around them."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pytest

from benchmarks.false_pass.case import Case, File, Truth, parquet, raw
from benchmarks.false_pass.cases import CASES
from benchmarks.false_pass.ours import compare
from benchmarks.false_pass.written import write

Rows = list[list[str]]
MOST_ROWS = 5_000
"""Of a case that is written in every form."""
AROUND = 500
"""Rows before, between and after those of a case; so that what differs stands amid what does not."""


def rows_of(file: File) -> Rows | None:
    """The records of a plain CSV, its header first; None where it is anything else."""
    if file.suffix != ".csv" or file.content.startswith(b"\xef\xbb\xbf"):
        return None
    try:
        text = file.content.decode()
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        return None
    is_table = "," in text and all(len(row) == len(rows[0]) for row in rows)
    return rows if is_table and 0 < len(rows) <= MOST_ROWS else None


csv.field_size_limit(10_000_000)
PLAIN = [
    case for case in CASES if isinstance(case.answer, Truth) and rows_of(case.source) and rows_of(case.target)
]
EVERY_PLAIN_CASE = pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)


def written(rows: Rows, **how: object) -> File:
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **how}).writerows(rows)
    return raw(text.getvalue())


def with_rows(case: Case, source: Callable[[Rows], File], target: Callable[[Rows], File]) -> Case:
    return replace(case, source=source(rows_of(case.source)), target=target(rows_of(case.target)))


def in_parquet(rows: Rows) -> File:
    header, *records = rows
    return parquet(
        {name: pa.array([row[place] for row in records], pa.string()) for place, name in enumerate(header)}
    )


def backwards(rows: Rows) -> File:
    return written([rows[0], *reversed(rows[1:])])


def in_another_dialect(rows: Rows) -> File:
    return written(rows, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)


def columns_turned_round(rows: Rows) -> File:
    return written([row[::-1] for row in rows])


def test_most_cases_are_plain():
    assert len(PLAIN) > 80


@EVERY_PLAIN_CASE
@pytest.mark.parametrize(
    ("source", "target"),
    [
        pytest.param(in_parquet, in_parquet, id="both as Parquet"),
        pytest.param(written, in_parquet, id="a CSV and a Parquet"),
        pytest.param(written, in_another_dialect, id="another dialect"),
        pytest.param(written, backwards, id="backwards"),
        pytest.param(written, columns_turned_round, id="columns turned round"),
    ],
)
def test_the_form_of_the_files_changes_nothing(case, source, target, tmp_path):
    assert compare(write(with_rows(case, source, target), tmp_path)) == case.answer


def around(header: Sequence[str], part: int) -> Rows:
    """Rows that both sides have, of keys that no case has."""
    return [
        [f"around {part} {number} {name}" for name in header]
        for number in range(part * AROUND, (part + 1) * AROUND)
    ]


def embedded(rows: Rows, *, order: Sequence[int] = (0, 1, 2)) -> File:
    header, *records = rows
    half = len(records) // 2
    parts = [records[:half], records[half:], []]
    pieces = [[*around(header, part), *parts[part]] for part in order]
    return written([header, *(row for piece in pieces for row in piece)])


@EVERY_PLAIN_CASE
@pytest.mark.parametrize(
    "order", [pytest.param((0, 1, 2), id="in order"), pytest.param((2, 0, 1), id="in another order")]
)
def test_what_stands_around_the_rows_changes_nothing(case, order, tmp_path):
    expected = replace(case.answer, matched=case.answer.matched + 3 * AROUND)

    found = compare(write(with_rows(case, embedded, lambda rows: embedded(rows, order=order)), tmp_path))

    assert found == expected
