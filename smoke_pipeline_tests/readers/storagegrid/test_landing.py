"""Where objects are brought to: nothing stays there but what a killed process could not remove."""

import hashlib
import json
import multiprocessing
import os
import random
import signal
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import (
    AccessDeniedError,
    CsvFormatError,
    ReadError,
    StorageFullError,
    UnavailableError,
)
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.landing import disk_errors, landing, local_name
from smoke_pipeline.readers.storagegrid.partial import PartialFile, Pinned
from smoke_pipeline.readers.storagegrid.reader import opened_object
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.storagegrid.buckets import RANGE, store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Fault, Line
from smoke_pipeline_tests.snapshots.test_store import files_no_larger_than

TEXT = b"id,name\n" + b"".join(b"%d,name of %d\n" % (number, number) for number in range(40_000))
ROWS = TEXT.count(b"\n") - 1
NO_ROOM = 10**18


def opened(store, located, folder, on_progress=None):
    return opened_object(
        store,
        located,
        options=ReadOptions(),
        limits=UploadSettings(),
        folder=folder,
        on_progress=on_progress,
    )


def killed_after(store, located, folder, done_bytes):
    """Open an object, and die without a word once so much of it is there."""

    def told(progress):
        if progress.bytes_done >= done_bytes:
            os.kill(os.getpid(), signal.SIGKILL)

    with opened(store, located, folder, told):
        os.kill(os.getpid(), signal.SIGKILL)


def child_of(*arguments):
    child = multiprocessing.get_context("spawn").Process(target=killed_after, args=arguments)
    child.start()
    return child


def kill_one(*arguments):
    child = child_of(*arguments)
    child.join(30)
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("done", [0, 0.3, 0.7, 1, 2], ids=lambda done: f"at {done}")
def test_what_a_killed_process_brought_is_not_brought_again(bucket, s3_server, tmp_path, done):
    located, folder = bucket.put("t.csv", TEXT), tmp_path / "fetched"

    with Line.to(s3_server) as (line, address):
        store = store_at(address, streams=2)
        kill_one(store, located, folder, done * len(TEXT))
        before = line.moved_bytes
        with opened(store, located, folder) as reader:
            rows, facts = rows_of(reader), reader.facts()

    again = line.moved_bytes - before
    assert len(rows) == ROWS
    assert facts.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert again <= max(0, len(TEXT) * (1 - done)) + 5 * RANGE
    assert again == 0 or done < 2
    assert not folder.exists()


def test_what_a_killed_process_brought_of_another_content_is_thrown_away(bucket, s3_server, tmp_path):
    located, folder = bucket.put("t.csv", TEXT), tmp_path / "fetched"
    anew = TEXT.replace(b"name of", b"NAME OF")

    with Line.to(s3_server) as (line, address):
        kill_one(store_at(address), located, folder, len(TEXT) // 2)
        bucket.put("t.csv", anew)
        before = line.moved_bytes
        with opened(store_at(address), located, folder) as reader:
            rows, facts = rows_of(reader), reader.facts()

    assert rows[-1] == ("39999", "NAME OF 39999")
    assert facts.sha256 == hashlib.sha256(anew).hexdigest()
    assert line.moved_bytes - before == len(anew)


def test_a_process_may_be_killed_again_and_again_at_any_moment(bucket, s3_server, tmp_path):
    located, folder = bucket.put("t.csv", TEXT), tmp_path / "fetched"
    children, killed_at = [], iter([2, 3, 6, 4])

    def kill(asked):
        if children and asked.number == deadly[-1]:
            children[-1].kill()

    with Line.to(s3_server, kill) as (line, address):
        deadly = []
        for questions in killed_at:
            deadly.append(questions + sum(one.number > 0 for one in line.asked))
            children.append(child_of(store_at(address, streams=2), located, folder, 2 * len(TEXT)))
            children[-1].join(30)
            assert children[-1].exitcode == -signal.SIGKILL
        children.clear()
        with opened(store_at(address), located, folder) as reader:
            assert len(rows_of(reader)) == ROWS
            assert reader.facts().sha256 == hashlib.sha256(TEXT).hexdigest()

    assert not folder.exists()


def test_nothing_stays_where_whoever_is_told_stops_it(bucket, tmp_path):
    def told(_progress):
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        opened(bucket.store, bucket.put("t.csv", TEXT), tmp_path / "fetched", told),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


CONTENT = random.Random(2).randbytes(5_000)
PINNED = Pinned(address="s3://b/k", etag='"e"', version_id=None, size_bytes=len(CONTENT))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    done=st.integers(0, len(CONTENT)),
    damaged=st.none() | st.integers(0, len(CONTENT) - 1),
    cut=st.none() | st.integers(0, len(CONTENT)),
    state=st.sampled_from(["kept", "gone", "cut off", "no state", "of another"]),
)
def test_only_bytes_with_the_digest_that_was_written_down_are_trusted(
    tmp_path_factory, done, damaged, cut, state
):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    with PartialFile.opened(path, PINNED) as partial:
        partial.write(CONTENT[:done], 0)
        partial.complete(done)
    file, kept = path.with_name(".arriving"), path.with_name(".state.json")
    content = bytearray(file.read_bytes())
    if damaged is not None and damaged < done:
        content[damaged] ^= 1
    file.write_bytes(content[:cut])
    match state:
        case "gone":
            kept.unlink()
        case "cut off":
            kept.write_text(kept.read_text()[:-5])
        case "no state":
            kept.write_text("[1]")
        case "of another":
            found = json.loads(kept.read_text())
            kept.write_text(json.dumps(found | {"pinned": found["pinned"] | {"etag": '"f"'}}))

    with PartialFile.opened(path, PINNED) as partial:
        trusted = partial.done_bytes
        partial.write(CONTENT[trusted:], trusted)
        partial.complete(len(CONTENT))
        sha256 = partial.finish()

    is_sound = state == "kept" and (cut is None or cut >= done) and (damaged is None or damaged >= done)
    assert trusted == (done if is_sound else 0)
    assert path.read_bytes() == CONTENT
    assert sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_file_that_somebody_else_shortened_is_not_taken(tmp_path):
    with PartialFile.opened(tmp_path / "t.csv", PINNED) as partial:
        partial.write(CONTENT, 0)
        os.truncate(tmp_path / ".arriving", 10)

        with pytest.raises(ReadError, match="Somebody shortened"):
            partial.complete(len(CONTENT))


