"""Jobs and their progress in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smoke_pipeline.errors import HistoryError, InvalidOptionError, RunNotFoundError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.runs.records import JobRequest, RunProgress
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline_tests.history.samples import NOON, session

pytestmark = pytest.mark.services

VERIFY = JobRequest(job_name="verify", session_id=session().session_id)


@pytest.fixture
def database(postgres_url, clock):
    with Database(postgres_url) as opened:
        opened.migrate()
        PostgresHistory(opened, clock).create_session(session())
        yield opened


@pytest.fixture
def runs(database, clock):
    return Runs(database, clock)


def test_a_job_is_queued_then_runs_then_ends(runs, clock):
    asked = runs.request(VERIFY)
    runs.attach(asked.job_id, "run-1")
    clock.advance(seconds=5)
    begun = runs.begun("run-1", VERIFY)
    clock.advance(seconds=5)
    settled = runs.settle(asked.job_id, JobStatus.SUCCEEDED)

    found = runs.job_of("run-1")
    assert (asked.status, begun.status, found.status) == (
        JobStatus.QUEUED,
        JobStatus.RUNNING,
        JobStatus.SUCCEEDED,
    )
    assert (settled, found.has_ended, found.ended_at) == (True, True, clock())
    assert found.requested_at == asked.requested_at
    assert runs.jobs(session().session_id) == [found]
    assert not runs.unfinished()


def test_a_job_that_ended_never_changes_again(runs):
    job = runs.begun("run-1", VERIFY)
    runs.settle(job.job_id, JobStatus.FAILED, {"error_type": "StorageFullError"})

    assert not runs.settle(job.job_id, JobStatus.SUCCEEDED)
    assert runs.begun("run-1", VERIFY).status is JobStatus.FAILED
    assert runs.job_of("run-1").failure == {"error_type": "StorageFullError"}


def test_a_run_that_begins_before_it_is_attached_is_the_job_that_was_asked_for(runs):
    asked = runs.request(VERIFY)

    begun = runs.begun("run-1", VERIFY, job_id=asked.job_id)
    attached = runs.attach(asked.job_id, "run-1")

    assert begun.job_id == attached.job_id == asked.job_id
    assert attached.status is JobStatus.RUNNING
    assert len(runs.jobs(session().session_id)) == 1


def test_the_same_key_of_a_client_is_the_same_job(runs):
    keyed = replace(VERIFY, idempotency_key="k")

    first, again = runs.request(keyed), runs.request(keyed)
    other_client = runs.request(replace(keyed, client_id="other"))
    without = [runs.request(VERIFY).job_id for _ in range(2)]

    assert first == again
    assert len({first.job_id, other_client.job_id, *without}) == 4


def test_the_same_key_for_another_request_is_refused(runs):
    runs.request(replace(VERIFY, idempotency_key="k"))

    with pytest.raises(InvalidOptionError, match="'k' was used for another request"):
        runs.request(replace(VERIFY, idempotency_key="k", job_name="take_source"))


def test_many_who_ask_at_once_under_one_key_get_one_job(runs):
    keyed = replace(VERIFY, idempotency_key="k")

    with ThreadPoolExecutor(10) as pool:
        ids = {job.job_id for job in pool.map(runs.request, [keyed] * 20)}

    assert len(ids) == 1
    assert len(runs.unfinished()) == 1


def test_a_job_that_is_not_there_cannot_be_attached(runs):
    with pytest.raises(RunNotFoundError, match="no job 'x'"):
        runs.attach("x", "run-1")


def test_the_newest_progress_counts_and_an_older_one_changes_nothing(runs, clock):
    told = RunProgress(
        session_id=session().session_id, run_id="r", stage="Comparing", rows_done=5, updated_at=NOON
    )
    newer = replace(told, rows_done=9, bytes_done=10, bytes_total=20, updated_at=clock.advance(seconds=1))

    runs.tell(newer)
    runs.tell(told)

    assert runs.progress(session().session_id) == newer
    assert runs.progress("nobody") is None
    with pytest.raises(HistoryError):
        runs.tell(replace(told, session_id="nobody"))
