"""What sessions have in a bucket goes with them, is missed where it is gone, and nothing else is touched."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from smoke_pipeline.errors import UnavailableError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.smoke_test.keeping.clean import clean, due
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.keeping.whole import look
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.readers.storagegrid.buckets import ACCESS_KEY, SECRET
from smoke_pipeline_tests.readers.storagegrid.faults import Fault, Line
from smoke_pipeline_tests.smoke_test.keeping.conftest import with_retention
from smoke_pipeline_tests.smoke_test.test_bucket import in_bucket

pytestmark = pytest.mark.services


@pytest.fixture
def around(around, bucket):
    """Surroundings that keep snapshots in a bucket."""
    return in_bucket(around, bucket)


@pytest.fixture
def keys(bucket):
    """What lies in the bucket."""

    def keys():
        found = bucket.client.list_objects_v2(Bucket=bucket.name).get("Contents", ())
        return sorted(one["Key"] for one in found)

    return keys


def gone(cleaning):
    return [(going.kind.value, going.name) for going in clean(cleaning)]


def torn(around, database, dagster):
    return [(one.what, one.name, one.detail) for one in look(around, database, dagster)]


@pytest.mark.parametrize("steps", range(5))
def test_a_session_is_whole_after_every_step(steps, new, around, database, dagster):
    new(steps=steps)

    assert torn(around, database, dagster) == []


def test_a_session_goes_with_its_objects_and_nothing_else_does(new, cleaning, clock, bucket, keys):
    around = cleaning.around
    old = new()
    bucket.put("smoke/readme.txt", b"somebody else's")
    bucket.put("smoke/tests/a_session/notes.txt", b"somebody else's")
    clock.advance(days=20)
    young = new()
    folder = around.history.session(young).test_folder
    clock.advance(days=10)

    assert ("session", old) in [(going.kind.value, going.name) for going in due(cleaning)]
    assert ("session", old) in gone(cleaning)

    assert keys() == [
        "smoke/readme.txt",
        "smoke/tests/a_session/notes.txt",
        f"smoke/{folder}/source.parquet",
        f"smoke/{folder}/target.parquet",
    ]


def test_an_archived_session_keeps_its_objects_until_its_span_is_over(new, cleaning, around, clock, keys):
    session_id = new()
    close_session(session_id, Status.ARCHIVED, around)
    clock.advance(days=400)

    assert gone(cleaning) == []
    assert len(keys()) == 2

    limited = replace(cleaning, around=with_retention(around, archived=timedelta(days=30)))
    assert gone(limited) == [("session", session_id)]
    assert keys() == []


def test_what_a_killed_clean_up_left_of_a_session_goes_the_next_time(new, cleaning, around, keys, clock):
    session_id = new()
    session = next(one for one in cleaning.sessions.every() if one.session_id == session_id)
    around.snapshots.mark_going(session.test_folder)
    cleaning.sessions.forget(session)
    shutil.rmtree(around.data_folder / session.test_folder)
    cleaning.orchestrator.forget(session_id)

    assert gone(cleaning) == [("folder", session.test_folder)]
    assert keys() == []
    assert gone(cleaning) == []


def test_what_was_sent_in_part_is_told_and_goes(new, cleaning, around, bucket, database, dagster):
    session_id = new(steps=1)
    folder = around.history.session(session_id).test_folder
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key=f"smoke/{folder}/target.parquet")
    name = f"{folder}/target.parquet.unfinished"

    assert torn(around, database, dagster) == [("file", name, "was sent in part and never finished")]
    assert gone(cleaning) == [("left_over", name)]
    assert torn(around, database, dagster) == []
    assert "Uploads" not in bucket.client.list_multipart_uploads(Bucket=bucket.name)


def test_an_object_that_is_gone_or_cut_off_is_missed(new, around, bucket, database, dagster):
    session_id = new(steps=2)
    folder = around.history.session(session_id).test_folder
    bucket.client.delete_object(Bucket=bucket.name, Key=f"smoke/{folder}/source.parquet")
    bucket.put(f"smoke/{folder}/target.parquet", b"PAR1")

    source, target = torn(around, database, dagster)

    assert "The source was never taken, or s3://" in source[2]
    assert "target.parquet is damaged" in target[2]


def test_a_store_that_does_not_answer_is_told_and_nothing_goes(new, cleaning, around, bucket, clock):
    session_id = new()
    clock.advance(days=30)
    away = replace(cleaning, around=in_bucket(around, bucket, ("127.0.0.1", 9)))

    with pytest.raises(UnavailableError, match="does not answer"):
        list(clean(away))

    assert around.history.session(session_id).status is Status.COMPLETED


DYING = """
import sys
from pathlib import Path
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.steps import snapshot_side
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side

url, data, session_id = sys.argv[1:]
with Database(url) as database:
    around = Surroundings(
        history=PostgresHistory(database),
        settings=load_settings(),
        data_folder=Path(data),
        database=database,
    )
    snapshot_side(session_id, Side.TARGET, around)
"""


def variables(bucket, address, scratch):
    return os.environ | {
        "SMOKE_STORAGE__SNAPSHOTS": f"s3://{bucket.name}/smoke",
        "SMOKE_STORAGE__STORE__ENDPOINT_URL": f"http://{address[0]}:{address[1]}",
        "SMOKE_STORAGE__STORE__ACCESS_KEY_ID": ACCESS_KEY,
        "SMOKE_STORAGE__STORE__SECRET_ACCESS_KEY": SECRET,
        "SMOKE_COMPARISON__SPILL_DIR": str(scratch),
    }


@pytest.mark.parametrize("told", [False, True], ids=["before the store has it", "after the store has it"])
def test_a_step_that_is_killed_while_it_sends_can_be_done_again(
    told, new, cleaning, bucket, s3_server, postgres_url
):
    around, session_id = cleaning.around, new(steps=1)
    run = None

    def kill(asked):
        is_wanted = asked.method == ("GET" if told else "PUT") and "target.parquet" in asked.path
        if is_wanted:
            os.kill(run.pid, signal.SIGKILL)
        return Fault(status=500) if is_wanted and not told else None

    with Line.to(s3_server, kill) as (_line, address):
        run = subprocess.Popen(
            [sys.executable, "-c", DYING, postgres_url, str(around.data_folder), session_id],
            env=variables(bucket, address, around.settings.comparison.spill_dir),
        )
        assert run.wait() == -signal.SIGKILL

    assert around.history.session(session_id).step is Step.AWAITING_ETL
    assert torn(around, cleaning.database, cleaning.orchestrator) == []
    snapshot_side(session_id, Side.TARGET, around)
    assert compare_and_record(session_id, around).counts.mismatched == 1
    publish_report(session_id, around)
    assert torn(around, cleaning.database, cleaning.orchestrator) == []
