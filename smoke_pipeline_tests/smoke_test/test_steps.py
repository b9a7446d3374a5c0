"""The steps of a session, over real files and snapshots and a history in memory."""

import json
import zipfile
from dataclasses import replace
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import (
    ColumnsDifferError,
    HistoryUnavailableError,
    ObjectNotFoundError,
    SessionConflictError,
    SessionNotFoundError,
    SessionStateError,
    SnapshotDamagedError,
    SnapshotMissingError,
)
from smoke_pipeline.history.records import Move, Status, Step
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import (
    compare_and_record,
    fail_session,
    publish_report,
    require_two_places,
    snapshot_side,
)
from smoke_pipeline.snapshots.manifest import Side

BEFORE = "id,amount\n1,10\n2,20\n3,30\n4,40\n"
AFTER = "id,amount\n1,10\n2,20\n3,31\n4,40\n"


@pytest.fixture
def session(around, write):
    """A session of two places, keyed, with a threshold of 75."""
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", BEFORE)),
        target=PathSide(path=write("after.csv", AFTER)),
        comparison=ComparisonSpec(key=("id",), threshold=75),
    )
    return start_session(spec, around).session_id


@pytest.fixture
def waiting(around, write):
    """A session of one place, whose source was taken."""
    spec = SessionSpec(source=PathSide(path=write("a.csv", BEFORE)), comparison=ComparisonSpec(key=("id",)))
    session_id = start_session(spec, around).session_id
    snapshot_side(session_id, Side.SOURCE, around)
    return session_id


def take_both(session_id, around):
    snapshot_side(session_id, Side.SOURCE, around)
    snapshot_side(session_id, Side.TARGET, around)


def state(session_id, around):
    found = around.history.session(session_id)
    return found.status, found.step


def test_a_session_goes_from_its_source_to_its_report(session, around):
    steps = [state(session, around)]
    snapshot_side(session, Side.SOURCE, around)
    steps.append(state(session, around))
    snapshot_side(session, Side.TARGET, around)
    steps.append(state(session, around))
    result = compare_and_record(session, around)
    steps.append(state(session, around))
    published = publish_report(session, around)
    steps.append(state(session, around))

    assert steps == [
        (Status.ACTIVE, Step.AWAITING_SOURCE),
        (Status.ACTIVE, Step.AWAITING_ETL),
        (Status.ACTIVE, Step.AWAITING_COMPARISON),
        (Status.ACTIVE, Step.AWAITING_REPORT),
        (Status.COMPLETED, Step.DONE),
    ]
    assert (result.counts.matched, result.counts.mismatched) == (3, 1)
    assert result.verdict is Verdict.PASSED
    assert published.zip_path == around.data_folder / f"uploads/{session}/comparison_{session}.zip"
    assert published.result == result


def test_the_outcome_tells_the_verdict_and_the_report(session, around):
    take_both(session, around)
    compare_and_record(session, around)
    published = publish_report(session, around)

    outcome = outcome_of(session, around)

    assert outcome.verdict is Verdict.PASSED
    assert outcome.report == published.zip_path
    assert outcome.shown_score == "75.00"
    assert json.loads(json.dumps(outcome.to_dict()))["result"]["mismatch_by_column"] == {"amount": 1}


def test_a_session_that_is_not_done_has_no_verdict_and_says_what_is_next(waiting, around):
    outcome = outcome_of(waiting, around)

    assert outcome.verdict is None
    assert outcome.next_step == f"Run the ETL, then: smoke continue {waiting}"


def test_every_difference_is_written_into_the_folder_of_the_session(around, write):
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", BEFORE)),
        target=PathSide(path=write("after.csv", AFTER)),
        comparison=ComparisonSpec(key=("id",), all_mismatches=True),
    )
    session_id = start_session(spec, around).session_id
    take_both(session_id, around)

    compare_and_record(session_id, around)

    folder = around.folder(around.history.session(session_id))
    assert pq.read_table(folder / "mismatches.parquet")["source_value"].to_pylist() == ["30"]


