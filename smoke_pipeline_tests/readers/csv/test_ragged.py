"""Rows with more or fewer fields than the header: refused, made to fit, or left out; never without a word."""

import pytest

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline_tests.readers.reading import in_small_blocks, rows_of, written

RAGGED = "id,name,amount\n1,Ann,2\n2,Bob\n3\n4,Di,5\n"


def told(folder, text, **options):
    reader = open_file(written(folder, text), ReadOptions(delimiter=",", **options))
    rows = rows_of(reader)
    return rows, reader.facts().reading


def test_a_ragged_row_is_an_error_that_names_line_and_widths(tmp_path):
    with pytest.raises(CsvFormatError, match=r"Line 3 .*expected 3, found 2"):
        told(tmp_path, RAGGED)


def test_a_short_row_is_padded_as_with_empty_fields(tmp_path):
    rows, reading = told(tmp_path, RAGGED, ragged="pad")

    assert rows == [("1", "Ann", "2"), ("2", "Bob", None), ("3", None, None), ("4", "Di", "5")]
    assert (reading.padded_rows, reading.skipped_rows, reading.first_ragged_lines) == (2, 0, (3, 4))


def test_a_ragged_row_is_left_out_and_counted(tmp_path):
    rows, reading = told(tmp_path, RAGGED, ragged="skip")

    assert rows == [("1", "Ann", "2"), ("4", "Di", "5")]
    assert (reading.padded_rows, reading.skipped_rows, reading.first_ragged_lines) == (0, 2, (3, 4))


def test_empty_fields_too_many_are_no_loss(tmp_path):
    text = 'id,name\n1,"Ann, Lee",,""\n2,"say ""hi""",\n3,Cy\n'

    rows, reading = told(tmp_path, text, ragged="pad")

    assert (rows, reading.padded_rows) == ([("1", "Ann, Lee"), ("2", 'say "hi"'), ("3", "Cy")], 2)


def test_padding_never_loses_a_value(tmp_path):
    with pytest.raises(CsvFormatError, match=r"Line 2 .*expected 2, found 3"):
        told(tmp_path, "id,name\n1,Ann,x\n", ragged="pad")


def test_a_record_that_ends_in_an_escape_is_not_padded_into_another(tmp_path):
    with pytest.raises(CsvFormatError):
        told(tmp_path, 'id,name,x\n1,"a",y\n2,b\\\n', ragged="pad", escape="\\")


def test_quoted_and_unquoted_empty_cells_stay_what_they_are(tmp_path):
    rows, _ = told(tmp_path, 'a,b,c\n"",\n,""\n', ragged="pad")

    assert rows == [("", None, None), (None, "", None)]


@pytest.mark.parametrize("block_bytes", [1, 5, 1 << 20])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_where_blocks_and_lines_end_makes_no_difference(tmp_path, block_bytes, line_end):
    text = 'a,b\n1,"x\ny"\n"2\n"\n3,z\n'.replace("\n", line_end)
    path = written(tmp_path, text)

    reader = in_small_blocks(path, block_bytes, ragged="pad", delimiter=",")

    broken = f"2{line_end}"
    assert rows_of(reader) == [("1", f"x{line_end}y"), (broken, None), ("3", "z")]


def test_an_unsound_quote_is_an_error_whatever_the_policy(tmp_path):
    for policy in ("pad", "skip"):
        with pytest.raises(CsvFormatError, match="line 3"):
            told(tmp_path, 'a,b\n1\n2,"x"y\n', ragged=policy)


def test_a_table_that_fits_is_read_the_same_under_every_policy(tmp_path):
    text = 'a,b\n1,"x,y"\n\n2,\n'

    assert [told(tmp_path, text, ragged=policy)[0] for policy in ("error", "pad", "skip")] == [
        [("1", "x,y"), ("2", None)]
    ] * 3


def test_rows_below_a_long_delimiter_are_padded(tmp_path):
    reader = open_file(
        written(tmp_path, 'a||b||c\n1||"x||y"\n2||z||w\n'), ReadOptions(delimiter="||", ragged="pad")
    )

    assert rows_of(reader) == [("1", "x||y", None), ("2", "z", "w")]


def test_spaces_after_delimiters_count_unless_stated(tmp_path):
    text = 'a, b\n1, x\n2, "y, z"\n'

    stated, _ = told(tmp_path, text, skip_space=True)
    with pytest.raises(CsvFormatError):
        told(tmp_path, text, skip_space=False)

    assert stated == [("1", "x"), ("2", "y, z")]
    assert told(tmp_path, "a, b\n1, x\n")[0] == [("1", " x")]
