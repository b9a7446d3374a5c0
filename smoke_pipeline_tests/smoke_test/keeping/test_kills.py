"""Processes that are killed at any write: no session is torn, and every one comes to its verdict."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.history.records import Step
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.keeping import lying
from smoke_pipeline.smoke_test.keeping.clean import clean
from smoke_pipeline.smoke_test.keeping.settling import reconcile
from smoke_pipeline.smoke_test.keeping.whole import look
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.keeping import dying

pytestmark = pytest.mark.services

KILLS = 50
ROOT = Path(__file__).resolve().parents[3]
GOES_ON = {
    Step.AWAITING_SOURCE: lambda session_id, around: snapshot_side(session_id, Side.SOURCE, around),
    Step.AWAITING_ETL: lambda session_id, around: snapshot_side(session_id, Side.TARGET, around),
    Step.AWAITING_COMPARISON: compare_and_record,
    Step.AWAITING_REPORT: publish_report,
}


class Nursery:
    """A process that has imported everything, and forks a child for each piece of work."""

    def __init__(self, url, data, files):
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", dying.__name__, url, str(data), str(files)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def let(self, work, at=0, **order):
        """How a child ended that works until its write of that number; 0: until it is done."""
        print(json.dumps({"work": work, "at": at, **order}), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def writes_of(self, work, **order):
        assert self.let(work, **order) == 0
        return int((self.data / "count").read_text())


@pytest.fixture
def nursery(around, database, tmp_path, postgres_url):
    (tmp_path / "before.csv").write_text("id,amount\n1,10\n2,20\n")
    (tmp_path / "after.csv").write_text("id,amount\n1,10\n2,21\n")
    opened = Nursery(postgres_url, around.data_folder, tmp_path)
    with opened.process:
        yield opened


def finished(session_id, around):
    """Go on with a session, step by step, as its row says."""
    while (step := around.history.session(session_id).step) is not Step.DONE:
        GOES_ON[step](session_id, around)
    return outcome_of(session_id, around)


def test_a_process_that_is_killed_anywhere_leaves_sessions_that_go_on(nursery, around, cleaning, dagster):
    database, runs = cleaning.database, Runs(cleaning.database, around.now)
    points = random.Random(20260301).sample(range(1, nursery.writes_of("life") + 1), KILLS)
    steps_at_kills, everyone = set(), 1

    for number, point in enumerate(points):
        before = {one.session_id for one in around.history.sessions()}
        assert nursery.let("life", point) == -signal.SIGKILL
        list(reconcile(around, runs, dagster))
        assert list(look(around, database, dagster)) == [], point
        for session in around.history.sessions():
            if session.session_id not in before:
                everyone += 1
                steps_at_kills.add(session.step)
                outcome = finished(session.session_id, around)
                assert (outcome.verdict, outcome.result.mismatched_rows) == (Verdict.PASSED, 1), point
                assert outcome.report.is_file()
        if number % 10 == 9:
            around.now.advance(days=30)
            list(clean(cleaning))
            assert list(look(around, database, dagster)) == []
            assert list(lying.session_folders(around.data_folder)) == []

    assert steps_at_kills == set(Step)
    assert sum(one.sessions for one in cleaning.sessions.sums()) == everyone


def test_a_clean_up_that_is_killed_anywhere_is_finished_by_the_next(nursery, around, cleaning, dagster):
    assert nursery.let("short life") == 0
    later = {"days": 30}
    writes = nursery.writes_of("clean", later=later)
    assert around.history.sessions() == []

    for at in range(1, writes + 1):
        assert nursery.let("short life") == 0
        assert nursery.let("clean", at, later=later) == -signal.SIGKILL
        assert nursery.let("clean", later=later) == 0

        assert list(look(around, cleaning.database, dagster)) == [], at
        assert list(lying.session_folders(around.data_folder)) == []
    assert sum(one.sessions for one in cleaning.sessions.sums()) == 1 + writes
