"""Each way in which something can hang on nothing is found, and told with what to do."""

import pytest

from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.records import JobStatus, Status
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.smoke_test.keeping import lying
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.keeping.whole import look
from smoke_pipeline_tests.history.keeping.test_beside import upload

pytestmark = pytest.mark.services


@pytest.fixture
def torn(around, database, dagster):
    return lambda: [(one.what, one.name, one.detail) for one in look(around, database, dagster)]


@pytest.mark.parametrize("steps", range(5))
def test_a_session_is_whole_after_every_step(steps, new, torn):
    new(steps=steps)

    assert torn() == []


@pytest.mark.parametrize(
    ("steps", "file", "detail"),
    [
        (1, "source.parquet", "was never taken, or its file was deleted"),
        (2, "target.parquet", "was never taken, or its file was deleted"),
        (3, "comparison_1.json", "is not in"),
        (4, "comparison_{}.zip", "its report is not on disk"),
    ],
)
def test_a_file_that_is_gone_is_missed(steps, file, detail, new, torn, around):
    session_id = new(steps=steps)
    (around.folder(around.history.session(session_id)) / file.format(session_id)).unlink()

    ((what, name, found),) = torn()

    assert (what, name) == ("session", session_id)
    assert detail in found


def test_a_snapshot_of_another_time_is_no_snapshot_of_its_row(new, torn, around, clock):
    first = new(steps=1)
    clock.advance(minutes=1)
    second = new(steps=1)
    folders = [around.folder(around.history.session(one)) for one in (first, second)]
    (folders[1] / "source.parquet").replace(folders[0] / "source.parquet")

    assert torn()[0] == ("session", first, "has another source than its row tells")


def test_rows_that_are_gone_are_missed(new, torn, database):
    session_id = new(steps=3)
    with database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM mcp_smoke.comparison_results")
        connection.exec_driver_sql("DELETE FROM mcp_smoke.test_files WHERE file_role = 'source'")

    assert torn() == [
        ("session", session_id, "has no row of its source, though it was taken"),
        ("session", session_id, "has no row of its result, though it was compared"),
    ]


def test_what_belongs_to_no_session_is_found(new, torn, around, dagster, database, runs):
    session_id = new()
    dagster.add_partition("gone")
    dagster.add("r", "gone_too", JobStatus.SUCCEEDED)
    (around.data_folder / "tests" / "stmt_1").mkdir(parents=True)
    Files(database).keep(upload("uploads/incoming/a.csv"))
    runs.begun("unknown", JobRequest(job_name="verify", session_id=session_id))

    assert torn() == [
        ("job", "unknown", "is open in its row. Dagster does not know the run unknown of verify any more."),
        ("folder", "tests/stmt_1", "is the folder of no session of this history"),
        ("partition", "gone", "belongs to no session"),
        ("runs", "gone_too", "belongs to no session"),
        ("file", "uploads/incoming/a.csv", "has a row, and is not on disk"),
    ]


def test_an_active_session_needs_its_partition_and_a_closed_one_does_not(new, torn, around, dagster):
    session_id = new(steps=1)
    dagster.keys.clear()
    found = torn()
    close_session(session_id, Status.CANCELLED, around)

    assert found == [
        ("partition", session_id, "has no partition, so that it cannot be launched on Dagster's page")
    ]
    assert torn() == []


def test_what_was_on_its_way_out_is_found(torn, around):
    (around.data_folder / lying.TRASH / "s.1").mkdir(parents=True)

    assert torn() == [("folder", "trash/s.1", "was on its way out")]


def test_each_finding_says_what_to_do(new, around, database, dagster):
    session_id = new()
    dagster.add_partition("gone")
    for side in ("source", "target"):
        (around.folder(around.history.session(session_id)) / f"{side}.parquet").unlink()

    assert [one.advice for one in look(around, database, dagster)] == [
        f"Launch take_source for {session_id} on Dagster's page, or start a new session.",
        f"Take up what is missing: smoke continue {session_id}",
        "Run: smoke clean",
    ]