def test_below_the_threshold_a_session_is_completed_and_has_failed_its_test(around, write):
    spec = SessionSpec(
        source=PathSide(path=write("b.csv", BEFORE)),
        target=PathSide(path=write("a.csv", AFTER)),
        comparison=ComparisonSpec(key=("id",)),
    )
    session = start_session(spec, around).session_id
    take_both(session, around)
    compare_and_record(session, around)
    publish_report(session, around)

    assert state(session, around) == (Status.COMPLETED, Step.DONE)
    assert outcome_of(session, around).verdict is Verdict.FAILED


def test_a_target_of_the_same_place_that_did_not_change_is_unproven(waiting, around):
    taken = snapshot_side(waiting, Side.TARGET, around)
    result = compare_and_record(waiting, around)

    assert result.verdict is Verdict.UNPROVEN
    assert "did not change since the source was taken" in result.unproven_because
    assert {claim.name: claim.holds for claim in taken.claims} == {
        "snapshot_is_sane": True,
        "target_changed": False,
    }


def test_a_target_of_the_same_place_that_changed_is_judged(waiting, around, write):
    write("a.csv", AFTER)
    snapshot_side(waiting, Side.TARGET, around)

    assert compare_and_record(waiting, around).verdict is Verdict.FAILED


def test_an_unchanged_target_is_judged_where_the_session_accepts_it(around, write):
    spec = SessionSpec(source=PathSide(path=write("a.csv", BEFORE)), allow_unchanged=True)
    session = start_session(spec, around).session_id
    take_both(session, around)

    assert compare_and_record(session, around).verdict is Verdict.PASSED


def test_two_places_of_the_same_bytes_are_proven(around, write):
    spec = SessionSpec(
        source=PathSide(path=write("a.csv", BEFORE)), target=PathSide(path=write("b.csv", BEFORE))
    )
    session = start_session(spec, around).session_id
    take_both(session, around)

    assert compare_and_record(session, around).verdict is Verdict.PASSED


def test_a_table_without_rows_is_noted_and_compared(around, write):
    spec = SessionSpec(
        source=PathSide(path=write("a.csv", "id\n")), target=PathSide(path=write("b.csv", "id\n"))
    )
    session = start_session(spec, around).session_id

    taken = snapshot_side(session, Side.SOURCE, around)
    snapshot_side(session, Side.TARGET, around)

    (claim,) = taken.claims
    assert (claim.holds, claim.is_grave) == (False, False)
    assert compare_and_record(session, around).match_score == 100


def test_comparing_again_adds_a_result_and_the_newest_counts(session, around, write):
    take_both(session, around)
    compare_and_record(session, around)
    publish_report(session, around)
    first = around.history.newest_result(session)
    write("after.csv", BEFORE)
    snapshot_side(session, Side.TARGET, around)
    compare_and_record(session, around)
    publish_report(session, around)

    newest = around.history.newest_result(session)

    assert newest.result_id > first.result_id
    assert (first.matched_rows, newest.matched_rows) == (3, 4)
    with zipfile.ZipFile(outcome_of(session, around).report) as bundle:
        assert json.loads(bundle.read("summary.json"))["matched"] == 4


def test_taking_a_side_again_opens_the_later_steps(session, around):
    take_both(session, around)
    compare_and_record(session, around)
    publish_report(session, around)

    snapshot_side(session, Side.TARGET, around)

    assert state(session, around) == (Status.ACTIVE, Step.AWAITING_COMPARISON)
    with pytest.raises(SessionStateError):
        publish_report(session, around)


def test_a_source_taken_again_wants_its_target_again(session, around):
    take_both(session, around)

    snapshot_side(session, Side.SOURCE, around)

    with pytest.raises(SessionStateError, match="target has not been taken since"):
        compare_and_record(session, around)


def test_a_side_that_fails_when_taken_again_leaves_nothing_old_to_compare(session, around, tmp_path):
    take_both(session, around)
    compare_and_record(session, around)
    (tmp_path / "after.csv").unlink()

    with pytest.raises(ObjectNotFoundError):
        snapshot_side(session, Side.TARGET, around)

    with pytest.raises(SessionStateError):
        compare_and_record(session, around)


def test_what_a_killed_step_left_is_swept_away_by_the_next(session, around):
    folder = around.folder(around.history.session(session))
    (folder / "spill").mkdir(parents=True)
    (folder / "spill" / "rows").write_text("half")
    (folder / ".source.parquet.1.unfinished").write_text("half")

    take_both(session, around)
    compare_and_record(session, around)

    assert sorted(path.name for path in folder.iterdir()) == [
        "comparison_1.json",
        "source.parquet",
        "target.parquet",
    ]


