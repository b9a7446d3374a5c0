"""What is told, once, of sessions in a real history."""

from dataclasses import replace

import pytest

from smoke_pipeline.errors import NoticeFailedError, StorageFullError
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.history.keeping.ended import EndedSessions
from smoke_pipeline.history.records import Status
from smoke_pipeline.settings.sections.notices import NoticeSettings
from smoke_pipeline.smoke_test.lifecycle import closing_move
from smoke_pipeline.smoke_test.notices.channels.base import Channel
from smoke_pipeline.smoke_test.notices.notice import Notice, Why
from smoke_pipeline.smoke_test.notices.sending import Sending, send_due
from smoke_pipeline.smoke_test.spec import read_order
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, fail_session, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.keeping.conftest import around, database

__all__ = ["around", "database"]

PASSES, FAILS = "id,name\n1,Anna\n", "id,name\n1,Berta\n"


class Recorder(Channel):
    """A channel that remembers, and fails as often as it is told to."""

    name = "Recorder"

    def __init__(self):
        self.told, self.failures = [], 0

    def send(self, notice, words):
        if self.failures:
            self.failures -= 1
            raise NoticeFailedError("It did not take the notice.")
        self.told.append((notice, words))

    @property
    def reasons(self):
        return [notice.why.value for notice, _ in self.told]


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def turn(around, recorder):
    """One turn of telling, as after a start of the process."""

    def turn(*others, **settings):
        notices = NoticeSettings(**settings)
        here = replace(around, settings=around.settings.model_copy(update={"notices": notices}))
        sending = Sending(
            around=here,
            channels=[recorder],
            notes=MetadataCache(around.database, around.now),
            ended=EndedSessions(around.database),
        )
        return list(send_due(sending, others))

    turn()  # what ended before is no news
    return turn


@pytest.fixture
def test_of(around, write, clock):
    """A session of one test, done with a target of that content; its id."""

    def test_of(target, name="daily"):
        clock.advance(minutes=10)
        order = {"source": {"path": write("a.csv", PASSES)}, "target": {"path": write("b.csv", target)}}
        session_id = start_session(read_order({**order, "test_name": name}), around).session_id
        for side in Side:
            snapshot_side(session_id, side, around)
        compare_and_record(session_id, around)
        publish_report(session_id, around)
        return session_id

    return test_of


def test_failures_and_recoveries_are_told_and_what_passes_always_is_not(turn, test_of, recorder):
    for target in (PASSES, FAILS, FAILS, PASSES, PASSES):
        test_of(target)
        turn()

    assert recorder.reasons == ["failed", "failed", "recovered"]


def test_a_recovery_is_that_of_the_same_test(turn, test_of, recorder):
    test_of(FAILS, "one")
    test_of(PASSES, "another")

    turn()

    assert recorder.reasons == ["failed"]


def test_nothing_is_told_twice_however_often_it_is_looked_at(turn, test_of, recorder):
    test_of(FAILS)

    for _ in range(3):
        turn()

    assert len(recorder.told) == 1


def test_what_ended_before_the_first_turn_is_no_news(test_of, request, recorder, clock):
    test_of(FAILS)
    clock.advance(seconds=1)
    turn = request.getfixturevalue("turn")

    turn()

    assert recorder.told == []


def test_what_could_not_be_told_is_told_later_in_the_order_in_which_it_happened(
    turn, test_of, recorder, clock
):
    test_of(FAILS, "one")
    recorder.failures = 2
    first = turn()
    clock.advance(hours=2)
    test_of(FAILS, "two")

    second, third = turn(), turn()

    assert "try 1" in first[0]
    assert ["try 2" in sentence for sentence in second] == [True, False]
    assert len(third) == 1
    assert [notice.facts["test"] for notice, _ in recorder.told] == ["two", "one"]


def test_what_is_never_taken_is_given_up(turn, test_of, recorder):
    test_of(FAILS)
    recorder.failures = 9

    told = [sentence for _ in range(4) for sentence in turn(attempts=2)]

    assert len(told) == 2
    assert "given up" in told[-1]


def test_a_session_without_a_verdict_is_told_by_the_name_of_its_error_alone(turn, around, write, recorder):
    session_id = start_session(read_order({"source": {"path": write("a.csv", PASSES)}}), around).session_id
    fail_session(session_id, StorageFullError("No room for Anna's secret."), around)

    turn()

    ((notice, words),) = recorder.told
    assert (notice.why, notice.passed) == (Why.FAILED, False)
    assert "StorageFullError" in words.body
    assert "secret" not in words.body


def test_an_expired_session_is_told(turn, around, write, recorder):
    session = start_session(read_order({"source": {"path": write("a.csv", PASSES)}}), around)
    around.history.move(closing_move(session, Status.EXPIRED))

    turn()

    assert recorder.reasons == ["expired"]


def test_a_session_that_was_cancelled_is_told_to_nobody(turn, around, write, recorder):
    session = start_session(read_order({"source": {"path": write("a.csv", PASSES)}}), around)
    around.history.move(closing_move(session, Status.CANCELLED))

    turn()

    assert recorder.told == []


def test_people_are_told_what_the_settings_say(turn, test_of, recorder):
    test_of(FAILS)
    test_of(PASSES)

    turn(on=("recovered",))

    assert recorder.reasons == ["recovered"]


def test_no_value_of_a_table_is_told(turn, test_of, recorder):
    test_of(FAILS)

    turn()

    ((notice, words),) = recorder.told
    for value in ("Anna", "Berta"):
        assert value not in str((notice, words))
    assert "0 rows match" in words.body


def test_other_notices_are_told_once_too(turn, recorder):
    suite = Notice(
        key="suite/1",
        why=Why.SUITE,
        passed=True,
        facts={"test": "s", "verdict": "passed", "sentence": "All.", "report": "none"},
    )

    turn(suite)
    turn(suite)

    assert recorder.reasons == ["suite"]


def test_a_session_that_goes_on_and_ends_again_is_told_again(turn, test_of, around, recorder):
    session_id = test_of(FAILS)
    turn()

    compare_and_record(session_id, around)
    publish_report(session_id, around)
    turn()

    assert recorder.reasons == ["failed", "failed"]
