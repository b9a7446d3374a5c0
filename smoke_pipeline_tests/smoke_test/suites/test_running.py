"""How a suite goes on, whatever happens to its sessions."""

import json
from html.parser import HTMLParser

import pytest

from smoke_pipeline.errors import RunStoppedError, StorageFullError
from smoke_pipeline.history.records import Status
from smoke_pipeline.smoke_test.lifecycle import closing_move
from smoke_pipeline.smoke_test.steps import compare_and_record, fail_session, publish_report, snapshot_side
from smoke_pipeline.smoke_test.suites.record import run_of, runs_of, unended
from smoke_pipeline.smoke_test.suites.running import begin, cut_off, go_on
from smoke_pipeline.smoke_test.suites.summary import as_markdown, summary_folder
from smoke_pipeline.smoke_test.suites.telling import notices_of
from smoke_pipeline.snapshots.manifest import Side


@pytest.fixture
def drive(around, notes):
    """One turn of every suite that goes on; what is to be launched."""

    def drive():
        return [launch for run in unended(notes) for launch in go_on(run, around, notes)]

    return drive


@pytest.fixture
def carry_out(around):
    def carry_out(launches):
        for launch in launches:
            for side in Side:
                snapshot_side(launch.session_id, side, around)
            compare_and_record(launch.session_id, around)
            publish_report(launch.session_id, around)

    return carry_out


def finished(suite_id, drive, carry_out, notes):
    while launches := drive():
        carry_out(launches)
    return run_of(suite_id, notes)


def test_a_suite_ends_with_the_worst_of_its_verdicts(around, suite, files, notes, drive, carry_out):
    run = begin(suite(files("good_1", "bad", "good_2")), around, notes, driver="dagster")

    ended = finished(run.suite_id, drive, carry_out, notes)

    assert [case.verdict for case in ended.cases] == ["passed", "failed", "passed"]
    assert (ended.verdict, ended.sentence) == ("failed", "2 of 3 tests passed.")
    assert unended(notes) == []


def test_where_all_passed_the_suite_did(around, suite, files, notes, drive, carry_out):
    run = begin(suite(files("good_1", "good_2")), around, notes, driver="dagster")

    assert finished(run.suite_id, drive, carry_out, notes).verdict == "passed"


def test_no_more_sessions_than_allowed_are_under_way(around, suite, files, notes, drive, carry_out):
    begin(suite(files(*(f"good_{n}" for n in range(5)), parallel=2)), around, notes, driver="dagster")
    widths = []

    while launches := drive():
        again = drive()
        assert [one.run_key for one in again] == [one.run_key for one in launches]  # until they have begun
        widths.append(len(launches))
        carry_out(launches)

    assert widths == [2, 2, 1]


def test_what_cannot_start_fails_and_the_rest_goes_on(around, suite, files, notes, drive, carry_out):
    found = suite(files("good_1", "good_2").replace("[good_1,", "[nowhere,"))
    run = begin(found, around, notes, driver="dagster")

    ended = finished(run.suite_id, drive, carry_out, notes)

    assert [case.verdict for case in ended.cases] == ["failed", "passed"]
    assert ended.cases[0].because.startswith("ObjectNotFoundError: ")
    assert ended.cases[0].session_id is None


def test_sessions_that_end_without_a_verdict_count_as_failed(around, suite, files, notes, drive):
    run = begin(suite(files("good_1", "good_2", "good_3", parallel=3)), around, notes, driver="dagster")
    stopped, cancelled, gone = (launch.session_id for launch in drive())

    fail_session(stopped, StorageFullError("The disk is full."), around)
    around.history.move(closing_move(around.history.session(cancelled), Status.CANCELLED))
    around.history.delete_session(gone)
    drive()

    ended = run_of(run.suite_id, notes)
    assert ended.verdict == "failed"
    assert [case.because.split(":")[0] for case in ended.cases] == [
        "StorageFullError",
        "cancelled",
        "SessionNotFoundError",
    ]


def test_a_test_that_waits_for_its_etl_keeps_no_other_from_running(around, suite, write, notes, drive):
    path = write("a.csv", "id\n1\n")
    orders = [f"{{name: t{n}, order: {{source: {{path: {path}}}, etl: webhook}}}}" for n in range(3)]
    begin(suite(f"parallel: 1\ntests: [{', '.join(orders)}]"), around, notes, driver="dagster")
    begun = []

    while launches := drive():
        (launch,) = launches
        assert launch.job == "take_source"
        begun.append(launch.session_id)
        snapshot_side(launch.session_id, Side.SOURCE, around)

    assert len(begun) == 3
    assert len(unended(notes)) == 1


