"""What goes wrong on the way from the store, and what comes of it."""

import hashlib
import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import (
    AccessDeniedError,
    ObjectChangedError,
    ObjectNotFoundError,
    ReadError,
    UnavailableError,
)
from smoke_pipeline.readers.storagegrid.client import connected
from smoke_pipeline.readers.storagegrid.download import fetch
from smoke_pipeline_tests.readers.storagegrid.buckets import RANGE, store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Fault, Line
from smoke_pipeline_tests.readers.storagegrid.test_client import certificate, over_tls

CONTENT = random.Random(1).randbytes(10 * RANGE + 12_345)


def fetched(store, located, folder, on_progress=None):
    folder.mkdir(exist_ok=True)
    with connected(store) as client:
        return fetch(client, store, located, folder, on_progress)


def threads_of_downloads():
    return [one for one in threading.enumerate() if one.name.startswith("fetch")]


@pytest.mark.parametrize("size", [0, 1, RANGE - 1, RANGE, RANGE + 1, 3 * RANGE, len(CONTENT)])
@pytest.mark.parametrize("streams", [1, 4])
def test_an_object_of_any_size_arrives_whole(bucket, s3_server, tmp_path, size, streams):
    located = bucket.put("t.csv", CONTENT[:size])

    with Line.to(s3_server) as (line, address):
        found = fetched(store_at(address, streams=streams), located, tmp_path)

    assert found.path.read_bytes() == CONTENT[:size]
    assert found.sha256 == hashlib.sha256(CONTENT[:size]).hexdigest()
    assert line.moved_bytes == size
    assert line.most_at_once <= streams
    assert threads_of_downloads() == []


def test_several_ranges_are_read_at_once(bucket, s3_server, tmp_path):
    located, together = bucket.put("t.csv", CONTENT), threading.Barrier(4)

    def met(asked):
        if 0 < asked.number <= 4:
            together.wait(5)

    with Line.to(s3_server, met) as (line, address):
        fetched(store_at(address, streams=4), located, tmp_path)

    assert line.most_at_once == 4


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_that_are_cut_anywhere_are_gone_on_with(bucket, s3_server, tmp_path_factory, data):
    size = data.draw(st.integers(1, len(CONTENT)), label="size")
    range_bytes = data.draw(st.integers(RANGE, 4 * RANGE), label="range")
    cuts = data.draw(
        st.dictionaries(
            st.integers(1, 8),
            st.builds(Fault, cut_after=st.integers(0, RANGE), is_reset=st.booleans()),
            max_size=5,
        ),
        label="cuts",
    )
    located = bucket.put("t.csv", CONTENT[:size])

    with Line.to(s3_server, lambda asked: cuts.get(asked.number)) as (line, address):
        store = store_at(address, range_bytes=range_bytes, streams=2, attempts=6)
        found = fetched(store, located, tmp_path_factory.mktemp("t"))

    assert found.path.read_bytes() == CONTENT[:size]
    assert found.sha256 == hashlib.sha256(CONTENT[:size]).hexdigest()
    assert line.moved_bytes <= size + sum(cut.cut_after for cut in cuts.values() if cut.is_reset)


def test_a_store_that_cuts_every_answer_off_is_given_up(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT[:RANGE])

    with (
        Line.to(s3_server, lambda asked: Fault(cut_after=10) if asked.number else None) as (line, address),
        pytest.raises(UnavailableError, match="cut 3 answers off, one after another"),
    ):
        fetched(store_at(address, streams=1), located, tmp_path)

    assert len(line.asked) == 1 + 3
    assert threads_of_downloads() == []


def test_an_answer_that_does_not_go_on_is_cut_off_and_gone_on_with(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT)

    def stalled(asked):
        return Fault(cut_after=100, stalls=True) if asked.number == 2 else None

    with Line.to(s3_server, stalled) as (_, address):
        found = fetched(store_at(address, read_timeout_s=0.3), located, tmp_path)

    assert found.path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_busy_store_is_asked_again(bucket, s3_server, tmp_path, status):
    located = bucket.put("t.csv", CONTENT)

    with Line.to(s3_server, lambda asked: Fault(status=status) if asked.number == 3 else None) as (
        _,
        address,
    ):
        assert fetched(store_at(address), located, tmp_path).path.read_bytes() == CONTENT


def test_an_object_written_anew_meanwhile_is_read_from_the_start(bucket, s3_server, tmp_path):
    located, anew = bucket.put("t.csv", CONTENT), CONTENT[::-1]

    def overwritten(asked):
        if asked.number == 4:
            bucket.put("t.csv", anew)

    with Line.to(s3_server, overwritten) as (_, address):
        found = fetched(store_at(address, streams=2), located, tmp_path)

    assert found.path.read_bytes() == anew
    assert found.sha256 == hashlib.sha256(anew).hexdigest()
    assert found.version == hashlib.md5(anew).hexdigest()


def test_an_object_written_anew_again_and_again_is_an_error(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT)

    def overwritten(asked):
        if asked.number > 1:
            bucket.put("t.csv", asked.number.to_bytes(4) + CONTENT)

    with (
        Line.to(s3_server, overwritten) as (_, address),
        pytest.raises(ObjectChangedError, match=r"^s3://.*/t.csv changed while it was read\.$"),
    ):
        fetched(store_at(address, streams=1), located, tmp_path)

    assert threads_of_downloads() == []


