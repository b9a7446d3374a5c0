"""Runs that were asked for, as PostgreSQL keeps them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from smoke_pipeline.errors import HistoryError, RunNotFoundError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.runs.records import ProgressRecord
from smoke_pipeline.history.runs.store import RunStore
from smoke_pipeline_tests.history.samples import session

pytestmark = pytest.mark.services


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def session_id(database, clock):
    return PostgresHistory(database, clock).create_session(session()).session_id


@pytest.fixture
def runs(database, clock):
    return RunStore(database, clock)


def test_a_wanted_run_is_written_down_before_it_is_launched(runs, session_id):
    job, is_new = runs.request("take_source", session_id, "alice")

    assert is_new
    assert runs.job(job.job_id) == job
    assert (job.status, job.run_id, job.has_ended) == (JobStatus.QUEUED, None, False)
    assert runs.under_way() == [job]


def test_the_same_key_of_the_same_client_is_the_same_job(runs, session_id):
    first, _ = runs.request("compare", session_id, "alice", idempotency_key="k")

    again, is_new = runs.request("compare", session_id, "alice", idempotency_key="k")
    other, other_is_new = runs.request("compare", session_id, "bob", idempotency_key="k")

    assert (again, is_new) == (first, False)
    assert other_is_new
    assert other.job_id != first.job_id


def test_without_a_key_each_is_a_job_of_its_own(runs, session_id):
    jobs = {runs.request("compare", session_id, "alice")[0].job_id for _ in range(3)}

    assert len(jobs) == 3


def test_twenty_at_once_with_one_key_get_one_job(runs, session_id):
    def ask(_):
        return runs.request("compare", session_id, "alice", idempotency_key="k")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(20)))

    assert len({job.job_id for job, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1


def test_a_job_goes_on_until_it_has_ended_and_stays_ended(runs, session_id, clock):
    job, _ = runs.request("compare", session_id, "alice")
    runs.attach(job.job_id, "run-1")
    runs.settle(job.job_id, JobStatus.RUNNING)
    ended_at = clock.advance(minutes=1)

    runs.settle(job.job_id, JobStatus.FAILED, {"error_type": "ReadError"})
    clock.advance(minutes=1)
    late = runs.settle(job.job_id, JobStatus.SUCCEEDED)

    assert (late.status, late.ended_at, late.run_id) == (JobStatus.FAILED, ended_at, "run-1")
    assert late.failure == {"error_type": "ReadError"}
    assert runs.of_run("run-1") == late
    assert runs.under_way() == []


def test_a_job_nobody_knows_is_told_so(runs):
    for ask in (
        lambda: runs.job("job_x"),
        lambda: runs.attach("job_x", "run"),
        lambda: runs.settle("job_x", JobStatus.RUNNING),
    ):
        with pytest.raises(RunNotFoundError, match="no job 'job_x'"):
            ask()


def test_a_job_of_no_session_is_refused(runs):
    with pytest.raises(HistoryError):
        runs.request("compare", "nobody", "alice")


def test_jobs_of_a_session_come_newest_first_and_go_with_it(runs, session_id, clock, database):
    first, _ = runs.request("take_source", session_id, "alice")
    clock.advance(seconds=1)
    second, _ = runs.request("take_target", session_id, "alice")
    runs.tell(ProgressRecord(session_id=session_id, run_id=None, stage="Reading", updated_at=clock()))

    assert runs.of_session(session_id) == [second, first]

    PostgresHistory(database, clock).delete_session(session_id)
    assert runs.of_session(session_id) == []
    assert runs.progress(session_id) is None


@pytest.mark.parametrize(
    ("amounts", "percent"),
    [
        ({}, None),
        ({"rows_done": 5}, None),
        ({"rows_done": 5, "rows_total": 20}, 25.0),
        ({"bytes_done": 3, "bytes_total": 4}, 75.0),
        ({"rows_done": 5, "rows_total": 0}, None),
        ({"rows_done": 30, "rows_total": 20}, 100.0),
    ],
)
def test_progress_is_the_newest_that_was_told(runs, session_id, clock, amounts, percent):
    runs.tell(ProgressRecord(session_id=session_id, run_id="a", stage="Reading", updated_at=clock()))

    told = ProgressRecord(
        session_id=session_id, run_id="b", stage="Comparing", updated_at=clock.advance(seconds=2), **amounts
    )
    runs.tell(told)

    assert runs.progress(session_id) == told
    assert told.percent == percent
