"""Processes that do the work of a session and die at a chosen write, to be run as a module.

It reads one JSON object a line, `{"work": "life", "at": 17}`, forks a child that does the work and kills
itself with SIGKILL right before its 17th write, and answers with how the child ended.
"""

import json
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Status
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.keeping.clean import Cleaning, clean, logged
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.fakes import FakeClock
from smoke_pipeline_tests.smoke_test.keeping.orchestrators import FakeOrchestrator

WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}


class Writes:
    """Counts what is written to files and asked of the database, and ends the process at a number."""

    def __init__(self, at):
        self.at = at
        self.count = 0

    def listen(self):
        sys.addaudithook(self.hear)
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, self.one_more)
        event.listen(Pool, "checkin", self.one_more)  # right after a commit

    def hear(self, name, arguments):
        is_opened_to_write = name == "open" and isinstance(arguments[1], str) and arguments[1][:1] in "wxa"
        if is_opened_to_write or name in WRITES:
            self.one_more()

    def one_more(self, *_):
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def surroundings(database, data, now):
    return Surroundings(
        history=PostgresHistory(database, now),
        settings=load_settings(environ={}),
        data_folder=data,
        now=now,
        database=database,
    )


def begin(around, files):
    """A session whose source is taken; its id."""
    spec = SessionSpec(
        source=PathSide(path=str(files / "before.csv")),
        target=PathSide(path=str(files / "after.csv")),
        comparison=ComparisonSpec(key=("id",), threshold=50),
    )
    session_id = start_session(spec, around).session_id
    snapshot_side(session_id, Side.SOURCE, around)
    return session_id


def live(around, files):
    """A whole session, whose target is taken and compared a second time."""
    session_id = begin(around, files)
    for _ in range(2):
        snapshot_side(session_id, Side.TARGET, around)
        compare_and_record(session_id, around)
        publish_report(session_id, around)


def work(order, database, data, files):
    clock = FakeClock()
    clock.advance(**order.get("later", {}))
    around = surroundings(database, data, clock)
    if order["work"] == "life":
        live(around, files)
    elif order["work"] == "short life":
        close_session(begin(around, files), Status.CANCELLED, around)
    else:
        on_deleted = logged(around, database, "clean")
        dagster = FakeOrchestrator()
        list(clean(Cleaning(around=around, database=database, orchestrator=dagster, on_deleted=on_deleted)))


def child(order, url, data, files):
    """Never returns."""
    status = 1
    try:
        writes = Writes(order["at"])
        with Database(url) as database:
            writes.listen()
            work(order, database, data, files)
            (data / "count").write_text(str(writes.count))
        status = 0
    finally:
        os._exit(status)


def main(url, data, files):
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), url, Path(data), Path(files))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
