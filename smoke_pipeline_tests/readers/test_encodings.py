"""In which encoding a text is, and where it stops being in it."""

import codecs

import pytest

from smoke_pipeline.errors import CsvFormatError, InvalidOptionError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline_tests.readers.reading import in_small_blocks, read, rows_of, written

TEXT = "name,straße\nZoë,1\nJosé,2\n"
ROWS = (["name", "straße"], [("Zoë", "1"), ("José", "2")])
CHINESE = "id,name\n1,一二三四五六七八九十\n2,中文字符中文字符中文字符\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(TEXT.encode(), "utf-8", id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), "utf-8", id="utf-8 with a mark"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le", id="utf-16-le"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be", id="utf-16-be"),
        pytest.param(TEXT.encode("utf-16-le"), "utf-16-le", id="utf-16-le without a mark"),
        pytest.param(TEXT.encode("utf-16-be"), "utf-16-be", id="utf-16-be without a mark"),
        pytest.param(codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "utf-32-le", id="utf-32-le"),
        pytest.param(TEXT.encode("cp1252"), "windows-1252", id="windows-1252"),
    ],
)
def test_the_encoding_is_found(tmp_path, content, name):
    reader = open_file(written(tmp_path, content))

    assert (reader.schema.names, rows_of(reader)) == ROWS
    assert reader.facts().encoding == name


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found_where_few_letters_are_latin(tmp_path, encoding):
    names, rows = read(tmp_path, CHINESE.encode(encoding))

    assert names == ["id", "name"]
    assert rows[0] == ("1", "一二三四五六七八九十")


@pytest.mark.parametrize(
    ("stated", "written_as"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-8-sig", "utf-8"),
        ("UTF8", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("utf-16", "utf-16-be"),
        ("utf-16-be", "utf-16-be"),
        ("latin-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("cp850", "cp850"),
    ],
)
def test_a_stated_encoding_is_taken(tmp_path, stated, written_as):
    assert read(tmp_path, TEXT.encode(written_as), encoding=stated) == ROWS


@pytest.mark.parametrize("name", ["klingon", "rot13", "hex", "undefined", "a\0b"])
def test_an_encoding_that_does_not_exist_is_refused(tmp_path, name):
    with pytest.raises(InvalidOptionError, match="no text encoding"):
        read(tmp_path, "a\n1\n", encoding=name)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param("a,b\nZoë,1\nJos".encode() + b"\xff,2\nZo\xc3\xab,3\n", 3, id="one wrong byte"),
        pytest.param("a\n😀😀\n".encode() + b"\xf0\x9f,x\n", 3, id="a character cut off"),
        pytest.param("a\r\u00e9\r\u00e9\r".encode() + b"\xff\r", 4, id="lone carriage returns"),
        pytest.param("a\r\n\u00e9\r\n".encode() + b"\xff\r\n", 3, id="carriage return, line feed"),
        pytest.param(b"a\n1\n\x81\n", 3, id="no encoding we know"),
        pytest.param("ä,b\n".encode("utf-8-sig") + b"\xff\n", 2, id="a mark promises utf-8"),
    ],
)
def test_damaged_text_is_an_error_that_names_the_line(tmp_path, content, line):
    with pytest.raises(CsvFormatError, match=f"not readable as utf-8 text at line {line}:") as caught:
        read(tmp_path, content)

    assert caught.value.context == {"line": line, "encoding": "utf-8"}


@pytest.mark.parametrize("block_bytes", [1, 2, 3])
def test_characters_may_lie_across_blocks(tmp_path, block_bytes):
    for encoding in ("utf-8", "utf-16", "utf-8-sig"):
        reader = in_small_blocks(written(tmp_path, TEXT.encode(encoding)), block_bytes)

        assert (reader.schema.names, rows_of(reader)) == ROWS


def test_a_stated_encoding_that_does_not_fit_is_an_error(tmp_path):
    for encoding in ("utf-8", "ascii"):
        with pytest.raises(CsvFormatError, match=f"not readable as {encoding} text at line 1"):
            open_file(written(tmp_path, TEXT.encode("cp1252")), ReadOptions(encoding=encoding)).schema  # noqa: B018


def test_half_a_utf_16_character_is_an_error(tmp_path):
    with pytest.raises(CsvFormatError, match="not readable as utf-16-le"):
        read(tmp_path, codecs.BOM_UTF16_LE + "a,b\n1,2\n".encode("utf-16-le")[:-1])


def test_bytes_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(CsvFormatError):
        read(tmp_path, b"\x00\x01\x02\xff\x00\xfe\x80" * 100)


def test_bytes_that_are_no_text_in_any_encoding_are_an_error(tmp_path):
    with pytest.raises(CsvFormatError, match="utf-16-be text at line 1"):
        read(tmp_path, b"\x00id\xff\n1\n")
