"""Two texts give one answer, whether they are compared as bytes or row by row."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.compare import compare_snapshots, conclude, find, find_in_bytes, settle
from smoke_pipeline.comparison.engine.raw.choice import glanced
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult, EngineFacts
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side

CELLS = (
    *("a", "b", "", "0.10", "A", "  pad ", "é漢", "it's", "12345678901234567"),
    *("x,y", "a;b", 'he said "hi"', '"', ",", '","', 'tail"', "line\nbreak", "\n", "\n\n", "\r\n", "\r"),
)
COLUMNS = ("id", "one", "two")
DAMAGE = (b'"', b"\xff", b"\r", b",", b"\n", b"\x00", b"\xe9\n", b'"\n')
LONG = b"id,a\n" + b"".join(b"%d,x\n" % number for number in range(250_000))
DAMAGES = st.tuples(st.sampled_from(DAMAGE), st.floats(0, 1), st.integers(1, 3))
"""What is put in, how far into the text, and into which: 1 the source, 2 the target, 3 both."""
PLAIN = {
    "line_end": "\n",
    "quoting": csv.QUOTE_MINIMAL,
    "delimiter": ",",
    "mark": b"",
    "ends": True,
    "empty_lines": False,
}
Row = tuple[str, ...]

rows_of_text = st.lists(
    st.tuples(st.integers(0, 9).map(str), st.sampled_from(CELLS), st.sampled_from(CELLS)), max_size=30
)


@st.composite
def row_lists(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Two lists of rows that have much in common, in the same order or not."""
    source = [
        (f"{number}{row[0]}" if number % 3 else row[0], *row[1:])
        for number, row in enumerate(draw(rows_of_text))
    ]
    target = [row for row in source if draw(st.integers(0, 9))]
    for _ in range(draw(st.integers(0, 3))):
        target.insert(
            draw(st.integers(0, len(target))), draw(st.sampled_from([("new", "a", ""), ("1", '"', "b")]))
        )
    return source, draw(st.permutations(target)) if draw(st.booleans()) else target


@st.composite
def writings(draw: st.DrawFn) -> dict[str, Any]:
    """How a list of rows is written."""
    return {
        "line_end": draw(st.sampled_from(["\n", "\n", "\r\n"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "delimiter": draw(st.sampled_from([",", ",", ";", "\t"])),
        "mark": draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])),
        "ends": draw(st.booleans()),
        "empty_lines": draw(st.booleans()),
    }


