"""The report server: it serves the reports of the history, and nothing else of this machine."""

import socket
from dataclasses import replace
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from smoke_pipeline.cli.reports.app import HEADERS, build_app
from smoke_pipeline.errors import HistoryUnavailableError
from smoke_pipeline.settings.model import ReportServerSettings
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.spec import read_order
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.fakes import FakeHistory
from smoke_pipeline_tests.smoke_test.conftest import around, write

__all__ = ["around", "write"]


def asking(around, host="127.0.0.1"):
    return TestClient(build_app(around), base_url=f"http://{host}", raise_server_exceptions=False)


@pytest.fixture
def waiting(around, write):
    order = {"source": {"path": write("a.csv", "id\n1\n")}, "target": {"path": write("b.csv", "id\n1\n")}}
    return start_session(read_order({**order, "test_name": "<b>nightly</b>"}), around).session_id


@pytest.fixture
def session(waiting, around):
    for side in Side:
        snapshot_side(waiting, side, around)
    compare_and_record(waiting, around)
    publish_report(waiting, around)
    return waiting


@pytest.fixture
def bundle(session, around):
    return outcome_of(session, around).report


def test_the_page_is_the_one_of_the_bundle_with_its_own_policy(session, bundle, around):
    answer = asking(around).get(f"/reports/{session}/report.html")

    with ZipFile(bundle) as found:
        assert answer.content == found.read("report.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';' in answer.text


def test_a_report_without_the_page_says_so_and_can_be_taken(waiting, around):
    settings = around.settings.model_copy(
        update={"report": around.settings.report.model_copy(update={"formats": ("csv",)})}
    )
    without = replace(around, settings=settings)
    for side in Side:
        snapshot_side(waiting, side, without)
    compare_and_record(waiting, without)
    published = publish_report(waiting, without)

    answer = asking(without).get(f"/reports/{waiting}/report.html")

    assert (answer.status_code, "made without the page" in answer.text) == (404, True)
    assert asking(without).get(f"/reports/{waiting}/{published.shown}").status_code == 200


def test_every_answer_tells_browsers_to_be_careful(session, around):
    addresses = (
        "/healthz",
        "/reports/",
        f"/reports/{session}/report.html",
        "/nothing",
        "/reports/no/report.html",
    )

    for address in addresses:
        answer = asking(around).get(address)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_bundle_comes_whole_or_in_ranges(session, bundle, around):
    address = f"/reports/{session}/{bundle.name}"

    whole = asking(around).get(address)
    part = asking(around).get(address, headers={"Range": "bytes=2-5"})

    assert whole.content == bundle.read_bytes()
    assert whole.headers["content-disposition"] == f'attachment; filename="{bundle.name}"'
    assert (part.status_code, part.content) == (206, bundle.read_bytes()[2:6])


def test_the_list_leads_to_the_reports_and_writes_no_markup_of_others(session, around):
    shown = asking(around).get("/", follow_redirects=True)

    assert shown.url.path == "/reports/"
    assert f'<a href="{session}/report.html">' in shown.text
    assert "<td>passed<td>100.00" in shown.text
    assert "&lt;b&gt;nightly" in shown.text


def test_a_session_without_a_report_is_listed_without_a_link(waiting, around):
    assert "href" not in asking(around).get("/reports/").text
    answer = asking(around).get(f"/reports/{waiting}/report.html")
    assert (answer.status_code, answer.text.splitlines()[0]) == (
        404,
        f"Session {waiting} has no report yet.",
    )


def test_an_empty_history_has_an_empty_list(around):
    assert "There is no session yet" in asking(around).get("/reports/").text


@pytest.mark.parametrize(
    "path",
    [
        "/reports/../../etc/passwd",
        "/reports/..%2f..%2fetc%2fpasswd",
        "/reports/%2e%2e/report.html",
        "/reports/..%5c..%5csecret/report.html",
        "/reports/{session}/../report.html",
        "/reports/{session}/..%2fsource.parquet",
        "/reports/{session}/source.parquet",
        "/reports/{session}/source.json",
        "/reports/{session}/comparison_1.json",
        "/reports/{session}/%2fetc%2fpasswd",
        "/reports/{session}%00/report.html",
        "/reports/{session}%0a/report.html",
        "/reports/{session}%20/report.html",
        "/reports//report.html",
        "/reports/" + "a" * 5000 + "/report.html",
        "/reports/upload_20260301_120001/report.html",
        "/reports/%27%20OR%201=1--/report.html",
        "/reports/%F0%9F%98%80/report.html",
        "/reports/%ff%fe/report.html",
        "/etc/passwd",
        "//etc/passwd",
    ],
)
def test_no_address_leads_to_anything_but_a_report(path, session, around):
    answer = asking(around).get(path.format(session=session))

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Traceback" not in answer.text


def test_a_row_of_the_history_cannot_name_a_file_elsewhere(session, around, tmp_path):
    (tmp_path / "secret.zip").write_bytes(b"secret")
    newest = around.history.newest_result(session)
    around.history.save_report(newest.result_id, str(tmp_path / "secret.zip"), None)

    answer = asking(around).get(f"/reports/{session}/secret.zip")

    assert (answer.status_code, b"secret" in answer.content) == (404, False)


def test_a_report_that_was_deleted_or_damaged_is_said_to_be(session, bundle, around):
    bundle.write_bytes(b"no zip")
    damaged = asking(around).get(f"/reports/{session}/report.html")
    bundle.unlink()
    deleted = asking(around).get(f"/reports/{session}/report.html")

    assert (damaged.status_code, deleted.status_code) == (500, 404)
    assert "is not what was written" in damaged.text
    assert "is not on disk any more" in deleted.text


def test_nothing_can_be_changed(session, around):
    for method in ("POST", "PUT", "DELETE"):
        assert asking(around).request(method, f"/reports/{session}/report.html").status_code == 405


def test_a_history_that_does_not_answer_is_told_by_the_status(around):
    class Silent(FakeHistory):
        def sessions(self, *, status=None, limit=50):
            raise HistoryUnavailableError("PostgreSQL does not answer.")

    answer = asking(replace(around, history=Silent())).get("/healthz")

    assert (answer.status_code, answer.text) == (503, "PostgreSQL does not answer.\n")


@pytest.mark.parametrize(
    ("host", "url", "asked", "status"),
    [
        ("127.0.0.1", None, "localhost", 200),
        ("127.0.0.1", None, "[::1]", 200),
        ("127.0.0.1", None, "evil.example", 400),
        ("127.0.0.1", "https://smoke.example/x", "smoke.example", 200),
        ("::1", None, "[::1]", 200),
        ("10.0.0.7", None, "10.0.0.7", 200),
        ("0.0.0.0", None, socket.gethostname(), 200),
    ],
)
def test_it_answers_under_its_own_names_alone(host, url, asked, status, around):
    server = ReportServerSettings(host=host, url=url)
    here = replace(around, settings=around.settings.model_copy(update={"report_server": server}))

    assert asking(here, asked).get("/healthz").status_code == status
