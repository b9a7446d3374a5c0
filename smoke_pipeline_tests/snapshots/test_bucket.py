"""Snapshots in a bucket: over lines that break, after kills, and with nothing left on this machine."""

import os
import random
import signal
import subprocess
import sys

import pytest
from pydantic import SecretStr

from smoke_pipeline.errors import (
    ObjectNotFoundError,
    SettingsError,
    SmokePipelineError,
    SnapshotDamagedError,
    StorageFullError,
    UnavailableError,
)
from smoke_pipeline.settings.sections.storage import SnapshotStore
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.scratch import sweep
from smoke_pipeline_tests.readers.storagegrid.buckets import ACCESS_KEY, SECRET, store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Fault, Line
from smoke_pipeline_tests.snapshots.keeping import SESSION, InBucket
from smoke_pipeline_tests.snapshots.test_store import files_no_larger_than


def numbers(count, seed):
    drawn = random.Random(seed)
    return "a\n" + "".join(f"{drawn.random()}\n" for _ in range(count))


LARGE = numbers(600_000, 1)
"""A snapshot of more than one part."""
LONG = numbers(40_000, 2)
"""One of more than one range."""


@pytest.fixture
def kept(bucket, tmp_path):
    return InBucket.made(bucket, tmp_path)


def test_nothing_stays_on_this_machine(kept):
    kept.take("a\n1\n")
    kept.rows()

    assert list(kept.scratch.iterdir()) == []


def test_a_large_snapshot_is_sent_in_parts_and_comes_back_whole(kept):
    manifest = kept.take(LARGE)

    assert len(kept.content("source.parquet")) > 5 * 1024**2
    with kept.storage.opened(SESSION, [Side.SOURCE]):
        assert kept.storage.manifest(SESSION, Side.SOURCE) == manifest
    assert kept.unfinished() == []


def test_an_object_that_nobody_sent_is_no_snapshot(kept):
    kept.take("a\n1\n")
    content = kept.content("source.parquet")
    kept.bucket.put(kept.key("source.parquet"), content)

    with pytest.raises(SnapshotDamagedError, match="not the digest"):
        kept.rows()


def test_what_is_replaced_while_it_is_fetched_is_fetched_anew(bucket, tmp_path, s3_server):
    kept = InBucket.made(bucket, tmp_path)
    kept.take(LONG)
    late = numbers(40_000, 3)

    def replaced(asked):
        if asked.number == 3:
            kept.take(late)

    with Line.to(s3_server, replaced) as (_line, address):
        over = InBucket.made(bucket, tmp_path, store=store_at(address, streams=1, read_timeout_s=120))
        rows = over.rows()

    assert [row["a"] for row in rows] == late.split()[1:]


def test_what_is_deleted_while_it_is_fetched_is_no_snapshot(bucket, tmp_path, s3_server):
    kept = InBucket.made(bucket, tmp_path)
    kept.take(LONG)

    def deleted(asked):
        if asked.number == 3:
            kept.remove("source.parquet")

    with Line.to(s3_server, deleted) as (_line, address):
        over = InBucket.made(bucket, tmp_path, store=store_at(address, streams=1, read_timeout_s=120))
        with pytest.raises(SmokePipelineError, match="was deleted"):
            over.rows()

    assert list(kept.scratch.iterdir()) == []


def cut_once(method, part):
    """What cuts the line of the first such request, and the list in which its path is noted."""
    met = []

    def once(asked):
        if asked.method == method and part in asked.path and not met:
            met.append(asked.path)
            return Fault(cut_after=0, is_reset=True)
        return None

    return once, met


def test_a_line_that_is_cut_while_a_part_is_sent_is_taken_up_again(bucket, tmp_path, s3_server):
    once, cut = cut_once("PUT", "partNumber")

    with Line.to(s3_server, once) as (_line, address):
        over = InBucket.made(bucket, tmp_path, store=store_at(address))
        over.take(LARGE)

    assert cut
    assert [row["a"] for row in InBucket.made(bucket, tmp_path).rows()] == LARGE.split()[1:]


def test_an_answer_that_is_lost_after_the_last_part_loses_nothing(bucket, tmp_path, s3_server):
    once, lost = cut_once("POST", "uploadId=")

    with Line.to(s3_server, once) as (_line, address):
        over = InBucket.made(bucket, tmp_path, store=store_at(address, read_timeout_s=120))
        manifest = over.take(LARGE)

    kept = InBucket.made(bucket, tmp_path)
    assert lost
    assert kept.storage.manifest(SESSION, Side.SOURCE) == manifest
    assert len(kept.rows()) == manifest.rows


