"""Whole sessions whose snapshots are kept in a bucket: the same verdicts as with those in a folder."""

import shutil
from dataclasses import replace

import pytest

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.defs.metadata import of_snapshot
from smoke_pipeline.errors import SnapshotDamagedError, SnapshotMissingError, UnavailableError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.settings.sections.storage import SnapshotStore, StorageSettings
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.parts.steps import compare_one_part, deal, merge_and_record
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, fail_session, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.readers.storagegrid.buckets import SECRET, store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Fault, Line

BEFORE = "id,amount\n" + "".join(f"{number},{number * 7}\n" for number in range(1, 201))
AFTER = BEFORE.replace("\n20,140\n", "\n20,141\n").replace("\n30,210\n", "\n")


def in_bucket(around, bucket, address=None, **limits):
    """Surroundings that keep snapshots in a bucket, and copies of them in a folder of the test."""
    given = store_at(address, attempts=1) if address else bucket.store
    store = given.model_dump(include=set(SnapshotStore.model_fields))
    storage = StorageSettings.model_validate({"snapshots": f"s3://{bucket.name}/smoke", "store": store})
    scratch = around.data_folder.parent / "scratch"
    comparison = around.settings.comparison.model_copy(update={"spill_dir": scratch, **limits})
    settings = around.settings.model_copy(update={"storage": storage, "comparison": comparison})
    return replace(around, settings=settings)


@pytest.fixture
def started(around, bucket, write):
    """Surroundings with a bucket, and a session of two files in them."""
    there = in_bucket(around, bucket)
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", BEFORE)),
        target=PathSide(path=write("after.csv", AFTER)),
        comparison=ComparisonSpec(key=("id",), threshold=50),
    )
    return there, start_session(spec, there).session_id


def take_both(session_id, around):
    return [snapshot_side(session_id, side, around) for side in Side]


def key_of(session_id, side, around):
    return f"smoke/{around.history.session(session_id).test_folder}/{side}.parquet"


def test_a_session_comes_to_its_verdict_and_nothing_of_its_snapshots_is_on_disk(started, bucket):
    around, session_id = started

    source, target = take_both(session_id, around)
    result = compare_and_record(session_id, around)
    report = publish_report(session_id, around)

    assert (result.counts.matched, result.counts.mismatched, result.counts.source_only) == (198, 1, 1)
    assert all(claim.holds for claim in (*source.claims, *target.claims))
    assert source.address == f"s3://{bucket.name}/{key_of(session_id, 'source', around)}"
    assert of_snapshot(source.manifest, source.address)["snapshot"].path == source.address
    assert report.zip_path.is_file()
    assert outcome_of(session_id, around).verdict is Verdict.PASSED
    assert [*around.data_folder.parent.rglob("source.parquet"), *around.data_folder.rglob("*.draft")] == []
    assert list((around.data_folder.parent / "scratch").iterdir()) == []


def test_each_step_may_run_where_no_other_has(started, tmp_path):
    around, session_id = started
    for number, step in enumerate(
        (
            lambda here: snapshot_side(session_id, Side.SOURCE, here),
            lambda here: snapshot_side(session_id, Side.TARGET, here),
            lambda here: compare_and_record(session_id, here),
        )
    ):
        elsewhere = tmp_path / f"machine_{number}"
        elsewhere.mkdir()
        step(replace(around, data_folder=elsewhere))

    assert around.history.session(session_id).step is Step.AWAITING_REPORT


def test_in_parts_it_is_the_same(started, around, bucket):
    _, session_id = started
    there = in_bucket(around, bucket, partitions=3)
    take_both(session_id, there)

    dealt = deal(session_id, there)
    for part in dealt.parts:
        compare_one_part(session_id, part.number, there)
    result = merge_and_record(session_id, there)

    assert (result.counts.matched, result.counts.mismatched, result.counts.source_only) == (198, 1, 1)


def test_a_place_that_did_not_change_proves_nothing(around, bucket, write):
    there = in_bucket(around, bucket)
    spec = SessionSpec(
        source=PathSide(path=write("t.csv", BEFORE)), comparison=ComparisonSpec(key=("id",), threshold=100)
    )
    session_id = start_session(spec, there).session_id

    _, target = take_both(session_id, there)

    assert [claim.holds for claim in target.claims] == [True, False]
    assert compare_and_record(session_id, there).verdict is Verdict.UNPROVEN


@pytest.mark.parametrize("side", Side)
def test_an_object_that_is_gone_or_another_gives_no_verdict(started, bucket, side):
    around, session_id = started
    take_both(session_id, around)
    key = key_of(session_id, side, around)
    kept = bucket.client.get_object(Bucket=bucket.name, Key=key)
    content, facts = kept["Body"].read(), kept["Metadata"]

    bucket.client.delete_object(Bucket=bucket.name, Key=key)
    with pytest.raises(SnapshotMissingError, match=f"The {side} was never taken, or s3://"):
        compare_and_record(session_id, around)

    other = key_of(session_id, side.other, around)
    copied = bucket.client.get_object(Bucket=bucket.name, Key=other)["Body"].read()
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=copied, Metadata=facts)
    with pytest.raises(SnapshotDamagedError, match="not the digest"):
        compare_and_record(session_id, around)

    assert around.history.newest_result(session_id) is None
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=content, Metadata=facts)
    assert compare_and_record(session_id, around).counts.mismatched == 1


def test_a_step_that_the_store_cuts_short_can_be_done_again(started, around, bucket, s3_server, write):
    there, session_id = started
    snapshot_side(session_id, Side.SOURCE, there)

    def refused(asked):
        return Fault(status=503, code="SlowDown") if asked.method == "PUT" else None

    with Line.to(s3_server, refused) as (_line, address):
        cut = in_bucket(around, bucket, address)
        with pytest.raises(UnavailableError) as caught:
            snapshot_side(session_id, Side.TARGET, cut)
        fail_session(session_id, caught.value, cut)

    failed = there.history.session(session_id)
    assert (failed.status, caught.value.retryable) == (Status.FAILED, True)
    assert SECRET not in str(failed)

    snapshot_side(session_id, Side.TARGET, there)
    assert compare_and_record(session_id, there).counts.mismatched == 1


def test_a_full_disk_is_told_where_the_copies_would_lie(started, around, bucket):
    there, session_id = started
    take_both(session_id, there)
    scratch = around.data_folder.parent / "scratch"
    shutil.rmtree(scratch)
    scratch.write_text("no folder")

    with pytest.raises(Exception, match="scratch") as caught:
        compare_and_record(session_id, there)

    assert type(caught.value).__name__ == "AccessDeniedError"
