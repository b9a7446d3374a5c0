"""What a file is, by what it holds, packed or not."""

import gzip
import io
import os
import stat
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.errors import (
    AccessDeniedError,
    ArchiveChoiceError,
    CsvFormatError,
    FileTooLargeError,
    NoCsvInArchiveError,
    ObjectNotFoundError,
    ReadError,
    UnsafeArchiveError,
    UnsupportedFileTypeError,
)
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline_tests.readers.reading import rows_of, written

TEXT = b"a,b\n1,2\n"
ROWS = [("1", "2")]


def zipped(folder, members, *, method=zipfile.ZIP_DEFLATED):
    """A ZIP with these members; a name may be a `ZipInfo`."""
    path = folder / "t.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def parquet_bytes():
    file = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), file)
    return file.getvalue()


def read(path, member=None, **limits):
    return rows_of(open_file(path, ReadOptions(member=member), limits=UploadSettings(**limits)))


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t", "t.gz", "t.zip"])
def test_the_name_of_a_file_says_nothing(tmp_path, name):
    assert read(written(tmp_path, TEXT, name)) == ROWS


def test_a_gzipped_csv_is_read(tmp_path):
    reader = open_file(written(tmp_path, gzip.compress(TEXT), "t.csv"))

    assert rows_of(reader) == rows_of(reader) == ROWS
    assert reader.facts().compression == "gzip"


def test_every_member_of_a_gzip_is_read(tmp_path):
    assert read(written(tmp_path, gzip.compress(TEXT) + gzip.compress(b"3,4\n"))) == [*ROWS, ("3", "4")]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda packed: packed[:-9], id="cut off in the text"),
        pytest.param(lambda packed: packed[:-4], id="cut off in the digest"),
        pytest.param(lambda packed: packed[:5], id="cut off in the head"),
        pytest.param(lambda packed: packed + b"garbage", id="something after it"),
        pytest.param(lambda packed: packed[:-8] + b"\0" * 8, id="another digest"),
        pytest.param(lambda packed: packed[:12] + b"\xff" * 8 + packed[20:], id="other bytes"),
    ],
)
def test_a_damaged_gzip_is_refused(tmp_path, damage):
    path = written(tmp_path, damage(gzip.compress(TEXT * 50)), "t.csv.gz")

    with pytest.raises(UnsafeArchiveError, match=r"t\.csv\.gz cannot be unpacked: .*[^.]\.$"):
        read(path)


