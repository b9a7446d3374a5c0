import csv
import io
import json
from random import Random

import pytest

from smoke_pipeline.comparison.result import (
    CellDifference,
    ComparisonResult,
    DifferenceKind,
    RowDifference,
)
from smoke_pipeline.report.mismatch_csv import defused, exact, write_mismatches
from smoke_pipeline_tests.report.results import mismatch, one_sided, result, rich

TEXTS = (
    None,
    "",
    "a",
    "NULL",
    '"',
    '""',
    ",",
    "\n",
    "\r\n",
    "\r",
    "\\N",
    " x ",
    "=1+1",
    "ü",
    "😀",
    "\x00",
    "{}",
)


def written(found: ComparisonResult) -> bytes:
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding="utf-8", newline="") as file:
        write_mismatches(found, file)
        file.flush()
        return buffer.getvalue()


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_the_lines_of_a_rich_result_are_as_agreed(golden):
    golden("mismatches.csv", written(rich()))


def test_without_a_difference_only_the_header_is_written():
    assert written(result()) == (
        b"key:id,difference_type,column,source_value,target_value,source_row,target_row,nulls,in_flight\r\n"
    )


def test_a_key_column_that_is_called_like_a_field_stays_apart():
    found = result(key=("column", "nulls"))

    header = written(found).decode().split("\r\n")[0].split(",")

    assert header[:2] == ["key:column", "key:nulls"]
    assert len(set(header)) == len(header)


def test_null_and_the_empty_text_are_told_apart():
    found = result(differences=(mismatch("1", ("a", None, ""), ("b", "", None)),))

    lines = read(written(found))

    assert [line["source_value"] + line["target_value"] for line in lines] == ["", ""]
    assert [line["nulls"] for line in lines] == ['["source_value"]', '["target_value"]']


def test_a_one_sided_row_is_one_line_with_the_whole_row_as_json():
    row = {"id": "1", "amount": None, "note": ""}
    found = result(differences=(one_sided(DifferenceKind.TARGET_ONLY, row, 9),))

    (line,) = read(written(found))

    assert (line["column"], line["source_value"], line["source_row"]) == ("", "", "")
    assert json.loads(line["target_value"]) == row
    assert line["target_row"] == "9"


def test_the_number_of_lines_is_told():
    assert write_mismatches(rich(), io.StringIO(newline="")) == 7


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("=cmd|' /C calc'!A0", id="a command"),
        pytest.param("@SUM(1+1)", id="at"),
        pytest.param("+1-1", id="plus"),
        pytest.param("-2+3", id="minus"),
        pytest.param("\t=1", id="tab"),
        pytest.param("\r=1", id="carriage return"),
        pytest.param(" =1", id="behind a blank"),
        pytest.param("\0=1", id="behind a NUL"),
        pytest.param("\uff1d1", id="full width"),
        pytest.param("'=1", id="defused already"),
    ],
)
def test_what_a_spreadsheet_would_run_is_defused_and_can_be_read_back(text):
    shown = written(result(differences=(mismatch(text, (text, text, "1")),)))

    line = read(shown)[0]

    assert [line[name][0] for name in ("key:id", "column", "source_value")] == ["'", "'", "'"]
    assert {exact(line[name]) for name in ("key:id", "column", "source_value")} == {text}


@pytest.mark.parametrize("text", ["-1.50", "+7", "-1e-7", "2026-01-02", "a=b", "", "(1)"])
def test_a_plain_number_or_text_stays_as_it_is(text):
    assert defused(text) == text


@pytest.mark.parametrize("seed", range(20))
def test_every_difference_can_be_read_back_exactly(seed):
    found = _random_result(Random(seed))

    lines = read(written(found))

    assert _differences(lines, found.key) == list(_flat(found))


def _random_result(random: Random) -> ComparisonResult:
    key = tuple(random.sample(["id", "column", "", "a,b", "key:id", "nulls"], random.randint(0, 3)))
    differences = tuple(_random_difference(random, key) for _ in range(random.randint(0, 30)))
    return result(key=key, differences=differences)


def _random_difference(random: Random, key: tuple[str, ...]) -> RowDifference:
    kind = random.choice(list(DifferenceKind))
    values = {name: _text(random) for name in ("", "x", "difference_type")}
    is_mismatch = kind is DifferenceKind.MISMATCHED
    return RowDifference(
        kind=kind,
        key=tuple(_text(random) for _ in key),
        source_row=None if kind is DifferenceKind.TARGET_ONLY else random.randint(1, 10**12),
        target_row=None if kind is DifferenceKind.SOURCE_ONLY else random.randint(1, 10**12),
        cells=tuple(
            CellDifference(column=name, source=text, target=_text(random)) for name, text in values.items()
        )
        if is_mismatch
        else (),
        values={} if is_mismatch else values,
    )


def _text(random: Random) -> str | None:
    return random.choice([*TEXTS, "".join(random.choices(',"\r\n ax=', k=5))])


def _flat(found: ComparisonResult):
    for one in found.differences:
        places = (one.source_row, one.target_row)
        if one.kind is DifferenceKind.MISMATCHED:
            yield from (
                (one.key, one.kind, cell.column, cell.source, cell.target, *places) for cell in one.cells
            )
        elif one.kind is DifferenceKind.SOURCE_ONLY:
            yield (one.key, one.kind, "", dict(one.values), None, *places)
        else:
            yield (one.key, one.kind, "", None, dict(one.values), *places)


def _differences(lines: list[dict[str, str]], key: tuple[str, ...]):
    """The differences again, from nothing but what the module's docstring says."""
    found = []
    for line in lines:
        nulls = json.loads(line["nulls"] or "[]")
        kind = DifferenceKind(line["difference_type"])
        values = [None if name in nulls else exact(line[name]) for name in ("source_value", "target_value")]
        if kind is not DifferenceKind.MISMATCHED:
            values = [json.loads(value) if value else None for value in values]
        places = [int(line[name]) if line[name] else None for name in ("source_row", "target_row")]
        keys = tuple(None if f"key:{name}" in nulls else exact(line[f"key:{name}"]) for name in key)
        found.append((keys, kind, exact(line["column"]), *values, *places))
    return found