def written(rows: list[Row], how: dict[str, Any]) -> bytes:
    """The rows as a CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, lineterminator=how["line_end"], quoting=how["quoting"], delimiter=how["delimiter"]
    )
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows):
        writer.writerow(row)
        if how["empty_lines"] and number % 4 == 3:
            text.write(how["line_end"] * (number % 3 + 1))
    content = how["mark"] + text.getvalue().encode()
    return content if how["ends"] else content.removesuffix(how["line_end"].encode())


OPTIONS = st.sampled_from(
    [
        {},
        {"key": ["id"]},
        {"key": ["two", "id"]},
        {"key": ["id"], "ignore_columns": ["one"]},
        {"ignore_columns": ["id"]},
        {"key": ["id"], "rules": {"one": {"trim": True, "ignore_case": True}}},
        {"rules": {"*": {"trim": True}}},
        {"key": ["id"], "csv_empty": "exact"},
        {"csv_empty": "exact"},
    ]
)
TEMPORARY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@TEMPORARY
@given(rows=row_lists(), how=st.tuples(writings(), writings()), options=OPTIONS, same_writing=st.booleans())
@pytest.mark.parametrize("block_bytes", [64, 1000, 4 * 1024**2])
def test_bytes_and_rows_give_the_same_answer(
    tmp_path: Path,
    rows: tuple[list[Row], list[Row]],
    how: tuple[dict[str, Any], dict[str, Any]],
    options: dict[str, Any],
    same_writing: bool,
    block_bytes: int,
) -> None:
    texts = written(rows[0], how[0]), written(rows[1], how[0] if same_writing else how[1])
    sides = put(tmp_path, *texts)

    assert answer(*sides, options, block_bytes=block_bytes) == answer_by_rows(*sides, options)


@TEMPORARY
@given(
    rows=row_lists(),
    how=writings(),
    options=OPTIONS,
    damage=st.lists(
        st.tuples(st.sampled_from(DAMAGE), st.floats(0, 1), st.integers(1, 3)), min_size=1, max_size=2
    ),
)
def test_damage_is_found_or_read_alike(
    tmp_path: Path,
    rows: tuple[list[Row], list[Row]],
    how: dict[str, Any],
    options: dict[str, Any],
    damage: list[tuple[bytes, float, int]],
) -> None:
    texts = [written(some, how) for some in rows]
    for what, where, sides in damage:
        for number in (0, 1):
            if sides & (number + 1):  # in the source, in the target, or in both at once
                at = int(where * len(texts[number]))
                texts[number] = texts[number][:at] + what + texts[number][at:]
    files = put(tmp_path, *texts)

    assert answer(*files, options, block_bytes=200) == answer_by_rows(*files, options)


def put(folder: Path, source: bytes, target: bytes) -> tuple[Path, Path]:
    """Both texts as files."""
    paths = folder / "source.csv", folder / "target.csv"
    for path, text in zip(paths, (source, target), strict=True):
        path.write_bytes(text)
    return paths


def opened(source: Path, target: Path) -> list[InPlaceSnapshot]:
    return [
        InPlaceSnapshot(open_file(path), side, origin=str(side))
        for path, side in zip((source, target), Side, strict=True)
    ]


def answer(source: Path, target: Path, options: dict[str, Any], *, block_bytes: int) -> object:
    """What a comparison says that looks at bytes for as long as it can."""
    spec = parse_spec(options)
    sides = opened(source, target)
    try:
        settled = settle(*(glanced(*sides) or sides), spec, settings=ComparisonSettings())
        limits = replace(settled.limits, block_bytes=block_bytes)
        found = find_in_bytes(*sides, replace(settled, limits=limits))
        if not isinstance(found, str):
            return told(conclude(settled, found, sides[0].manifest, sides[1].manifest))
    except SmokePipelineError:  # the beginning of a text may promise what the rest does not hold
        pass
    try:
        return told(compare_snapshots(*opened(source, target), spec, settings=ComparisonSettings()))
    except SmokePipelineError:
        return "an error"


def answer_by_rows(source: Path, target: Path, options: dict[str, Any]) -> object:
    """What a comparison says that parses every row."""
    try:
        sides = opened(source, target)
        settled = settle(*sides, parse_spec(options), settings=ComparisonSettings())
        return told(conclude(settled, find(*sides, settled), sides[0].manifest, sides[1].manifest))
    except SmokePipelineError:
        return "an error"


def told(result: ComparisonResult) -> ComparisonResult:
    """The result without what may depend on the way it was found."""
    rows = tuple(replace(row, source_row=None, target_row=None) for row in result.differences)
    return replace(result, engine=EngineFacts(), differences=rows)


def test_texts_in_step_are_never_hashed_or_parsed(tmp_path: Path) -> None:
    rows = [(str(number), "a", "b") for number in range(20_000)]
    changed = [row if row[0] != "777" else ("777", "a", "c") for row in rows]
    sides = opened(*put(tmp_path, written(rows, PLAIN), written(changed, PLAIN)))

    result = compare_snapshots(*sides, parse_spec({"key": ["id"]}), settings=ComparisonSettings())

    assert (result.engine.tier, result.engine.fallback, result.engine.residue_rows) == ("byte", None, 2)
    assert (result.counts.matched, result.counts.mismatched) == (19_999, 1)


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ('id,a\n1,"x,y"\n', "id;a\n1;x,y\n", "quoted in different places"),
        ("id,a\n1,x\n", "a,id\nx,1\n", "not in the same places"),
        ("id,a\r1,x\r", "id,a\r1,x\r", "carriage return alone"),
        (LONG, LONG + b"x,\xe9\n", "not UTF-8"),
        ("id,a\n1,x\n".encode("utf-16"), "id,a\n1,x\n", "the source cannot be read as plain UTF-8 text"),
    ],
)
def test_why_rows_were_parsed_is_told(
    tmp_path: Path, source: bytes | str, target: bytes | str, why: str
) -> None:
    texts = [text.encode() if isinstance(text, str) else text for text in (source, target)]

    result = compare_snapshots(
        *opened(*put(tmp_path, *texts)), parse_spec({"key": ["id"]}), settings=ComparisonSettings()
    )

    assert result.engine.tier == "parsed"
    assert why in (result.engine.fallback or "")


def test_a_stray_quote_in_a_column_that_is_left_out_is_found_on_the_target_alone(tmp_path: Path) -> None:
    rows = [(str(number), "a", '"b"') for number in range(400)]
    lines = [",".join(COLUMNS), *map(",".join, rows)]
    damaged = [line.replace('"b"', '"b"x') if line.startswith("200,") else line for line in lines]
    sides = put(tmp_path, "\n".join(lines).encode(), "\n".join(damaged).encode())
    options = {"key": ["id"], "ignore_columns": ["two"]}

    found = answer(*sides, options, block_bytes=1000)

    assert found == answer_by_rows(*sides, options) == "an error"


def test_another_delimiter_is_compared_as_bytes(tmp_path: Path) -> None:
    rows = [
        (str(number), "a,b" if number % 50 == 3 else "a;b" if number % 50 == 4 else "c", "")
        for number in range(400)
    ]
    changed = [row if row[0] != "77" else ("77", "d", "") for row in reversed(rows)]
    sides = opened(*put(tmp_path, written(rows, PLAIN), written(changed, {**PLAIN, "delimiter": ";"})))

    result = compare_snapshots(*sides, parse_spec({"key": ["id"]}), settings=ComparisonSettings())

    assert (result.engine.tier, result.engine.fallback) == ("raw", None)
    assert (result.counts.matched, result.counts.mismatched) == (399, 1)
