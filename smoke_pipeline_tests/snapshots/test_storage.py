"""Snapshots are the same wherever they are kept: whole or not there, and exactly what was written."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import (
    CsvFormatError,
    SmokePipelineError,
    SnapshotDamagedError,
    SnapshotMissingError,
)
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.snapshots.bucket import BucketStorage, snapshot_storage
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.storage import FolderStorage
from smoke_pipeline_tests.snapshots.keeping import SESSION, InBucket, InFolder


@pytest.fixture(params=["folder", "bucket", "bucket without a prefix"])
def kept(request, tmp_path):
    if request.param == "folder":
        return InFolder.made(tmp_path)
    prefix = "" if "without" in request.param else "team/smoke/"
    return InBucket.made(request.getfixturevalue("bucket"), tmp_path, prefix=prefix)


def test_a_snapshot_is_what_was_read(kept):
    manifest = kept.take("a;b\n1;x\n2;ü\n")

    assert kept.rows() == [{"a": "1", "b": "x"}, {"a": "2", "b": "ü"}]
    assert kept.storage.manifest(SESSION, Side.SOURCE) == manifest
    assert kept.names() == [f"{SESSION}/source.parquet"]


def test_the_two_sides_do_not_touch_and_can_be_opened_together(kept):
    kept.take("a\n1\n")
    kept.take("a\n2\n", Side.TARGET)

    assert (kept.rows(), kept.rows(Side.TARGET)) == ([{"a": "1"}], [{"a": "2"}])
    with kept.storage.opened(SESSION) as folder:
        assert {path.name for path in folder.iterdir()} >= {"source.parquet", "target.parquet"}


def test_sessions_do_not_touch(kept):
    kept.take("a\n1\n")
    kept.take("a\n2\n", session=f"{SESSION}_2")

    assert (kept.rows(), kept.rows(session=f"{SESSION}_2")) == ([{"a": "1"}], [{"a": "2"}])


def test_taking_again_replaces(kept):
    kept.take("a\n1\n")
    manifest = kept.take("b,c\n2,3\n")

    assert kept.rows() == [{"b": "2", "c": "3"}]
    assert kept.storage.manifest(SESSION, Side.SOURCE) == manifest
    assert kept.names() == [f"{SESSION}/source.parquet"]


def test_what_cannot_be_read_leaves_the_old_snapshot(kept):
    kept.take("a,b\n1,2\n")

    with pytest.raises(CsvFormatError):
        kept.take("a,b\n" + "1,2\n" * 300_000 + "3\n")

    assert kept.rows() == [{"a": "1", "b": "2"}]
    assert kept.names() == [f"{SESSION}/source.parquet"]


def test_being_stopped_in_the_middle_leaves_nothing(kept):
    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.take("a\n1\n", on_progress=stop)

    assert kept.names() == []


def test_what_was_never_taken_is_missing(kept):
    kept.take("a\n1\n")

    for ask in (kept.rows, lambda side: kept.storage.manifest(SESSION, side)):
        with pytest.raises(SnapshotMissingError, match=r"target.* was never taken, or .* was deleted"):
            ask(Side.TARGET)


def test_what_was_deleted_is_missing(kept):
    kept.take("a\n1\n")
    kept.remove("source.parquet")

    with pytest.raises(SnapshotMissingError, match=r"source.* was never taken, or .* was deleted"):
        kept.rows()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-1], id="a byte short"),
        pytest.param(lambda content: content[: len(content) // 2], id="half"),
        pytest.param(lambda content: b"", id="nothing"),
        pytest.param(lambda content: content.replace(b'"rows": 1000', b'"rows": 1001'), id="rows"),
        pytest.param(lambda content: content.replace(b"manifest", b"manifesto"[1:]), id="no manifest"),
        pytest.param(lambda content: content.replace(b'"source"', b'"target"'), id="the other side"),
        pytest.param(lambda content: content[:60] + b"\xff" * 8 + content[68:], id="a page"),
    ],
)
def test_damage_is_told(kept, damage):
    kept.take("a\n" + "".join(f"{number**7}\n" for number in range(1000)))
    kept.put("source.parquet", damage(kept.content("source.parquet")))

    with pytest.raises(SnapshotDamagedError, match="is damaged: "):
        kept.rows()


@pytest.mark.parametrize("end", [b"", b"PAR1", b"no Parquet file at all", b"\xff" * 4 + b"PAR1"])
def test_a_manifest_that_is_none_is_told(kept, end):
    kept.take("a\n1\n")
    kept.put("source.parquet", end)

    with pytest.raises(SnapshotDamagedError, match="is damaged: "):
        kept.storage.manifest(SESSION, Side.SOURCE)


def test_a_manifest_of_very_many_columns_is_read(kept):
    names = [f"a_column_with_quite_a_long_name_{number}" for number in range(3000)]
    manifest = kept.take(",".join(names) + "\n" + ",".join("1" * 3000) + "\n")

    assert kept.storage.manifest(SESSION, Side.SOURCE) == manifest


@pytest.fixture
def sent(bucket, tmp_path):
    """A snapshot in a bucket, and what was sent of it."""
    kept = InBucket.made(bucket, tmp_path)
    kept.take("a\n1\n2\n")
    return kept, kept.content("source.parquet")


@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_of_an_object_can_change_unseen(sent, share, flip):
    kept, content = sent
    other = bytearray(content)
    other[int(len(other) * share)] ^= flip
    kept.put("source.parquet", bytes(other))

    with pytest.raises(SnapshotDamagedError, match="not the digest"):
        kept.rows()


def test_where_a_side_is_kept_is_told(kept, tmp_path):
    address = kept.storage.address(SESSION, Side.TARGET)

    assert address.endswith(f"{SESSION}/target.parquet")
    assert address.startswith("s3://bucket-" if isinstance(kept, InBucket) else str(tmp_path))


def chosen(tmp_path, **variables):
    names = {f"SMOKE_STORAGE__{name}": value for name, value in variables.items()}
    given = {"SMOKE_PRESETS__LAKE__STORAGEGRID__ENDPOINT_URL": "http://lake"}
    return snapshot_storage(load_settings(environ=given | names), tmp_path)


def test_the_settings_say_where_snapshots_are_kept(tmp_path):
    own = chosen(tmp_path, SNAPSHOTS="s3://my-bucket/a/b/", STORE__REGION="eu-1")
    by_preset = chosen(tmp_path, SNAPSHOTS="s3://my-bucket", PRESET="lake")

    assert isinstance(chosen(tmp_path), FolderStorage)
    assert isinstance(own, BucketStorage)
    assert (own.bucket, own.prefix, own.store.region, own.scratch) == (
        "my-bucket",
        "a/b/",
        "eu-1",
        tmp_path / "scratch",
    )
    assert isinstance(by_preset, BucketStorage)
    assert (by_preset.prefix, by_preset.store.endpoint_url) == ("", "http://lake")


def test_copies_lie_where_rows_that_do_not_fit_into_memory_do(tmp_path):
    settings = load_settings(
        environ={"SMOKE_STORAGE__SNAPSHOTS": "s3://my-bucket", "SMOKE_COMPARISON__SPILL_DIR": "/fast"}
    )

    storage = snapshot_storage(settings, tmp_path)

    assert isinstance(storage, BucketStorage)
    assert str(storage.scratch) == "/fast"


def test_the_keys_may_lie_in_files(tmp_path):
    (tmp_path / "key").write_text("a key\n")
    (tmp_path / "secret").write_text("its secret\n")

    storage = chosen(
        tmp_path,
        SNAPSHOTS="s3://my-bucket",
        STORE__ACCESS_KEY_ID_FILE=str(tmp_path / "key"),
        STORE__SECRET_ACCESS_KEY_FILE=str(tmp_path / "secret"),
    )

    assert isinstance(storage, BucketStorage)
    assert storage.store.access_key_id.get_secret_value() == "a key"
    assert storage.store.secret_access_key.get_secret_value() == "its secret"


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"SNAPSHOTS": "my-bucket/a"}, id="no address"),
        pytest.param({"SNAPSHOTS": "s3://My_Bucket"}, id="no name of a bucket"),
        pytest.param({"SNAPSHOTS": "s3://my-bucket/../b"}, id="a way out"),
        pytest.param({"SNAPSHOTS": "s3://my-bucket/a//b"}, id="an empty part"),
        pytest.param({"SNAPSHOTS": "s3://my-bucket", "PRESET": "unknown"}, id="no such preset"),
        pytest.param({"SNAPSHOTS": "s3://my-bucket", "PRESET": "development"}, id="a preset without a store"),
        pytest.param({"PRESET": "lake", "STORE__REGION": "eu-1"}, id="two stores"),
    ],
)
def test_settings_that_name_no_one_place_are_refused(tmp_path, variables):
    with pytest.raises(SmokePipelineError):
        chosen(tmp_path, **variables)
