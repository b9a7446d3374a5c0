"""The moves of a session, one by one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smoke_pipeline.errors import SessionExpiredError, SessionStateError
from smoke_pipeline.history.records import Move, SessionRecord, Status, Step
from smoke_pipeline.smoke_test.lifecycle import (
    Act,
    move_after,
    move_after_failure,
    move_before,
    new_session_id,
    session_folder,
)

NOW = datetime(2026, 2, 4, 9, 30, 5, tzinfo=UTC)
SESSION = SessionRecord(
    session_id="upload_20260204_093005",
    test_type="upload",
    preset="development",
    spec={},
    test_folder="uploads/upload_20260204_093005",
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("act", "first_step", "leads_to"),
    [
        pytest.param(
            Act.TAKE_SOURCE, Step.AWAITING_SOURCE, (Status.ACTIVE, Step.AWAITING_ETL), id="take_source"
        ),
        pytest.param(
            Act.TAKE_TARGET, Step.AWAITING_ETL, (Status.ACTIVE, Step.AWAITING_COMPARISON), id="take_target"
        ),
        pytest.param(
            Act.COMPARE, Step.AWAITING_COMPARISON, (Status.ACTIVE, Step.AWAITING_REPORT), id="compare"
        ),
        pytest.param(Act.PUBLISH, Step.AWAITING_REPORT, (Status.COMPLETED, Step.DONE), id="publish"),
    ],
)
def test_an_act_is_allowed_from_its_step_on_and_leads_to_one_state(act, first_step, leads_to):
    steps = list(Step)
    for step in steps:
        session = replace(SESSION, step=step, version=7)
        if steps.index(step) < steps.index(first_step):
            with pytest.raises(SessionStateError):
                move_after(session, act)
        else:
            assert move_after(session, act) == Move(
                session_id=SESSION.session_id, version=7, status=leads_to[0], step=leads_to[1]
            )


def test_a_refused_act_says_what_is_missing_and_what_to_do():
    with pytest.raises(SessionStateError) as caught:
        move_after(replace(SESSION, step=Step.AWAITING_ETL), Act.COMPARE)

    assert caught.value.message == (
        "Session upload_20260204_093005 is not ready to compare: "
        "its target has not been taken since the source was."
    )
    assert caught.value.suggestions == ("Run the ETL, then take the target.",)
    assert caught.value.context == {"session_id": SESSION.session_id, "step": "awaiting_etl"}


@pytest.mark.parametrize("status", [Status.FAILED, Status.COMPLETED])
def test_a_session_that_ended_can_be_gone_on_with(status):
    session = replace(SESSION, status=status, step=Step.AWAITING_COMPARISON)

    assert move_after(session, Act.COMPARE).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (Status.EXPIRED, SessionExpiredError),
        (Status.CANCELLED, SessionStateError),
        (Status.ARCHIVED, SessionStateError),
    ],
)
def test_a_closed_session_refuses_every_act_and_every_failure(status, error):
    closed = replace(SESSION, status=status, step=Step.DONE)

    for act in Act:
        with pytest.raises(error):
            move_after(closed, act)
    with pytest.raises(error):
        move_after_failure(closed, {})


def test_a_side_taken_again_first_brings_the_session_back():
    compared = replace(SESSION, status=Status.COMPLETED, step=Step.DONE, version=9)

    assert move_before(compared, Act.TAKE_TARGET) == Move(
        session_id=SESSION.session_id, version=9, status=Status.ACTIVE, step=Step.AWAITING_ETL
    )


def test_a_side_taken_in_its_turn_needs_no_move_back():
    assert move_before(SESSION, Act.TAKE_SOURCE) is None


def test_a_failed_session_keeps_its_step_and_its_reason():
    session = replace(SESSION, step=Step.AWAITING_REPORT, version=4)

    assert move_after_failure(session, {"error_type": "StorageFullError"}) == Move(
        session_id=SESSION.session_id,
        version=4,
        status=Status.FAILED,
        step=Step.AWAITING_REPORT,
        failure={"error_type": "StorageFullError"},
    )


@pytest.mark.parametrize(
    ("test_type", "session_id", "folder"),
    [
        ("statement", "stmt_20260204_093005", "tests/stmt_20260204_093005"),
        ("invoice", "invoice_20260204_093005", "tests/invoice_20260204_093005"),
        ("gl", "gl_20260204_093005", "tests/gl_20260204_093005"),
        ("database_table", "database_table_20260204_093005", "tests/database_table_20260204_093005"),
        ("upload", "upload_20260204_093005", "uploads/upload_20260204_093005"),
    ],
)
def test_a_session_is_named_for_its_type_and_its_second(test_type, session_id, folder):
    assert new_session_id(test_type, NOW) == session_id
    assert session_folder(test_type, session_id) == folder
