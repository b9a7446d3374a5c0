"""Header, preamble, footer: what is stated is done, a guess needs evidence, what is left out is told."""

import pytest

from smoke_pipeline.errors import CsvFormatError, DuplicateColumnError, InvalidOptionError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline_tests.readers.reading import read, rows_of, written

PLAIN = "id,name\n1,Ann\n2,Bob\n"


def told(folder, text, **options):
    reader = open_file(written(folder, text), ReadOptions(**options))
    rows = rows_of(reader)
    return reader.schema.names, rows, reader.facts().reading


def test_without_a_header_the_columns_are_numbered(tmp_path):
    assert read(tmp_path, "Ann,x\nBob,y\n", header="no") == (
        ["column_1", "column_2"],
        [("Ann", "x"), ("Bob", "y")],
    )


def test_a_stated_header_may_be_values(tmp_path):
    assert read(tmp_path, "1.5,2.5\n3,4\n", header="yes") == (["1.5", "2.5"], [("3", "4")])


@pytest.mark.parametrize("header", [3, "3"])
def test_the_line_of_the_header_may_be_stated(tmp_path, header):
    names, rows, reading = told(tmp_path, f"a,b\nc,d\n{PLAIN}", header=header)

    assert (names, rows) == (["id", "name"], [("1", "Ann"), ("2", "Bob")])
    assert (reading.preamble.lines, reading.preamble.start) == (2, "a,b\nc,d")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_before_and_after_may_be_stated(tmp_path, line_end):
    text = f"a,b\nc,d\n{PLAIN}e,f\n".replace("\n", line_end)

    names, rows, reading = told(tmp_path, text, skip_lines=2, footer=1)

    assert (names, rows) == (["id", "name"], [("1", "Ann"), ("2", "Bob")])
    assert (reading.preamble.lines, reading.footer.lines) == (2, 1)


def test_a_header_may_be_left_out_and_its_columns_numbered(tmp_path):
    names, rows, _ = told(tmp_path, "a,a\n1,2\n", header="no", skip_lines=1)

    assert (names, rows) == (["column_1", "column_2"], [("1", "2")])


@pytest.mark.parametrize("options", [{"skip_lines": 9}, {"header": 9}, {"footer": 9}])
def test_more_lines_than_there_are_cannot_be_left_out(tmp_path, options):
    with pytest.raises(InvalidOptionError, match="too many"):
        told(tmp_path, PLAIN, **options)


def test_nothing_stated_to_be_left_out_is_left_out(tmp_path):
    with pytest.raises(DuplicateColumnError):
        told(tmp_path, f"Sales of March,,\n{PLAIN}", skip_lines=0, delimiter=",")
    with pytest.raises(CsvFormatError, match="Line 4"):
        told(tmp_path, f"{PLAIN}# end\n", footer=0)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("id,name\n1,Ann\n2", id="a row that was cut off"),
        pytest.param("id,name\n1,Ann\n2\n", id="a short last row"),
        pytest.param("id,name\n\n1,Ann\n\n2,Bob\n\nthe last\n", id="empty lines everywhere"),
        pytest.param("id,name\n1,Ann\n# note\n2,Bob\n", id="a comment between rows"),
        pytest.param("id,name\n1,Ann,x\n2,Bob\n", id="a long first row"),
        pytest.param("id\n1,Ann\n2\n", id="a header of one column"),
        pytest.param("name\nx,y,z\nu,v,w\n", id="text below a short header"),
    ],
)
def test_a_row_is_never_taken_for_something_else(tmp_path, text):
    try:
        names, rows, reading = told(tmp_path, text)
    except CsvFormatError:
        return

    assert (reading.preamble, reading.footer) == (None, None)
    assert len(names) == 1, "read as one column, every line is there"
    assert len(rows) == len([line for line in text.splitlines() if line]) - 1


def test_the_first_line_is_the_header_unless_it_cannot_be(tmp_path):
    assert read(tmp_path, "2001,2002\n1,2\n")[0] == ["2001", "2002"]
    assert read(tmp_path, "x,y\nz,w\n")[0] == ["x", "y"]


def test_a_name_that_stands_twice_is_an_error_that_names_it(tmp_path):
    with pytest.raises(DuplicateColumnError, match="'id'") as caught:
        read(tmp_path, "id,id\n1,2\n")

    assert any("header: no" in one for one in caught.value.suggestions)


def test_a_line_below_a_preamble_is_named_as_the_file_counts(tmp_path):
    with pytest.raises(CsvFormatError, match="Line 5 "):
        read(
            tmp_path,
            "Sales of March\n\nid,name\n1,Ann\n2,Bob,x\n3,Cy\n4,Di\n5,Ed\n6,Flo\n7,Gus\n8,Hal\n9,Ida\n",
        )


def test_what_was_found_out_is_told_with_its_evidence(tmp_path):
    reading = told(
        tmp_path, "Sales of March\r\n\r\nid;name\r\n1;Ann\r\n2;Bob\r\n# end\r\n", encoding="utf-8"
    )[2]

    found = {one.what: (one.value, one.confidence) for one in reading.guesses}
    assert found == {
        "encoding": ("utf-8", "stated"),
        "delimiter": (";", "strong"),
        "quote": ('"', "weak"),
        "line_end": ("CRLF", "strong"),
        "header": ("yes", "strong"),
        "preamble": ("2 lines", "strong"),
        "footer": ("1 line", "strong"),
    }
    assert all(one.evidence for one in reading.guesses)


def test_a_footer_far_behind_the_first_rows_is_found(tmp_path):
    rows = "".join(f"{number};{number * 2};text {number}\n" for number in range(100_000))

    names, found, reading = told(tmp_path, f"a;b;c\n{rows}Total;100000\n")

    assert (names, len(found), reading.footer.start) == (["a", "b", "c"], 100_000, "Total;100000")


def test_a_delimiter_that_makes_no_table_is_only_a_word(tmp_path):
    _, rows, reading = told(tmp_path, "id\n1,2\n")
    delimiter = next(one for one in reading.guesses if one.what == "delimiter")

    assert rows == [("1,2",)]
    assert (delimiter.confidence, delimiter.evidence) == (
        "weak",
        "none makes a table of several columns, so there is one",
    )
