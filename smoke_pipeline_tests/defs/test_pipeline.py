"""The pipeline of a session: what its runs leave behind on Dagster's page and in the history."""

from dataclasses import replace

import dagster as dg
import pytest

from smoke_pipeline.defs.smoke_test.jobs import THEN_TAG
from smoke_pipeline.errors import HistoryUnavailableError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.pipeline_names import SESSION_TAG, TEST_TAG, VERDICT_TAG
from smoke_pipeline_tests.defs.conftest import InMemory
from smoke_pipeline_tests.fakes import FakeHistory
from smoke_pipeline_tests.snapshots.test_store import files_no_larger_than

BEFORE = "id,amount\n1,10\n2,20\n3,30\n4,40\n"
AFTER = "id,amount\n1,10\n2,20\n3,31\n4,40\n"
ALL_HOLD = {
    "snapshot_is_sane": True,
    "target_changed": True,
    "columns_match": True,
    "match_score_reaches_threshold": True,
    "row_counts_match": True,
    "no_duplicate_keys": True,
}


@pytest.fixture
def two_places(write):
    return {
        "source": {"path": write("before.csv", BEFORE)},
        "target": {"path": write("after.csv", AFTER)},
        "comparison": {"key": ["id"], "threshold": 75.0},
    }


def test_start_session_writes_the_session_down_and_adds_its_partition(pipeline, two_places):
    session_id = pipeline.start(**two_places)

    assert pipeline.instance.get_dynamic_partitions("smoke_sessions") == [session_id]
    assert pipeline.around.history.session(session_id).step is Step.AWAITING_SOURCE
    (run,) = pipeline.instance.get_runs()
    assert (run.tags[SESSION_TAG], run.tags[THEN_TAG]) == (session_id, "take_source")


def test_a_refused_order_adds_no_partition(pipeline, write):
    with pytest.raises(dg.Failure, match="There is no file") as caught:
        pipeline.start(source={"path": "/nowhere/a.csv"})

    assert caught.value.metadata["error_type"].value == "ObjectNotFoundError"
    assert pipeline.instance.get_dynamic_partitions("smoke_sessions") == []


def test_an_order_for_both_sides_at_once_wants_two_places(pipeline, write):
    with pytest.raises(dg.Failure, match="same place"):
        pipeline.start(source={"path": write("a.csv", BEFORE)}, then="smoke_test")


def test_a_whole_session_needs_no_configuration_after_its_start(pipeline, two_places):
    session_id = pipeline.start(**two_places)

    result = pipeline.run("smoke_test", session_id)

    assert result.success
    assert pipeline.checks(result) == ALL_HOLD
    assert outcome_of(session_id, pipeline.around).verdict == "passed"


def test_the_run_that_compared_carries_the_verdict(pipeline, two_places):
    two_places["comparison"]["threshold"] = 100.0
    session_id = pipeline.start(**two_places)

    run_id = pipeline.run("smoke_test", session_id).run_id

    assert pipeline.instance.get_run_by_id(run_id).tags[VERDICT_TAG] == "failed"


def test_every_check_belongs_to_the_session(pipeline, two_places):
    session_id = pipeline.start(**two_places)

    evaluations = pipeline.run("smoke_test", session_id).get_asset_check_evaluations()

    assert {check.partition for check in evaluations} == {session_id}


def test_a_failed_check_leaves_the_run_green_and_the_report_built(pipeline, two_places):
    two_places["comparison"]["threshold"] = 100.0
    session_id = pipeline.start(**two_places)

    result = pipeline.run("smoke_test", session_id)

    assert result.success
    assert pipeline.checks(result) == {**ALL_HOLD, "match_score_reaches_threshold": False}
    assert outcome_of(session_id, pipeline.around).verdict == "failed"
    assert outcome_of(session_id, pipeline.around).report.is_file()


def test_the_source_is_taken_before_the_etl_and_the_rest_after_it(pipeline, write):
    session_id = pipeline.start(
        source={"path": write("a.csv", BEFORE)}, comparison={"key": ["id"], "threshold": 75.0}
    )

    pipeline.run("take_source", session_id)
    write("a.csv", AFTER)
    result = pipeline.run("verify", session_id)

    assert result.success
    assert pipeline.checks(result) == ALL_HOLD


def test_an_untouched_target_fails_its_check_and_proves_nothing(pipeline, write):
    session_id = pipeline.start(source={"path": write("a.csv", BEFORE)})
    pipeline.run("take_source", session_id)

    result = pipeline.run("verify", session_id)

    assert pipeline.checks(result) == {
        **ALL_HOLD,
        "target_changed": False,
        "match_score_reaches_threshold": False,
    }
    assert outcome_of(session_id, pipeline.around).verdict == "unproven"


def test_smoke_test_refuses_a_session_of_one_place_and_leaves_it_open(pipeline, write):
    session_id = pipeline.start(source={"path": write("a.csv", BEFORE)})

    with pytest.raises(dg.Failure, match="same place"):
        pipeline.run("smoke_test", session_id)

    session = pipeline.around.history.session(session_id)
    assert (session.status, session.step) == (Status.ACTIVE, Step.AWAITING_SOURCE)


def test_columns_that_differ_stop_the_run_fail_the_check_and_the_session(pipeline, two_places, write):
    write("after.csv", "id,total\n1,10\n")
    session_id = pipeline.start(**two_places)

    result = pipeline.run("smoke_test", session_id, raise_on_error=False)

    assert not result.success
    assert pipeline.checks(result)["columns_match"] is False
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    metadata = failure.step_failure_data.user_failure_data.metadata
    assert metadata["error_type"].value == "ColumnsDifferError"
    assert "suggestions" in metadata
    assert pipeline.around.history.session(session_id).status is Status.FAILED


