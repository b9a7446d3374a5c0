"""CSV files, exactly as written: by examples, and against a plain reading of random texts."""

import csv
import io
import os
import random
import subprocess
import sys

import pytest

from smoke_pipeline.errors import CsvFormatError, DuplicateColumnError, ObjectChangedError
from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.files import open_file
from smoke_pipeline_tests.readers.reading import in_small_blocks, read, rows_of, written

SIGNS = ('"', '""', '"a"', "a", "é", ",", "'", 'x"y', "\n", "\r", "\r\n")


def plain_reading(text: str) -> tuple[list[str], list[tuple[str, ...]], int] | None:
    """Header, rows and empty lines as Python's own module reads them; None where the text is no table."""
    rows: list[list[str]] = []
    empty = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append(row)
            empty += not row
    except csv.Error:
        return None
    rows = [row for row in rows if row]
    if not rows or len(set(rows[0])) < len(rows[0]) or any(len(row) != len(rows[0]) for row in rows):
        return None
    return rows[0], [tuple(row) for row in rows[1:]], empty


def random_text(rng: random.Random) -> str:
    """A header and lines, some well quoted, some not, with all kinds of line ends."""
    width, line_end = rng.randint(1, 3), rng.choice(("\n", "\r\n", "\r"))
    text = ",".join("hij"[:width])
    for _ in range(rng.randint(0, 6)):
        text += rng.choice((line_end, line_end, "\n", "\r\n", "\r"))
        if rng.random() < 0.3:
            text += "".join(rng.choice(SIGNS) for _ in range(rng.randint(0, 6)))
        elif rng.random() < 0.8:
            cells = ("".join(rng.choice(SIGNS) for _ in range(rng.randint(0, 3))) for _ in range(width))
            text += ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    return text + rng.choice(("", line_end))


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 1 << 20])
def test_every_text_is_read_as_a_plain_reading_reads_it_or_refused(tmp_path, block_bytes):
    rng = random.Random(f"texts {block_bytes}")
    for _ in range(300):
        text = random_text(rng)
        reader = in_small_blocks(
            written(tmp_path, text), block_bytes, delimiter=",", quote='"', encoding="utf-8"
        )

        try:
            rows = [tuple(value or "" for value in row) for row in rows_of(reader, rng.choice((1, 2, 50)))]
            found = reader.schema.names, rows, reader.facts().empty_lines
        except (CsvFormatError, DuplicateColumnError):
            found = None

        assert found == plain_reading(text), repr(text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_what_was_written_in_any_dialect_comes_back(tmp_path, delimiter):
    rng = random.Random(f"tables {delimiter}")
    for _ in range(40):
        width = rng.randint(2, 5)
        table = [
            tuple(
                rng.choice((None, "", "a", "ä", "1,5", "x;y", 'in 5"', "a\nb", "a\r\nb", f"p{delimiter}q"))
                for _ in range(width)
            )
            for _ in range(rng.randint(1, 8))
        ]
        table = [row for row in table if any(row)]
        line_end = rng.choice(("\n", "\r\n", "\r"))
        text = line_end.join(
            delimiter.join(
                ""
                if value is None
                else '"' + value.replace('"', '""') + '"'
                if not value or any(sign in value for sign in (delimiter, '"', "\n", "\r"))
                else value
                for value in row
            )
            for row in (tuple(f"c{n}" for n in range(width)), *table)
        )

        names, rows = read(tmp_path, text)

        assert rows == table, repr(text)
        assert names == [f"c{n}" for n in range(width)]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\r", "\n\n"])
@pytest.mark.parametrize("header", ["a", "a,b", '"a","b"', '"a, b"'])
def test_a_header_alone_is_an_empty_table(tmp_path, header, ending):
    names, rows = read(tmp_path, header + ending)

    assert (names, rows) == (next(csv.reader([header])), [])


def test_an_empty_field_is_null_and_a_quoted_one_is_the_empty_text(tmp_path):
    assert read(tmp_path, 'a,b\n,""\n') == (["a", "b"], [(None, "")])


def test_nothing_is_guessed_to_be_a_number(tmp_path):
    _, rows = read(tmp_path, "a,b,c\n007,1e5, x \nNULL,NaN,true\n")

    assert rows == [("007", "1e5", " x "), ("NULL", "NaN", "true")]


def test_an_inch_mark_is_a_character_like_any_other(tmp_path):
    _, rows = read(tmp_path, 'id,what\n1,5" pipe\n2,6"\n3,"7"" pipe, bent"\n')

    assert rows == [("1", '5" pipe'), ("2", '6"'), ("3", '7" pipe, bent')]


def test_nul_bytes_are_kept(tmp_path):
    assert read(tmp_path, b"a,b\nx\0y,1\n") == (["a", "b"], [("x\0y", "1")])


def test_a_ragged_row_is_named_by_its_line_in_the_file(tmp_path):
    text = 'id,what\r\n1,"two\r\nlines"\r\n\r\n2,b,extra\r\n'

    with pytest.raises(CsvFormatError, match=r"Line 5 .* expected 2, found 3") as caught:
        read(tmp_path, text)

    assert caught.value.context == {"line": 5, "expected_fields": 2, "found_fields": 3}


def test_a_ragged_row_far_into_the_file_is_named_too(tmp_path):
    lines = ["id,what", *(f"{number},x" for number in range(300_000)), "1", "2,y"]

    with pytest.raises(CsvFormatError) as caught:
        read(tmp_path, "\n".join(lines))

    assert caught.value.context["line"] == 300_002


@pytest.mark.parametrize("tail", ["x\n3,c\n", 'x\n"3",c\n4,d"\n'])
def test_a_quote_that_is_never_closed_swallows_nothing(tmp_path, tail):
    with pytest.raises(CsvFormatError, match="line 2"):
        read(tmp_path, f'id,what\n1,"{tail}')


def test_text_after_a_closing_quote_is_refused(tmp_path):
    with pytest.raises(CsvFormatError, match=r"line 3 .*text follows a closing quote"):
        read(tmp_path, 'id,what\n1,a\n2,"b"c\n')


def test_text_after_a_closing_quote_is_refused_where_quotes_are_escaped(tmp_path):
    text = 'id,what\n1,"a \\" b"\n"C:\\",x\n"3",y\n'

    with pytest.raises(CsvFormatError, match=r"line 3 .*text follows a closing quote"):
        read(tmp_path, text, delimiter=",", quote='"', escape="\\")


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(DuplicateColumnError, match="'b'"):
        read(tmp_path, "a,b,b\n1,2,3\n")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "no bytes", id="no bytes"),
        pytest.param(b"\n\r\n", "nothing but empty lines", id="empty lines"),
        pytest.param(b"\xef\xbb\xbf", "nothing but empty lines", id="a byte order mark"),
    ],
)
def test_a_file_without_a_header_is_refused(tmp_path, content, why):
    with pytest.raises(CsvFormatError, match=f"has no header row: .*{why}"):
        read(tmp_path, content)