def test_a_file_that_is_not_whole_is_not_given_its_name(tmp_path):
    with PartialFile.opened(tmp_path / "t.csv", PINNED) as partial:
        partial.write(CONTENT[:10], 0)
        partial.complete(10)

        with pytest.raises(ReadError, match="has not the size"):
            partial.finish()

    assert not (tmp_path / "t.csv").exists()


def test_nothing_stays_after_an_error(bucket, tmp_path):
    located = bucket.put("a/t.csv", b"\n\n")

    with (
        pytest.raises(CsvFormatError, match=rf"^{located.address} has no header row"),
        opened(bucket.store, located, tmp_path / "fetched") as reader,
    ):
        rows_of(reader)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_in_it_stays(bucket, tmp_path):
    (tmp_path / "mine").touch()

    with opened(bucket.store, bucket.put("t.csv", TEXT), tmp_path):
        assert len(list(tmp_path.iterdir())) == 2

    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_two_objects_of_one_name_can_be_brought_into_one_folder(bucket, tmp_path):
    first, second = bucket.put("a/t.csv", b"a\n1\n"), bucket.put("b/t.csv", b"a\n2\n")

    with opened(bucket.store, first, tmp_path) as one, opened(bucket.store, second, tmp_path) as other:
        assert (rows_of(one), rows_of(other)) == ([("1",)], [("2",)])


def test_one_object_is_brought_into_one_folder_by_one_process_at_a_time(bucket, tmp_path):
    located = bucket.put("t.csv", TEXT)

    with (
        opened(bucket.store, located, tmp_path) as reader,
        pytest.raises(UnavailableError, match="Another process is bringing"),
        opened(bucket.store, located, tmp_path),
    ):
        pass

    with opened(bucket.store, located, tmp_path) as reader:
        assert len(rows_of(reader)) == ROWS


def test_an_object_larger_than_the_disk_is_not_begun(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", TEXT)

    def larger(asked):
        return Fault(headers={"Content-Length": str(NO_ROOM)}) if asked.method == "HEAD" else None

    with (
        Line.to(s3_server, larger) as (line, address),
        pytest.raises(StorageFullError, match=f"bytes left, and {NO_ROOM:,} are needed"),
        opened(store_at(address), located, tmp_path / "fetched"),
    ):
        pass

    assert line.moved_bytes == 0
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_becomes_full_is_told_and_nothing_stays(bucket, tmp_path):
    located = bucket.put("t.csv", TEXT)

    with (
        files_no_larger_than(3 * RANGE),
        pytest.raises(StorageFullError, match="is full"),
        opened(bucket.store, located, tmp_path / "fetched"),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_told(bucket, tmp_path):
    (tmp_path / "fetched").touch()

    with (
        pytest.raises(AccessDeniedError, match="cannot be written"),
        opened(bucket.store, bucket.put("t.csv", TEXT), tmp_path / "fetched"),
    ):
        pass


def test_a_closed_disk_is_told(tmp_path):
    with pytest.raises(AccessDeniedError, match="cannot be written"), disk_errors(tmp_path):
        (tmp_path / "no" / "folder").touch()


def test_nobody_else_may_read_what_is_brought(bucket, tmp_path):
    modes = []

    with opened(bucket.store, bucket.put("t.csv", TEXT), tmp_path) as reader:
        modes.append(stat.S_IMODE(reader.plain_text().file.path.stat().st_mode))

    assert modes == [0o600]


@given(key=st.text(min_size=1, max_size=300))
def test_a_key_never_leads_out_of_the_folder(key):
    name = local_name(key)

    assert name not in {"", ".", ".."}
    assert not name.startswith(".")
    assert "/" not in name
    assert name.isascii()
    assert len(name) <= 120


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("statement.12345.2026-02-04.CREDORAX.CSV", "statement.12345.2026-02-04.CREDORAX.CSV"),
        ("a/b/t.parquet", "t.parquet"),
        ("a/b/", "object"),
        ("../..", "object"),
        ("a b\n.csv", "a_b_.csv"),
    ],
)
def test_an_object_keeps_the_end_of_its_key(key, name):
    assert local_name(key) == name


def test_the_place_of_an_object_depends_on_the_store(bucket, tmp_path):
    located, other = Located("b", "k"), bucket.store.model_copy(update={"endpoint_url": "http://other"})

    with landing(bucket.store, located, tmp_path) as one, landing(other, located, tmp_path) as another:
        assert one != another