def test_an_object_deleted_meanwhile_is_not_there(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT)

    def deleted(asked):
        if asked.number == 3:
            bucket.client.delete_object(Bucket=bucket.name, Key="t.csv")

    with Line.to(s3_server, deleted) as (_, address), pytest.raises(ObjectNotFoundError, match=r"'t\.csv'"):
        fetched(store_at(address, streams=1), located, tmp_path)


def test_an_object_that_may_not_be_read_any_more_is_an_error(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT)

    def closed(asked):
        return Fault(status=403, code="AccessDenied") if asked.number == 3 else None

    with Line.to(s3_server, closed) as (_, address), pytest.raises(AccessDeniedError, match="AccessDenied"):
        fetched(store_at(address, streams=1), located, tmp_path)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"ETag": '"another"'}, id="another etag"),
        pytest.param({"Content-Range": f"bytes 1-{RANGE}/{len(CONTENT)}"}, id="another range"),
        pytest.param({"Content-Range": f"bytes 0-{RANGE - 1}/7"}, id="another size"),
        pytest.param({"Content-Length": "10"}, id="fewer bytes"),
    ],
)
def test_an_answer_to_another_question_is_not_taken(bucket, s3_server, tmp_path, headers):
    located = bucket.put("t.csv", CONTENT)

    def wrong(asked):
        return Fault(headers=headers, cut_after=RANGE) if asked.number else None

    with (
        Line.to(s3_server, wrong) as (_, address),
        pytest.raises(ObjectChangedError, match="while it was read"),
    ):
        fetched(store_at(address, streams=1), located, tmp_path)


def test_a_store_that_gives_no_parts_of_objects_is_told(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT)

    def whole(asked):
        return Fault(passed_as=200) if asked.number else None

    with Line.to(s3_server, whole) as (_, address), pytest.raises(ReadError, match="as an object store does"):
        fetched(store_at(address), located, tmp_path)


def test_an_answer_longer_than_it_says_is_not_taken(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT[:RANGE])

    with Line.to(s3_server, lambda asked: Fault(more=b"more") if asked.number else None) as (_, address):
        found = fetched(store_at(address), located, tmp_path)

    assert found.path.read_bytes() == CONTENT[:RANGE]


class StopItError(Exception):
    pass


@pytest.mark.parametrize("stalls", [False, True])
def test_an_exception_of_whoever_is_told_stops_every_thread(bucket, s3_server, tmp_path, stalls):
    located, told = bucket.put("t.csv", CONTENT), []

    def told_of(progress):
        told.append(progress)
        if progress.bytes_done:
            raise StopItError

    def stalled(asked):
        return Fault(cut_after=100, stalls=True) if stalls and asked.number > 1 else None

    with Line.to(s3_server, stalled) as (line, address), pytest.raises(StopItError):
        fetched(store_at(address, streams=2, read_timeout_s=60), located, tmp_path, told_of)

    assert threads_of_downloads() == []
    assert len(told) == 2
    assert line.waited_out == 0


def test_a_stream_over_tls_is_stopped_as_well(bucket, s3_server, tmp_path):
    located = bucket.put("t.csv", CONTENT)
    ca_bundle, tls = certificate(tmp_path, "ours")

    def told_of(progress):
        if progress.bytes_done:
            raise StopItError

    def stalled(asked):
        return Fault(cut_after=100, stalls=True) if asked.number > 1 else None

    with Line.to(s3_server, stalled, tls=tls) as (line, address), pytest.raises(StopItError):
        fetched(over_tls(address, ca_bundle=ca_bundle), located, tmp_path / "fetched", told_of)

    assert threads_of_downloads() == []
    assert line.waited_out == 0


@pytest.mark.parametrize("is_reset", [False, True])
def test_answers_over_tls_that_are_cut_are_gone_on_with(bucket, s3_server, tmp_path, is_reset):
    located = bucket.put("t.csv", CONTENT)
    ca_bundle, tls = certificate(tmp_path, "ours")

    def cut(asked):
        return Fault(cut_after=asked.number * 7_000, is_reset=is_reset) if asked.number in {1, 2, 5} else None

    with Line.to(s3_server, cut, tls=tls) as (_, address):
        found = fetched(over_tls(address, ca_bundle=ca_bundle), located, tmp_path / "fetched")

    assert found.path.read_bytes() == CONTENT


def test_a_stream_that_waits_for_an_answer_does_not_ask_again_when_stopped(bucket, s3_server, tmp_path):
    located, over = bucket.put("t.csv", CONTENT), threading.Event()

    def told_of(progress):
        if progress.bytes_done:
            raise StopItError

    def held(asked):
        if asked.number > 1:
            over.wait(10)

    with Line.to(s3_server, held) as (line, address):
        with pytest.raises(StopItError):
            fetched(store_at(address, streams=2, read_timeout_s=0.5), located, tmp_path, told_of)
        over.set()

        assert max(one.number for one in line.asked) <= 3
        assert threads_of_downloads() == []


def test_whoever_waits_is_told_how_far_it_is(bucket, tmp_path):
    told = []

    fetched(bucket.store, bucket.put("a/t.csv", CONTENT), tmp_path, told.append)

    assert {one.stage for one in told} == {"Fetching t.csv"}
    assert {one.bytes_total for one in told} == {len(CONTENT)}
    assert [one.bytes_done for one in told] == sorted(one.bytes_done for one in told)
    assert (told[0].bytes_done, told[-1].bytes_done) == (0, len(CONTENT))