def test_a_gzip_of_nothing_has_no_header(tmp_path):
    with pytest.raises(CsvFormatError, match="no bytes"):
        read(written(tmp_path, gzip.compress(b""), "t.csv.gz"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(gzip.compress(parquet_bytes()), "holds a Parquet file", id="gzipped Parquet"),
        pytest.param(gzip.compress(gzip.compress(TEXT)), "holds a gzipped file", id="gzip in gzip"),
        pytest.param(b"%PDF-1.7\n", "is a PDF", id="a PDF"),
        pytest.param(b"BZh91AY", "is a bzip2 file", id="bzip2"),
        pytest.param(b"PARE....PARE", "is an encrypted Parquet file", id="encrypted Parquet"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(tmp_path, content, what):
    with pytest.raises(UnsupportedFileTypeError, match=what):
        read(written(tmp_path, content))


def test_a_csv_called_parquet_is_refused(tmp_path):
    with pytest.raises(UnsupportedFileTypeError, match="no Parquet file, whatever its name says"):
        read(written(tmp_path, TEXT, "t.parquet"))


@pytest.mark.parametrize("name", ["t.csv", "deep/er/t.CSV", "t.tsv", "t.txt"])
def test_the_one_csv_of_a_zip_is_read(tmp_path, name):
    litter = [("__MACOSX/._t.csv", b"x"), (".hidden.csv", b"x"), ("notes.md", b"x"), ("folder.csv/", b"")]
    reader = open_file(zipped(tmp_path, [*litter, (name, TEXT)]))

    assert rows_of(reader) == rows_of(reader) == ROWS
    assert (reader.facts().compression, reader.facts().member) == ("zip", name)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_any_method_of_packing_is_read(tmp_path, method):
    assert read(zipped(tmp_path, [("t.csv", TEXT)], method=method)) == ROWS


def test_a_text_beside_a_csv_is_a_note(tmp_path):
    assert read(zipped(tmp_path, [("readme.txt", b"hello"), ("t.csv", TEXT)])) == ROWS


def test_several_csvs_are_listed_with_their_sizes(tmp_path):
    path = zipped(tmp_path, [("a.csv", TEXT), ("b/b.csv", TEXT * 1000)])

    with pytest.raises(ArchiveChoiceError) as caught:
        read(path)

    assert "holds 2 CSVs: a.csv (8 bytes), b/b.csv (8,000 bytes)" in caught.value.message
    assert caught.value.context == {"members": {"a.csv": 8, "b/b.csv": 8000}}


def test_a_member_can_be_chosen_whatever_its_name(tmp_path):
    path = zipped(tmp_path, [("a.csv", b"x\n"), ("b.dat", TEXT)])

    assert read(path, "b.dat") == ROWS


@pytest.mark.parametrize("member", [None, "c.csv", ""])
def test_a_zip_without_the_csv_says_what_it_holds(tmp_path, member):
    path = zipped(tmp_path, [("notes.md", b"hello"), ("b.xlsx", b"x")])

    with pytest.raises(NoCsvInArchiveError) as caught:
        read(path, member)

    assert caught.value.suggestions == ("It holds notes.md (5 bytes), b.xlsx (1 bytes).",)


def test_an_empty_zip_holds_no_csv(tmp_path):
    with pytest.raises(NoCsvInArchiveError):
        read(zipped(tmp_path, []))


def test_two_members_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path, [("t.csv", b"a\n"), ("t.csv", TEXT)])

    for member in (None, "t.csv"):
        with pytest.raises(UnsafeArchiveError, match=r"holds t\.csv more than once"):
            read(path, member)


def test_an_encrypted_member_is_refused(tmp_path):
    path = zipped(tmp_path, [("t.csv", TEXT)])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(UnsafeArchiveError, match="encrypted"):
        read(path)


def test_a_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("t.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(UnsafeArchiveError, match="not a plain file"):
        read(zipped(tmp_path, [(info, b"/etc/passwd")]))


def test_a_member_above_the_limit_is_refused(tmp_path):
    with pytest.raises(FileTooLargeError, match=r"unpacks to 8 bytes; the limit is 7\."):
        read(zipped(tmp_path, [("t.csv", TEXT)]), max_bytes=7)


def test_a_bomb_is_refused(tmp_path):
    path = zipped(tmp_path, [("t.csv", b"a\n" * 2_000_000)])

    with pytest.raises(UnsafeArchiveError, match="more than 200 times its size"):
        read(path)
    assert len(read(path, max_ratio=10_000)) == 1_999_999


def test_a_plain_file_has_no_limit(tmp_path):
    assert read(written(tmp_path, TEXT), max_bytes=1) == ROWS
    assert read(written(tmp_path, gzip.compress(TEXT)), max_bytes=1) == ROWS


@pytest.mark.parametrize("place", [3, 30, 45, -30, -3])
def test_a_damaged_zip_is_refused(tmp_path, place):
    path = zipped(tmp_path, [("t.csv", TEXT * 20)], method=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises((UnsafeArchiveError, NoCsvInArchiveError, CsvFormatError)):
        read(path)


def test_a_zip_cut_off_is_refused(tmp_path):
    path = zipped(tmp_path, [("t.csv", TEXT)])

    with pytest.raises(UnsafeArchiveError, match="not a ZIP that can be read"):
        read(written(tmp_path, path.read_bytes()[:-10], "t.zip"))


def test_a_missing_file_is_told_with_names_like_it(tmp_path):
    written(tmp_path, TEXT, "airports.csv")

    with pytest.raises(ObjectNotFoundError) as caught:
        read(tmp_path / "airport.csv")

    assert caught.value.suggestions == ("The folder holds airports.csv.",)


@pytest.mark.parametrize("path", ["nowhere/t.csv", "t.csv/t.csv"])
def test_a_file_in_no_folder_is_missing(tmp_path, path):
    written(tmp_path, TEXT)

    with pytest.raises(ObjectNotFoundError):
        read(tmp_path / path)


def test_a_folder_is_not_read(tmp_path):
    with pytest.raises(ObjectNotFoundError, match="is a folder"):
        read(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UnsupportedFileTypeError, match="not a regular file"):
        read(tmp_path / "pipe")


def test_standard_input_is_refused():
    with pytest.raises(UnsupportedFileTypeError, match="Standard input"):
        read(Path("-"))


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_an_error(tmp_path, name):
    with pytest.raises(ReadError):
        read(tmp_path / name)


def test_a_link_that_leads_nowhere_is_missing(tmp_path):
    (tmp_path / "t.csv").symlink_to(tmp_path / "gone.csv")

    with pytest.raises(ObjectNotFoundError):
        read(tmp_path / "t.csv")


@contextmanager
def as_anybody():
    """Root may read everything, so it is somebody else meanwhile."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_what_may_not_be_read_is_told(open_folder):
    path = written(open_folder, TEXT, "secret.csv")
    path.chmod(0)

    with as_anybody(), pytest.raises(AccessDeniedError, match="may not be read"):
        read(path)


def handed_in(path, **limits):
    return rows_of(open_file(path, limits=UploadSettings(**limits), is_handed_in=True))


def test_a_file_that_was_handed_in_may_be_as_large_as_the_limit_and_no_larger(tmp_path):
    path = written(tmp_path, TEXT)

    assert handed_in(path, max_bytes=len(TEXT)) == ROWS
    with pytest.raises(FileTooLargeError, match=f"more than {len(TEXT) - 1} bytes"):
        handed_in(path, max_bytes=len(TEXT) - 1)
    assert read(path, max_bytes=1) == ROWS  # a file that lies where its owner put it may be of any size


def test_a_gzip_that_was_handed_in_is_held_to_what_it_unpacks_to(tmp_path):
    content = b"a\n" + b"1\n" * 100_000
    path = written(tmp_path, gzip.compress(content))

    assert len(handed_in(path, max_bytes=len(content))) == 100_000
    with pytest.raises(FileTooLargeError, match="199,000"):
        handed_in(path, max_bytes=199_000)