def test_columns_that_differ_are_an_error_that_fails_the_session(around, write):
    spec = SessionSpec(
        source=PathSide(path=write("a.csv", "id,old\n1,2\n")),
        target=PathSide(path=write("b.csv", "id,new\n1,2\n")),
    )
    session = start_session(spec, around).session_id
    take_both(session, around)

    with pytest.raises(ColumnsDifferError) as caught:
        compare_and_record(session, around)
    fail_session(session, caught.value, around)

    assert state(session, around) == (Status.FAILED, Step.AWAITING_COMPARISON)
    assert around.history.session(session).failure["error_type"] == "ColumnsDifferError"


def test_a_failed_session_can_do_the_step_again(session, around):
    take_both(session, around)
    fail_session(session, SnapshotDamagedError("It is damaged."), around)

    compare_and_record(session, around)

    assert state(session, around) == (Status.ACTIVE, Step.AWAITING_REPORT)


def test_words_of_a_foreign_error_stay_out_of_the_history(session, around):
    fail_session(session, ValueError("password=hunter2"), around)

    failure = around.history.session(session).failure
    assert "ValueError" in failure["error_message"]
    assert "hunter2" not in str(failure)


def test_a_history_that_was_away_until_nobody_tried_again_fails_the_session(session, around):
    fail_session(session, HistoryUnavailableError("PostgreSQL does not answer."), around)

    assert state(session, around) == (Status.FAILED, Step.AWAITING_SOURCE)
    assert around.history.session(session).failure["error_type"] == "HistoryUnavailableError"


def test_a_refusal_does_not_fail_the_session(session, around):
    with pytest.raises(SessionStateError) as caught:
        compare_and_record(session, around)
    fail_session(session, caught.value, around)

    assert state(session, around) == (Status.ACTIVE, Step.AWAITING_SOURCE)


def test_a_result_whose_session_moved_meanwhile_is_not_kept(session, around):
    take_both(session, around)
    history = around.history

    class Overtaken(type(history)):
        def save_result(self, session_id, found, move):
            now = self.session(session_id)
            self.move(
                Move(session_id=session_id, version=now.version, status=Status.CANCELLED, step=now.step)
            )
            return super().save_result(session_id, found, move)

    history.__class__ = Overtaken

    with pytest.raises(SessionConflictError):
        compare_and_record(session, around)

    assert history.newest_result(session) is None
    folder = around.folder(history.session(session))
    assert sorted(path.name for path in folder.iterdir()) == [
        "source.parquet",
        "target.parquet",
    ]


def test_a_result_that_was_deleted_or_damaged_asks_for_another_comparison(session, around):
    take_both(session, around)
    compare_and_record(session, around)
    (kept,) = around.folder(around.history.session(session)).glob("comparison_*.json")

    kept.write_text("{}")
    with pytest.raises(SnapshotDamagedError):
        publish_report(session, around)
    kept.unlink()
    with pytest.raises(SnapshotMissingError):
        publish_report(session, around)


def test_a_step_of_no_session_says_so(around):
    with pytest.raises(SessionNotFoundError):
        snapshot_side("upload_1", Side.SOURCE, around)


def test_both_sides_at_once_want_two_places(waiting, session, around):
    require_two_places(session, around)
    with pytest.raises(SessionStateError, match="same place"):
        require_two_places(waiting, around)


def test_the_preset_sets_the_threshold_of_its_sessions(around, write):
    presets = dict(around.settings.presets)
    presets["mild"] = presets["development"].model_copy(update={"threshold": Decimal(10)})
    mild = replace(around, settings=around.settings.model_copy(update={"presets": presets}))
    spec = SessionSpec(
        preset="mild",
        source=PathSide(path=write("a.csv", BEFORE)),
        target=PathSide(path=write("b.csv", AFTER)),
        comparison=ComparisonSpec(key=("id",)),
    )
    session = start_session(spec, mild).session_id
    take_both(session, mild)

    assert compare_and_record(session, mild).threshold == 10
