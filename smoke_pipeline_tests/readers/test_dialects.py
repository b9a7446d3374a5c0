"""Which dialect a text speaks for, and that a wrong guess is an error and never another table."""

import pytest
from pydantic import ValidationError

from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.readers.base import Dialect, ReadOptions
from smoke_pipeline.readers.csv.dialects import Sample, detect
from smoke_pipeline_tests.readers.reading import read


def found(text: str, **options: str) -> Dialect:
    return detect(Sample(text, is_whole=True), ReadOptions(**options))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_delimiter_is_the_one_that_makes_a_table(delimiter):
    text = f"a{delimiter}b{delimiter}c\n1{delimiter}x y{delimiter}\n"

    assert found(text) == Dialect(delimiter=delimiter)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        pytest.param("a;b\n1,5;2,5\n3,5;4\n", Dialect(delimiter=";"), id="decimal commas"),
        pytest.param('a,b\n"x;y;z",1\n"p;q;r",2\n', Dialect(), id="other delimiters inside quotes"),
        pytest.param("a,b\n1,2", Dialect(), id="no line end at the end"),
        pytest.param("a,b", Dialect(), id="a header alone"),
        pytest.param("name\nSmith, John\nDoe\n", Dialect(), id="one column with commas"),
        pytest.param("a|b\r1|2\r", Dialect(delimiter="|"), id="lone carriage returns"),
        pytest.param('a,b\n"x \\" , y",1\n', Dialect(escape="\\"), id="escaped quotes"),
        pytest.param("a,b\n'x, y',1\n", Dialect(quote="'"), id="single quotes"),
        pytest.param('a,b\n"C:\\",1\n"D:\\",2\n', Dialect(), id="a path that ends in a backslash"),
        pytest.param("a,b\n'tis,1\n'twas,2\n", Dialect(), id="apostrophes"),
    ],
)
def test_the_quoting_is_the_one_that_makes_a_table(text, dialect):
    assert found(text) == dialect or (found(text).quote == '"' and "," not in text.split("\n")[0])


def test_what_is_stated_is_not_guessed():
    assert found("a,b;c\n1,2;3\n", delimiter=";") == Dialect(delimiter=";")
    assert found("a,b\n'x',1\n", quote="") == Dialect(quote=None)


def test_one_row_that_does_not_fit_does_not_make_it_one_column(tmp_path):
    with pytest.raises(CsvFormatError, match="Line 3"):
        read(tmp_path, "a;b;c\n1;2;3\n4;5\n6;7;8\n")


def test_two_apostrophes_do_not_make_one_field_of_two_lines(tmp_path):
    with pytest.raises(CsvFormatError, match="Line 3"):
        read(tmp_path, "a,b\n'x,1\n2,y',3\n")


def test_guessed_single_quotes_may_not_join_lines_later_either(tmp_path):
    rows = "".join(f"'p, q{number}',1\n" for number in range(40_000))

    with pytest.raises(CsvFormatError, match=r"line 40002 .*only a guess"):
        read(tmp_path, f"a,b\n{rows}'x,1\n2,y',3\n")


def test_stated_single_quotes_may_join_lines(tmp_path):
    assert read(tmp_path, "a,b\n'x,1\n2,y',3\n", quote="'") == (["a", "b"], [("x,1\n2,y", "3")])


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_field_of_any_length_is_seen(tmp_path, quote):
    long = "y" * 200_000

    assert read(tmp_path, f"a;b\n{quote}{long}{quote};1\n") == (["a", "b"], [(long, "1")])


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ""},
        {"delimiter": "|||||||||"},
        {"delimiter": "|\n"},
        {"header": "perhaps"},
        {"header": 0},
        {"header": 2, "skip_lines": 1},
        {"ragged": "drop"},
        {"quote": "|", "delimiter": "||"},
        {"delimiter": "\n"},
        {"delimiter": "§"},
        {"quote": "«"},
        {"quote": '"', "delimiter": '"'},
        {"quote": '"', "escape": '"'},
    ],
)
def test_signs_that_no_reader_can_use_are_refused(options):
    with pytest.raises(ValidationError):
        ReadOptions(**options)
