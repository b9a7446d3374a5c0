"""What does not hold is seen."""

import pytest

from smoke_pipeline_tests.chaos import verdict
from smoke_pipeline_tests.chaos.conversation import Conversation
from smoke_pipeline_tests.chaos.inputs import Way, pairs

PAIR = pairs(2, 40, seed=1)[1]


@pytest.fixture
def one(tmp_path):
    """A session that a client wanted, and its bundle on the disk."""
    (tmp_path / "tests" / "s").mkdir(parents=True)
    (tmp_path / "tests" / "s" / "report.zip").touch()
    return Conversation(7, Way.WEBHOOK, PAIR, None, tmp_path, "", 1.0, session_id="s", attempts=1)


def session(**changes):
    row = {"session_id": "s", "test_name": "chaos 00007", "status": "completed", "step": "done"}
    return {**row, "failure": None, "test_folder": "tests/s", **changes}


def result(**changes):
    counts = PAIR.counts
    row = {
        "session_id": "s",
        "verdict": counts.verdict,
        "matched_rows": counts.matched,
        "mismatched_rows": counts.mismatched,
        "source_only_rows": counts.source_only,
        "target_only_rows": counts.target_only,
        "zip_package_path": "report.zip",
    }
    return {**row, **changes}


def test_a_session_that_ended_once_is_in_order(one):
    assert list(verdict._sessions([one], [session()])) == []
    assert list(verdict._results([one], [result()], one.files, [session()])) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "has 0 sessions"),
        ([session(), session(session_id="t")], "has 2 sessions"),
        ([session(), session(session_id="t", test_name="other")], "nobody asked for"),
        ([session(status="active", step="awaiting_etl")], "is active at awaiting_etl"),
    ],
    ids=["lost", "twice", "a stranger", "never ended"],
)
def test_a_session_that_is_lost_double_or_open_is_told(one, rows, words):
    assert any(words in told for told in verdict._sessions([one], rows))


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([result(), result()], "has 2 results after 1 attempts"),
        ([result(matched_rows=PAIR.counts.matched - 1)], "and not"),
        ([result(zip_package_path=None)], "0 reported results"),
    ],
    ids=["compared twice", "wrong counts", "no report"],
)
def test_a_result_that_is_double_wrong_or_untold_is_told(one, results, words):
    told = list(verdict._results([one], results, one.files, [session()]))

    assert len(told) == 1
    assert words in told[0]


@pytest.mark.parametrize("failure", [None, {"error_type": "SmokePipelineError"}, {"error_type": "KeyError"}])
def test_a_failure_without_a_reason_of_ours_is_told(failure):
    well = session(status="failed", failure={"error_type": "StorageFullError"})

    assert list(verdict._reasons([well], [])) == []
    assert len(list(verdict._reasons([session(status="failed", failure=failure)], []))) == 1


def test_what_never_ends_and_what_is_verified_twice_is_told(one):
    run = {"run_id": "r", "pipeline_name": "verify", "status": "STARTED"}
    job = {"job_id": "j", "job_name": "verify", "session_id": "s", "status": "queued"}

    assert len(list(verdict._runs([run], [job]))) == 2
    assert len(list(verdict._verifications([one], [{"session_id": "s", "runs": 2}]))) == 1
    assert list(verdict._verifications([one], [{"session_id": "s", "runs": 1}])) == []
