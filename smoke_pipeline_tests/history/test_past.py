from dataclasses import replace

import pytest

from smoke_pipeline.comparison.result import RowCounts
from smoke_pipeline.history.past import past_scores
from smoke_pipeline.history.records import FoundResult, SessionRecord
from smoke_pipeline_tests.fakes import FakeClock, FakeHistory
from smoke_pipeline_tests.report.results import result


@pytest.fixture
def history(clock: FakeClock) -> FakeHistory:
    return FakeHistory(clock)


def add(history: FakeHistory, clock: FakeClock, name: str, matched: int | None) -> SessionRecord:
    """A session an hour later, with a result of that many matched rows of ten, or none."""
    now = clock.advance(hours=1)
    session = history.create_session(
        SessionRecord(
            session_id=f"s_{now:%H}",
            test_type="upload",
            test_name=name,
            preset="default",
            spec={},
            test_folder=f"s_{now:%H}",
            created_at=now,
            updated_at=now,
        )
    )
    if matched is not None:
        found = result(RowCounts(matched=matched, mismatched=10 - matched))
        history.save_result(session.session_id, FoundResult(result=found, summary={}), None)
    return session


def test_the_scores_of_the_same_test_are_told_in_their_order(history, clock):
    first = add(history, clock, "daily", 9)
    add(history, clock, "another", 5)
    add(history, clock, "daily", None)
    last = add(history, clock, "daily", 10)

    found = past_scores(last, history)

    assert [(one.when, one.score, one.verdict) for one in found] == [
        (first.created_at, 90.0, "failed"),
        (last.created_at, 100.0, "passed"),
    ]


def test_what_came_later_changes_no_report_of_before(history, clock):
    session = add(history, clock, "daily", 9)
    before = past_scores(session, history)

    add(history, clock, "daily", 10)

    assert past_scores(session, history) == before


def test_a_test_without_a_name_has_no_history(history, clock):
    add(history, clock, "", 9)
    session = add(history, clock, "", 9)

    assert past_scores(replace(session, test_name=""), history) == ()
