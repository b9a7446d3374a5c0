"""Sessions that are forgotten leave sums that are exact, and nothing else."""

import math
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import RowCounts
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.keeping.orphans import orphan_rows
from smoke_pipeline.history.keeping.records import DailySums
from smoke_pipeline.history.keeping.sessions import KeptSessions
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import JobStatus, Status, Step
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.history.samples import NOON, file, found, move, session

pytestmark = pytest.mark.services


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def history(database, clock):
    return PostgresHistory(database, clock)


@pytest.fixture
def kept(database, clock):
    return KeptSessions(database, clock)


def completed(history, session_id="s", *, counts=None, **changes):
    """A session that was compared twice and completed; its newest result counts."""
    created = history.create_session(session(session_id, **changes))
    history.save_snapshot(file(created.session_id, size_bytes=9 * 1024**2), None)
    history.save_snapshot(file(created.session_id, size_bytes=1024**2), None)
    history.save_snapshot(file(created.session_id, Side.TARGET, size_bytes=2 * 1024**2), None)
    history.save_result(created.session_id, found(counts=RowCounts(mismatched=1)), None)
    history.save_result(created.session_id, found(counts=counts), move(created, Step.DONE, Status.COMPLETED))
    return created.session_id


def test_a_forgotten_session_is_one_of_the_sums_of_its_day(history, kept):
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    completed(
        history, created_at=late, counts=RowCounts(matched=97, mismatched=1, source_only=2, target_only=3)
    )

    assert kept.forget(kept.every()[0])

    assert kept.every() == []
    assert kept.sums() == [
        DailySums(
            day=date(2026, 3, 1),
            test_name="regions",
            test_type="upload",
            preset="development",
            client_id="local",
            sessions=1,
            passed=0,
            failed=1,
            unproven=0,
            without_verdict=0,
            match_score_sum=found().result.match_score,
            match_score_least=found().result.match_score,
            rows_compared=101,
            rows_differing=6,
            comparison_seconds=1.25,
            files_mb=3.0,
        )
    ]


def test_a_session_that_was_never_completed_counts_without_a_verdict(history, kept):
    created = history.create_session(session())
    history.save_result(created.session_id, found(), move(created, Step.AWAITING_REPORT))

    kept.forget(kept.every()[0])

    (sums,) = kept.sums()
    assert (sums.sessions, sums.without_verdict, sums.failed, sums.rows_compared) == (1, 1, 0, 0)
    assert (sums.match_score_sum, sums.match_score_least) == (0.0, None)


def test_an_archived_session_keeps_the_verdict_it_had(history, kept):
    session_id = completed(history)
    history.move(move(history.session(session_id), Step.DONE, Status.ARCHIVED))

    kept.forget(kept.every()[0])

    assert kept.sums()[0].failed == 1


def test_a_session_that_was_moved_since_it_was_looked_at_stays(history, kept):
    completed(history)
    (looked_at,) = kept.every()
    history.move(move(history.session("s"), Step.AWAITING_ETL))

    assert not kept.forget(looked_at)
    assert not kept.forget(replace(looked_at, session_id="nobody"))

    assert history.session("s").step is Step.AWAITING_ETL
    assert kept.sums() == []


def test_a_session_is_counted_once_however_many_forget_it_at_once(history, kept):
    for number in range(5):
        completed(history, f"s{number}")
    every = kept.every()

    with ThreadPoolExecutor(8) as pool:
        gone = list(pool.map(kept.forget, [*every] * 4))

    assert gone.count(True) == 5
    assert [sums.sessions for sums in kept.sums()] == [5]


def test_no_row_is_left_behind(history, kept, database, clock):
    completed(history)
    Runs(database, clock).begun("r", JobRequest(job_name="verify", session_id="s"))

    kept.forget(kept.every()[0])

    assert list(orphan_rows(database)) == []
    with database.transaction() as connection:
        left = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM mcp_smoke.{table}").scalar()
            for table in ("test_files", "comparison_results", "mismatch_details", "jobs", "run_progress")
        }
    assert set(left.values()) == {0}


def test_rows_that_hang_on_nothing_are_found(history, database):
    completed(history)
    with database.transaction() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("DELETE FROM mcp_smoke.test_sessions")

    assert set(orphan_rows(database)) == {
        ("test_files", "test_sessions", 3),
        ("comparison_results", "test_sessions", 2),
    }


def test_an_open_job_is_seen(history, kept, database, clock):
    completed(history)
    runs = Runs(database, clock)
    job = runs.request(JobRequest(job_name="verify", session_id="s"))

    before = kept.every()[0].has_open_job
    runs.settle(job.job_id, JobStatus.CANCELLED)

    assert (before, kept.every()[0].has_open_job) == (True, False)


FATES = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]),
        st.integers(0, 2),
        st.sampled_from(["local", "billing"]),
        st.one_of(st.none(), st.tuples(*[st.integers(0, 40)] * 4)),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(fates=FATES, order=st.randoms(use_true_random=False))
def test_sums_equal_what_the_sessions_were(database, clock, fates, order):
    history, kept = PostgresHistory(database, clock), KeptSessions(database, clock)
    with database.transaction() as connection:
        connection.exec_driver_sql("TRUNCATE mcp_smoke.test_sessions, mcp_smoke.metrics CASCADE")
    wanted = defaultdict(list)
    for number, (name, days, client_id, counts) in enumerate(fates):
        created_at = NOON + timedelta(days=days)
        changes = {"test_name": name, "client_id": client_id, "created_at": created_at}
        key = (created_at.date(), name, client_id)
        if counts is None:
            history.create_session(session(f"s{number}", **changes))
            wanted[key].append(None)
        else:
            rows = RowCounts(
                **dict(zip(("matched", "mismatched", "source_only", "target_only"), counts, strict=True))
            )
            completed(history, f"s{number}", counts=rows, **changes)
            wanted[key].append(found(counts=rows).result)
    every = list(kept.every())
    order.shuffle(every)

    assert all(kept.forget(one) for one in every)

    sums = {(one.day, one.test_name, one.client_id): one for one in kept.sums()}
    assert sums.keys() == wanted.keys()
    for key, results in wanted.items():
        one, judged = sums[key], [result for result in results if result]
        assert one.sessions == len(results)
        assert one.without_verdict == results.count(None)
        assert one.passed == sum(result.verdict.value == "passed" for result in judged)
        assert one.failed == sum(result.verdict.value == "failed" for result in judged)
        assert one.rows_compared == sum(max(r.counts.source, r.counts.target) for r in judged)
        assert one.rows_differing == sum(
            r.counts.mismatched + r.counts.source_only + r.counts.target_only for r in judged
        )
        assert math.isclose(one.match_score_sum, math.fsum(r.match_score for r in judged), abs_tol=1e-9)
        assert one.match_score_least == min((r.match_score for r in judged), default=None)