@pytest.mark.parametrize("text", ["a\n1\n", LARGE], ids=["at once", "in parts"])
def test_a_store_that_takes_nothing_leaves_the_old_snapshot(bucket, tmp_path, s3_server, text):
    kept = InBucket.made(bucket, tmp_path)
    kept.take("b\n0\n")

    def refused(asked):
        is_content = asked.method == "PUT"
        return Fault(status=503, code="SlowDown") if is_content else None

    with Line.to(s3_server, refused) as (_line, address):
        over = InBucket.made(bucket, tmp_path, store=store_at(address, attempts=1))
        with pytest.raises(UnavailableError, match="was not written") as caught:
            over.take(text)

    assert caught.value.retryable
    assert kept.rows() == [{"b": "0"}]
    assert kept.unfinished() == []
    assert list(kept.scratch.iterdir()) == []


def test_a_process_that_is_killed_while_it_sends_leaves_the_old_snapshot(kept, tmp_path, s3_server):
    kept.take("b\n0\n")
    (tmp_path / "large.csv").write_text(LARGE)
    program = (
        "import json, os, sys; from pathlib import Path\n"
        "from smoke_pipeline_tests.readers.storagegrid.buckets import store_at\n"
        "from smoke_pipeline_tests.snapshots.keeping import InBucket\n"
        "host, port, name, folder = sys.argv[1:]\n"
        "class Named: pass\n"
        "Named.name, Named.store = name, store_at((host, int(port)), attempts=20)\n"
        "kept = InBucket.made(Named, Path(folder))\n"
        "kept.take((Path(folder) / 'large.csv').read_text())\n"
    )

    def kill(asked):
        if "partNumber=2" in asked.path:
            os.kill(run.pid, signal.SIGKILL)
            return Fault(status=500)
        return None

    with Line.to(s3_server, kill) as (_line, (host, port)):
        arguments = [host, str(port), kept.bucket.name, str(tmp_path)]
        run = subprocess.Popen([sys.executable, "-c", program, *arguments])
        assert run.wait() == -signal.SIGKILL

    assert kept.rows() == [{"b": "0"}]
    assert kept.unfinished() == [f"{SESSION}/source.parquet"]
    assert [path.name[:14] for path in kept.scratch.iterdir()] == ["smoke-scratch-"]

    kept.take("b\n1\n")
    sweep(kept.scratch, young_s=0)

    assert kept.rows() == [{"b": "1"}]
    assert kept.unfinished() == []
    assert list(kept.scratch.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_sent(kept):
    kept.take("b\n0\n")
    found = kept.csv(LARGE)

    with files_no_larger_than(20_000), pytest.raises(StorageFullError, match="is full"):
        kept.freeze(found)

    assert kept.rows() == [{"b": "0"}]
    assert list(kept.scratch.iterdir()) == []


def test_what_a_bucket_holds_of_sessions_is_told_and_dropped(kept):
    kept.take("a\n1\n")
    kept.take("a\n1\n", Side.TARGET)
    kept.begin("target.parquet")
    kept.begin("source.parquet", "tests/another")
    kept.storage.mark_going(SESSION)
    kept.bucket.put("team/smoke/readme.txt", b"somebody else's")
    kept.bucket.put("team/elsewhere.txt", b"somebody else's")

    found = [(one.folder, one.is_going, one.unfinished) for one in kept.storage.elsewhere()]
    kept.storage.drop(SESSION)

    assert sorted(found, key=str) == sorted(
        [
            ("", False, None),
            (SESSION, True, None),
            (SESSION, False, None),
            (SESSION, False, None),
            (SESSION, False, "target.parquet"),
            ("tests/another", False, "source.parquet"),
        ],
        key=str,
    )
    assert kept.names() == ["readme.txt", "team/elsewhere.txt"]
    assert kept.unfinished() == ["tests/another/source.parquet"]

    kept.storage.abandon("tests/another", "source.parquet")
    kept.storage.drop(SESSION)

    assert kept.unfinished() == []


def test_a_bucket_that_is_not_there_is_told_with_its_name(kept, tmp_path):
    gone = InBucket.made(kept.bucket, tmp_path)
    gone.storage = type(gone.storage)(
        store=kept.bucket.store, bucket="no-such-bucket", prefix="", scratch=gone.scratch
    )

    with pytest.raises(ObjectNotFoundError, match="has no bucket 'no-such-bucket'"):
        gone.take("a\n1\n")


def test_no_error_tells_a_secret_and_each_names_the_setting(kept, tmp_path):
    store = SnapshotStore(
        endpoint_url="http://127.0.0.1:9",
        access_key_id=SecretStr(ACCESS_KEY),
        secret_access_key=SecretStr(SECRET),
        attempts=1,
        connect_timeout_s=1,
    )
    away = InBucket.made(kept.bucket, tmp_path, store=store)
    half = InBucket.made(kept.bucket, tmp_path, store=SnapshotStore(access_key_id=SecretStr(ACCESS_KEY)))

    with pytest.raises(UnavailableError) as first:
        away.take("a\n1\n")
    with pytest.raises(SettingsError, match=r"`storage.store` has one and needs both") as second:
        half.take("a\n1\n")

    told = [repr(away.storage), *(f"{one.value} {one.value.to_dict()}" for one in (first, second))]
    assert "`storage.store`" in told[1]
    assert not [text for text in told if SECRET in text or ACCESS_KEY in text]
