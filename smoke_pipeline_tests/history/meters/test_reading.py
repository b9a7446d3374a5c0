"""The meters set against a plain count of the same rows."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.keeping.sessions import KeptSessions
from smoke_pipeline.history.meters.reading import read_meters
from smoke_pipeline.history.records import JobStatus, Status
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline_tests.fakes import FakeClock
from smoke_pipeline_tests.history.answers.filled import (
    empty,
    fill,
    histories,
    metric_row,
    result_row,
    session_row,
)
from smoke_pipeline_tests.history.samples import NOON

pytestmark = pytest.mark.services

WITH_DATABASE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_an_empty_history_counts_nothing(database):
    found = read_meters(database, NOON)

    assert (found.sessions, found.failures, found.waiting_since, found.oldest_queued_at) == ({}, {}, {}, None)
    assert found.jobs == {"queued": 0, "running": 0}
    assert found.totals.verdicts == {"passed": 0, "failed": 0, "unproven": 0}
    assert (found.totals.sessions, found.totals.comparison_seconds) == (0, 0.0)
    assert (found.recent.seconds, found.recent.rows_per_second) == ({}, None)
    assert found.database_bytes > 0


@WITH_DATABASE
@given(histories())
def test_sessions_and_failures_are_counted_one_by_one(database, history):
    empty(database)
    fill(database, **history)
    rows = history["sessions"]

    found = read_meters(database, NOON)

    for (status, step), count in found.sessions.items():
        assert count == sum((row["status"], row["step"]) == (status, step) for row in rows)
    assert sum(found.sessions.values()) == found.totals.sessions == len(rows)
    failed = sum(row["status"] == Status.FAILED.value for row in rows)
    assert found.failures == ({"ReadError": failed} if failed else {})


@WITH_DATABASE
@given(histories())
def test_what_is_deleted_changes_no_total(database, history):
    empty(database)
    fill(database, metrics=[metric_row(NOON - timedelta(days=9))], **history)
    before = read_meters(database, NOON).totals

    kept = KeptSessions(database)
    for session in kept.every():
        assert kept.forget(session)

    after = read_meters(database, NOON)
    assert after.sessions == {}
    assert after.totals.sessions == before.sessions
    assert after.totals.verdicts == before.verdicts
    assert after.totals.rows_compared == before.rows_compared
    assert after.totals.rows_differing == before.rows_differing
    assert after.totals.comparison_seconds == pytest.approx(before.comparison_seconds)


def test_of_late_means_the_last_day(database):
    fill(
        database,
        sessions=[session_row("a"), session_row("b"), session_row("c")],
        results=[
            result_row("a", at=NOON - timedelta(days=2), comparison_time_seconds=99.0),
            result_row("b", at=NOON - timedelta(hours=1), comparison_time_seconds=2.0),
            result_row("c", at=NOON, comparison_time_seconds=8.0),
        ],
    )

    recent = read_meters(database, NOON).recent

    assert recent.seconds == {0.5: 2.0, 0.95: 8.0, 1.0: 8.0}
    assert recent.rows_per_second == pytest.approx(200 / 10)


def test_the_longest_waiting_session_and_run_are_known(database: Database):
    waiting = {"status": "active", "step": "awaiting_etl", "completed_at": None}
    fill(
        database,
        sessions=[
            session_row("a", at=NOON, **waiting),
            session_row("b", at=NOON - timedelta(hours=3), **waiting),
        ],
    )
    Runs(database, lambda: NOON).request(JobRequest(job_name="verify", session_id="a", client_id="local"))

    found = read_meters(database, NOON)

    assert found.waiting_since == {"awaiting_etl": NOON - timedelta(hours=3)}
    assert (found.jobs["queued"], found.oldest_queued_at) == (1, NOON)


def test_the_runs_of_the_last_day_are_counted_and_timed_by_job(database):
    clock = FakeClock(NOON - timedelta(hours=30))
    runs = Runs(database, clock)
    for job, seconds, status in (
        ("take_source", 999, JobStatus.SUCCEEDED),
        ("take_source", 10, JobStatus.SUCCEEDED),
        ("take_source", 30, JobStatus.SUCCEEDED),
        ("take_source", 500, JobStatus.FAILED),
        ("verify", 7, JobStatus.CANCELLED),
    ):
        asked = runs.request(JobRequest(job_name=job))
        clock.advance(seconds=seconds)
        runs.settle(asked.job_id, status, {} if status is JobStatus.FAILED else None)
        clock.advance(hours=7 if seconds == 999 else 0)

    found = read_meters(database, NOON).recent

    assert found.runs == {
        ("take_source", "succeeded"): 2,
        ("take_source", "failed"): 1,
        ("verify", "cancelled"): 1,
    }
    assert found.run_seconds == {
        ("take_source", 0.5): 10.0,
        ("take_source", 0.95): 30.0,
        ("take_source", 1.0): 30.0,
    }