def test_a_field_longer_than_a_block_is_read(tmp_path):
    long = "x, \n" * 1_500_000

    _, rows = read(tmp_path, f'a,b\n1,short\n2,"{long}"\n3,end\n')

    assert rows == [("1", "short"), ("2", long), ("3", "end")]


def test_a_long_field_in_the_header_is_read_whole(tmp_path):
    names = [f"{'n' * 2000}{number}" for number in range(300)]

    assert read(tmp_path, ",".join(names) + "\n" + "," * 299 + "\n") == (names, [(None,) * 300])


def test_a_thousand_columns_are_read(tmp_path):
    names = [f"c{number}" for number in range(1000)]

    assert read(tmp_path, ",".join(names) + "\n" + ",".join(names)) == (names, [tuple(names)])


def test_batches_are_never_longer_than_asked_for(tmp_path):
    reader = open_file(written(tmp_path, "a\n" + "1\n" * 10))

    assert [batch.num_rows for batch in reader.batches(4)] == [4, 4, 2]
    assert [batch.num_rows for batch in reader.batches(100)] == [10]


def test_a_reader_begins_again_each_time(tmp_path):
    reader = open_file(written(tmp_path, "a,b\n1,2\n"))

    assert rows_of(reader) == rows_of(reader) == [("1", "2")]


def test_facts_say_how_the_file_is_written(tmp_path):
    reader = open_file(written(tmp_path, "\n\nä;b\r\n\r\n1;2\r\n"))

    rows_of(reader)

    facts = reader.facts()
    assert (facts.format, facts.encoding, facts.dialect) == ("csv", "utf-8", Dialect(delimiter=";"))
    assert (facts.empty_lines, facts.size_bytes, len(facts.sha256)) == (3, 15, 64)


def test_a_file_that_grows_while_it_is_read_is_told(tmp_path):
    path = written(tmp_path, "a\n1\n2\n")
    batches = open_file(path).batches(1)
    next(batches)
    with path.open("a") as file:
        file.write("3\n")

    with pytest.raises(ObjectChangedError):
        list(batches)


def test_a_file_that_was_replaced_after_the_first_look_is_told(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n")
    reader = open_file(path)
    assert reader.schema.names == ["a", "b"]
    written(tmp_path, "a\n1\n", "new.csv").replace(path)

    with pytest.raises(ObjectChangedError):
        rows_of(reader)


def test_the_digest_is_of_what_was_read(tmp_path):
    path = written(tmp_path, "a\n1\n")
    reader = open_file(path)
    rows_of(reader)
    os.utime(path, ns=(1, 1))

    with pytest.raises(ObjectChangedError):
        reader.facts()


def test_a_process_that_stops_in_the_middle_of_a_file_ends(tmp_path):
    path = written(tmp_path, "a,b\n" + "1,2\n" * 3_000_000)
    program = (
        "import sys; from pathlib import Path; from smoke_pipeline.readers.files import open_file\n"
        f"batches = open_file(Path({str(path)!r})).batches(10)\n"
        "kept = [next(batches), batches]; sys.modules['kept'] = kept; raise SystemExit(5)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 5