def test_the_page_shows_the_numbers_the_columns_and_the_report(pipeline, two_places):
    session_id = pipeline.start(**two_places)

    result = pipeline.run("smoke_test", session_id)

    source, compared, report = (
        result.asset_materializations_for_node(f"smoke_test__{name}")[0].metadata
        for name in ("source_snapshot", "comparison", "report")
    )
    assert source["dagster/row_count"].value == 4
    assert [column.name for column in source["dagster/column_schema"].value.columns] == ["id", "amount"]
    assert compared["match_score"].value == 75.0
    by_column = [record.data for record in compared["by_column"].records]
    assert [(line["column"], line["mismatched"], line["equal_under_rule"]) for line in by_column] == [
        ("amount", 1, 0),
        ("id", 0, 0),
    ]
    assert "**PASSED**" in compared["summary"].value
    assert report["report"].value == f"http://127.0.0.1:3001/reports/{session_id}/report.html"
    assert report["zip"].value == str(outcome_of(session_id, pipeline.around).report)


def test_a_step_can_be_materialized_again(pipeline, two_places, write):
    session_id = pipeline.start(**two_places)
    pipeline.run("smoke_test", session_id)
    write("after.csv", BEFORE)

    result = pipeline.run("verify", session_id)

    assert result.success
    assert outcome_of(session_id, pipeline.around).shown_score == "100.00"


class FlakyHistory(FakeHistory):
    """A history that does not answer the first times a snapshot is written down."""

    def __init__(self, clock, failures):
        super().__init__(clock)
        self.failures = failures

    def save_snapshot(self, file, move):
        if self.failures:
            self.failures -= 1
            raise HistoryUnavailableError("PostgreSQL does not answer.")
        super().save_snapshot(file, move)


def retries(result):
    return [event.event_type_value for event in result.all_events].count("STEP_UP_FOR_RETRY")


def test_what_may_succeed_later_is_tried_again(around, instance, clock, two_places):
    pipeline = InMemory(replace(around, history=FlakyHistory(clock, failures=2)), instance)
    session_id = pipeline.start(**two_places)

    result = pipeline.run("take_source", session_id)

    assert result.success
    assert retries(result) == 2
    assert pipeline.around.history.session(session_id).status is Status.ACTIVE


def test_what_cannot_succeed_later_is_tried_once_and_fails_the_session(pipeline, two_places, tmp_path):
    session_id = pipeline.start(**two_places)
    (tmp_path / "before.csv").unlink()

    result = pipeline.run("take_source", session_id, raise_on_error=False)

    assert not result.success
    assert retries(result) == 0
    session = pipeline.around.history.session(session_id)
    assert (session.status, session.failure["error_type"]) == (Status.FAILED, "ObjectNotFoundError")


def test_a_full_disk_fails_the_session_with_the_reason_and_leaves_no_half_file(pipeline, write):
    session_id = pipeline.start(
        source={"path": write("a.csv", "id\n" + "".join(f"{i**7}\n" for i in range(9999)))}
    )

    with files_no_larger_than(5000):
        result = pipeline.run("take_source", session_id, raise_on_error=False)

    assert not result.success
    session = pipeline.around.history.session(session_id)
    assert (session.status, session.failure["error_type"]) == (Status.FAILED, "StorageFullError")
    assert list(pipeline.around.folder(session).iterdir()) == []
    assert pipeline.run("take_source", session_id).success


def test_a_mistake_in_the_program_is_not_tried_again(around, instance, two_places):
    class Broken(FakeHistory):
        def save_snapshot(self, file, move):
            raise ZeroDivisionError

    pipeline = InMemory(replace(around, history=Broken()), instance)
    session_id = pipeline.start(**two_places)

    result = pipeline.run("take_source", session_id, raise_on_error=False)

    assert retries(result) == 0
    failure = pipeline.around.history.session(session_id).failure
    assert "unexpected ZeroDivisionError" in failure["error_message"]


@pytest.mark.parametrize("formats", [[], ["csv"]], ids=["a page", "no page"])
def test_the_verdict_leads_to_the_report_and_so_does_the_report(pipeline, two_places, formats):
    two_places["comparison"]["threshold"] = 100.0
    session_id = pipeline.start(**two_places, formats=formats)

    result = pipeline.run("smoke_test", session_id)

    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    (report,) = result.asset_materializations_for_node("smoke_test__report")
    page = report.metadata["report"].value
    assert checks["match_score_reaches_threshold"].metadata["report"].value == page
    assert "report" not in checks["columns_match"].metadata
    assert page.rpartition("/")[2] == ("comparison_" + session_id + ".zip" if formats else "report.html")


def test_runs_name_the_test_they_are_of(pipeline, two_places):
    session_id = pipeline.start(**two_places, test_name="payments, nightly")

    pipeline.run("smoke_test", session_id)

    assert {run.tags[TEST_TAG] for run in pipeline.instance.get_runs()} == {"payments, nightly"}


def test_the_order_of_the_launchpad_can_be_launched_as_it_is(pipeline):
    opened = pipeline.definitions.resolve_job_def("start_session").run_config

    session_id = pipeline.run("start_session", run_config=opened).output_for_node("session")
    pipeline.run("smoke_test", session_id)

    assert outcome_of(session_id, pipeline.around).verdict == "passed"
