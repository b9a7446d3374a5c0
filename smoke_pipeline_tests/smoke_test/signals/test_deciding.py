"""What an event starts, and what it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smoke_pipeline.history.records import Status
from smoke_pipeline.smoke_test.lifecycle import closing_move, move_after_failure
from smoke_pipeline.smoke_test.signals.events import EndedRun, told_by_run, waiting
from smoke_pipeline.smoke_test.signals.verifying import Later, Refused, Told, Verify, decide
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side


def told(session_id, **facts):
    return Told(session_id=session_id, event="webhook:1", **facts)


def test_an_event_of_a_session_that_waits_starts_its_verification(around, started):
    session_id = started()

    assert decide(told(session_id), around, ()) == Verify(
        session_id=session_id, run_key=f"{session_id}:webhook:1"
    )


def test_a_failed_session_that_waits_can_be_verified(around, started):
    session_id = started()
    session = around.history.session(session_id)
    around.history.move(move_after_failure(session, {"error_type": "ReadError"}))

    assert isinstance(decide(told(session_id), around, ()), Verify)


def test_while_a_run_works_on_the_session_its_event_waits(around, started):
    session_id = started()

    decided = decide(told(session_id), around, {session_id})

    assert isinstance(decided, Later)
    assert "works on session" in decided.because


def refusals(around, started):
    closed = started()
    around.history.move(closing_move(around.history.session(closed), Status.CANCELLED))
    done = started(allow_unchanged=True)
    snapshot_side(done, Side.TARGET, around)
    compared = around.history.session(done)
    compare_and_record(done, around)
    publish_report(done, around)
    assert compared.session_id == done
    return {
        "There is no session": told("stmt_20200101_000000"),
        "names no session": told(None),
        "has no source yet": told(started(takes_source=False)),
        "is cancelled": told(closed),
        "is completed": told(done),
        "by who told it": told(started(), is_carried_out=True),
    }


def test_every_other_event_is_refused_with_its_reason(around, started):
    for reason, event in refusals(around, started).items():
        decided = decide(event, around, ())
        assert isinstance(decided, Refused)
        assert reason in decided.because


@pytest.fixture
def ended(around):
    """A run of the job that sessions wait for, begun a minute after now."""
    return EndedRun(
        run_id="r1", job="nightly_load", location="etl", began_at=around.now() + timedelta(minutes=1)
    )


def test_a_job_tells_it_to_the_sessions_that_wait_for_it(around, started, ended):
    here = started({"kind": "job", "job": "nightly_load"})
    there = started({"kind": "job", "job": "nightly_load", "location": "etl"})
    started({"kind": "job", "job": "nightly_load", "location": "elsewhere"})
    started({"kind": "job", "job": "another"})
    started("webhook")

    found = list(told_by_run(ended, waiting(around), around))

    assert [(event.session_id, event.event) for event in found] == [(here, "job:r1"), (there, "job:r1")]


def test_a_job_that_began_before_the_source_was_taken_tells_nothing(around, started, ended):
    started({"kind": "job", "job": "nightly_load"})
    earlier = replace(ended, began_at=around.now() - timedelta(seconds=1))

    assert list(told_by_run(earlier, waiting(around), around)) == []


def test_a_job_that_names_its_session_tells_it_to_no_other(around, started, ended):
    started({"kind": "job", "job": "nightly_load"})
    mine = started({"kind": "job", "job": "nightly_load"})

    found = told_by_run(replace(ended, session_id=mine), waiting(around), around)

    assert [event.session_id for event in found] == [mine]