def test_the_summary_leads_to_every_report(around, suite, files, notes, drive, carry_out):
    run = begin(suite(files("good_1", "bad")), around, notes, driver="dagster")
    ended = finished(run.suite_id, drive, carry_out, notes)
    folder = summary_folder(run.suite_id, around)

    told = json.loads((folder / "summary.json").read_text())
    links = Links()
    links.feed((folder / "summary.html").read_text())

    reports = [f"http://127.0.0.1:3001/reports/{case.session_id}/report.html" for case in ended.cases]
    assert (told["verdict"], told["summary"]) == ("failed", "1 of 2 tests passed.")
    assert [test["report"] for test in told["tests"]] == reports
    assert links.found == reports[::-1]  # what failed stands first
    assert "| files, name=bad | failed | 0.00 |" in (folder / "summary.md").read_text()


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == "href"]


def test_no_name_breaks_the_summary(around, suite, write, notes):
    text = """
tests:
  - name: odd
    matrix: {x: ["<b>|[`"]}
    order: {source: {path: "/{x}"}, target: {path: /b}}
"""
    run = begin(suite(text), around, notes, driver="dagster")

    list(go_on(run, around, notes))

    folder = summary_folder(run.suite_id, around)
    assert "<b>" not in (folder / "summary.html").read_text()
    rows = [line for line in (folder / "summary.md").read_text().splitlines() if line.startswith("| odd")]
    assert "\\|\\[\\`" in rows[0]


def test_two_runs_at_one_moment_are_two(around, suite, files, notes):
    found = suite(files("good_1"))

    first, second = (begin(found, around, notes, driver="dagster") for _ in range(2))

    assert first.suite_id != second.suite_id
    assert {run.suite_id for run in runs_of(notes, "nightly")} == {first.suite_id, second.suite_id}


def test_people_are_told_of_the_end(around, suite, files, notes, drive, carry_out):
    run = begin(suite(files("good_1")), around, notes, driver="dagster")
    before = list(notices_of(notes, around.settings.report_server))

    finished(run.suite_id, drive, carry_out, notes)

    (notice,) = notices_of(notes, around.settings.report_server)
    assert before == []
    assert (notice.key, notice.passed) == (f"suite/{run.suite_id}", True)
    assert notice.facts["report"] == f"http://127.0.0.1:3001/suites/{run.suite_id}/"


def test_what_goes_on_can_be_shown(around, suite, files, notes):
    run = begin(suite(files("good_1", "bad")), around, notes, driver="dagster")

    assert "goes on" in as_markdown(run, around.settings.report_server)
    assert run.sentence == "0 of 2 tests passed, 2 go on."


def test_what_a_kill_cut_off_is_run_again_and_what_has_ended_is_not(
    around, suite, files, notes, drive, carry_out
):
    run = begin(suite(files("good_1", "good_2", "good_3", parallel=3)), around, notes, driver="command")
    first, second, third = drive()
    carry_out([first])
    snapshot_side(second.session_id, Side.SOURCE, around)  # killed in the middle of its run
    fail_session(third.session_id, RunStoppedError("The process of this run is gone."), around)

    cut = list(cut_off(run_of(run.suite_id, notes), around))
    carry_out(cut)
    drive()

    assert [launch.session_id for launch in cut] == [second.session_id, third.session_id]
    assert run_of(run.suite_id, notes).verdict == "passed"
    assert len(around.history.sessions()) == 3


def test_a_session_of_which_a_killed_suite_had_not_heard_is_not_begun_again(
    around, suite, files, notes, drive, carry_out
):
    class Killed(type(notes)):
        def put(self, *_named, **_spans):
            raise KeyboardInterrupt

    run = begin(suite(files("good_1", "good_2", parallel=1)), around, notes, driver="command")
    with pytest.raises(KeyboardInterrupt):
        list(go_on(run, around, Killed()))
    (before,) = around.history.sessions()

    ended = finished(run.suite_id, drive, carry_out, notes)

    sessions = [case.session_id for case in ended.cases]
    assert sessions[0] == before.session_id
    assert len(around.history.sessions()) == len(set(sessions)) == 2


def test_sessions_of_two_runs_of_one_moment_are_different(around, suite, files, notes):
    for _ in range(2):
        run = begin(suite(files("good_1", "good_2", parallel=2)), around, notes, driver="command")
        list(go_on(run, around, notes))

    assert len({one.session_id for one in around.history.sessions()}) == 4
