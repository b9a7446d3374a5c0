"""An object is read as the file it would be."""

import gzip
import hashlib
import io
import zipfile
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.errors import CsvFormatError, FileTooLargeError, InvalidOptionError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.readers.storagegrid.reader import opened_object, require_object
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline_tests.readers.reading import rows_of, written
from smoke_pipeline_tests.readers.storagegrid.buckets import store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Line

TEXT = "id,name\n" + "".join(f"{number},name of {number}\n" for number in range(20_000))


def zipped(text):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", text)
    return file.getvalue()


def as_parquet():
    file = io.BytesIO()
    pq.write_table(pa.table({"id": range(20_000), "day": ["2026-01-31"] * 20_000}), file)
    return file.getvalue()


def opened(bucket, located, folder, *, on_progress=None, limits=None, **options):
    return opened_object(
        bucket.store,
        located,
        options=ReadOptions(**options),
        limits=limits or UploadSettings(),
        folder=folder,
        on_progress=on_progress,
    )


@pytest.mark.parametrize(
    ("key", "content"),
    [
        pytest.param("statement.12345.2026-02-04.A.CSV", TEXT.encode(), id="csv"),
        pytest.param("a/b/t.csv.gz", gzip.compress(TEXT.encode()), id="gzip"),
        pytest.param("t.zip", zipped(TEXT), id="zip"),
        pytest.param("t.parquet", as_parquet(), id="parquet"),
        pytest.param("no suffix at all", TEXT.encode("utf-16"), id="another encoding"),
    ],
)
def test_an_object_has_the_rows_of_the_same_file(bucket, tmp_path, key, content):
    located = bucket.put(key, content)
    file = open_file(written(tmp_path, content, key.rpartition("/")[2]))

    with opened(bucket, located, tmp_path / "fetched") as reader:
        assert reader.schema == file.schema
        assert rows_of(reader) == rows_of(reader) == rows_of(file)
        assert reader.format == file.format
        found, wanted = reader.facts(), file.facts()

    assert found.version == hashlib.md5(content).hexdigest()
    assert (found.sha256, found.size_bytes) == (wanted.sha256, wanted.size_bytes)
    assert not (tmp_path / "fetched").exists()


def test_an_object_that_is_there_is_not_refused(bucket):
    require_object(bucket.store, bucket.put("a.csv", b"a\n1\n"))


@pytest.mark.parametrize(
    "key",
    [
        "a/../b.csv",
        "../b",
        "a//b",
        "/a",
        "a/",
        "a?b=c&d#e",
        "a%2Fb",
        "a+b c",
        "ü\u0301.csv",
        "~'\"*",
    ],
)
def test_any_key_that_a_store_holds_can_be_read(bucket, tmp_path, key):
    located = bucket.put(key, TEXT.encode())

    require_object(bucket.store, located)
    with opened(bucket, located, tmp_path) as reader:
        assert len(rows_of(reader)) == 20_000


def test_a_file_that_is_too_large_unpacked_is_refused(bucket, tmp_path):
    located = bucket.put("t.zip", zipped(TEXT))

    with (
        pytest.raises(FileTooLargeError, match=f"{located.address}"),
        opened(bucket, located, tmp_path, limits=UploadSettings(max_bytes=1000)),
    ):
        pass


def test_the_options_of_a_side_hold_for_objects(bucket, tmp_path):
    located = bucket.put("t.csv", b"a;b\n1;2\n")

    with opened(bucket, located, tmp_path, delimiter=",") as reader:
        assert rows_of(reader) == [("1;2",)]


def test_a_digest_is_given_to_those_who_ask_for_it(bucket, tmp_path):
    with opened(bucket, bucket.put("t.csv", TEXT.encode()), tmp_path) as reader:
        assert reader.facts(digest=False).sha256 is None
        assert reader.facts().sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_the_bytes_of_an_object_can_be_compared(bucket, tmp_path):
    with opened(bucket, bucket.put("t.csv", TEXT.encode()), tmp_path) as reader:
        text = reader.plain_text()
        assert text.file.path.read_bytes() == TEXT.encode()
        reader.vouch(0)
        assert reader.facts().empty_lines == 0


def test_an_empty_object_is_no_table(bucket, tmp_path):
    located = bucket.put("t.csv", b"")

    with (
        pytest.raises(CsvFormatError, match=f"^{located.address} has no header row: it has no bytes"),
        opened(bucket, located, tmp_path) as reader,
    ):
        rows_of(reader)


def test_an_error_about_something_else_is_told_as_it_is(bucket, tmp_path):
    wrong = InvalidOptionError("Something else.")

    with pytest.raises(InvalidOptionError) as found, opened(bucket, bucket.put("t.csv", b"a\n"), tmp_path):
        raise wrong

    assert found.value is wrong


def test_the_older_version_is_read_while_somebody_writes_a_newer_one(bucket, s3_server, tmp_path):
    bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    located = bucket.put("t.csv", TEXT.encode())

    def overwritten(asked):
        if asked.number == 2:
            bucket.put("t.csv", b"a\n1\n")

    with Line.to(s3_server, overwritten) as (_, address):
        changing = replace(bucket, store=store_at(address))
        with opened(changing, located, tmp_path) as reader:
            assert len(rows_of(reader)) == 20_000
            assert ", version " in reader.facts().version
