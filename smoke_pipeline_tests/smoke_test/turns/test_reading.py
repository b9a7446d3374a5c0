"""What a run reads from: it waits for its turn there, and the queue can tell it by its tags."""

from dataclasses import replace

import pytest

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.turns import turns_at
from smoke_pipeline.settings.bounds import bound_at
from smoke_pipeline.settings.connections import MySql, StorageGrid
from smoke_pipeline.smoke_test.spec import ObjectSide, PathSide, SessionSpec, TableSide
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, snapshot_side
from smoke_pipeline.smoke_test.turns.reading import reading_tags
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.conftest import with_preset

TABLE = TableSide(database="postgres.warehouse", table="s")
OLD = MySql(user="reader", host="db1", database="old")
STORE = StorageGrid(endpoint_url="http://store:9000", buckets={"statements": "s"})


@pytest.fixture
def in_postgres(around, postgres, postgres_url, fill_postgres):
    """Sessions over a table, with turns in a history of PostgreSQL."""
    fill_postgres("CREATE TABLE s (id INT, v TEXT)", "INSERT INTO s VALUES (1, 'a')")
    with Database(postgres_url) as database:
        database.migrate()
        yield replace(with_preset(around, postgres={"warehouse": postgres}), database=database)


def refuse(bound):
    raise TimeoutError(bound.name)


class Cancelled(Exception):  # noqa: N818 - what a cancelled run raises is no error of ours
    """Ends a step that waits."""


@pytest.mark.services
def test_a_step_waits_for_its_turn_says_so_and_can_be_cancelled_meanwhile(in_postgres, postgres):
    spec = SessionSpec(source=TABLE, comparison=ComparisonSpec(key=("id",)), allow_unchanged=True)
    session_id = start_session(spec, in_postgres).session_id
    stages = []

    def cancel(progress):
        stages.append(progress.stage)
        raise Cancelled

    bound = bound_at("other", postgres)
    with turns_at([bound], in_postgres.database, on_wait=refuse), pytest.raises(Cancelled):
        snapshot_side(session_id, Side.SOURCE, in_postgres, on_progress=cancel)
    taken = snapshot_side(session_id, Side.SOURCE, in_postgres)

    assert stages == ["Waiting for a turn at postgres.warehouse"]
    assert taken.manifest.rows == 1
    with turns_at([bound], in_postgres.database, on_wait=refuse):
        pass


@pytest.mark.services
def test_a_recheck_waits_as_well_and_keeps_the_result(in_postgres, postgres, tmp_path):
    (tmp_path / "before.csv").write_text("id,v\n1,b\n")
    spec = SessionSpec(
        source=PathSide(path=str(tmp_path / "before.csv")),
        target=TABLE,
        comparison=ComparisonSpec(key=("id",), recheck="0s"),
    )
    session_id = start_session(spec, in_postgres).session_id
    for side in Side:
        snapshot_side(session_id, side, in_postgres)

    def cancel(progress):
        if "turn" in progress.stage:
            raise Cancelled

    with (
        turns_at([bound_at("other", postgres)], in_postgres.database, on_wait=refuse),
        pytest.raises(Cancelled),
    ):
        compare_and_record(session_id, in_postgres, on_progress=cancel)

    assert compare_and_record(session_id, in_postgres).counts.mismatched == 1


@pytest.mark.parametrize(
    ("job", "names"),
    [
        ("take_source", {"mysql.old"}),
        ("take_target", {"storagegrid"}),
        ("verify", {"storagegrid"}),
        ("smoke_test", {"mysql.old", "storagegrid"}),
        ("compare", set()),
        ("clean_up", set()),
    ],
)
def test_a_run_has_a_tag_for_each_server_it_reads_from(job, names, around):
    around = with_preset(around, mysql={"old": OLD}, storagegrid=STORE)
    spec = SessionSpec(
        source=TableSide(database="mysql.old", table="t"), target=ObjectSide(bucket="statements", key="a.csv")
    )
    session = around.history.create_session(_session(spec, around))

    tags = reading_tags(session.session_id, job, around)

    assert set(tags.values()) == names
    assert set(tags) <= {bound_at("", OLD).tag, bound_at("", STORE).tag}


def test_a_recheck_reads_from_both(around):
    around = with_preset(around, mysql={"old": OLD})
    side = TableSide(database="mysql.old", table="t")
    spec = SessionSpec(source=side, target=side, comparison=ComparisonSpec(key=("id",), recheck="1s"))
    session = around.history.create_session(_session(spec, around))

    assert set(reading_tags(session.session_id, "compare", around).values()) == {"mysql.old"}


def test_what_cannot_be_told_has_no_tags(around):
    spec = SessionSpec(source=TableSide(database="mysql.gone", table="t"))
    session = around.history.create_session(_session(spec, around))

    assert reading_tags(session.session_id, "take_source", around) == {}
    assert reading_tags("nobody_20260101_000000", "take_source", around) == {}


def _session(spec, around):
    """A session whose places nobody has looked at yet."""
    begun = start_session(SessionSpec(source=None), around)
    return replace(begun, session_id="upload_20260301_000000", spec=spec.model_dump(mode="json"))
