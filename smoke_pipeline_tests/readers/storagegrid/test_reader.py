"""An object is read as the file it would be."""

import gzip
import hashlib
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.readers.storagegrid.reader import opened_object, require_object
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline_tests.readers.reading import rows_of, written

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
