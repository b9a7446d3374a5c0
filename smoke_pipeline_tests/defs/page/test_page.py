"""What a person looks for on Dagster's page: the pipeline, a verdict and its reason, what can be launched."""

import re

import pytest
from playwright.sync_api import Page, expect

from smoke_pipeline.definitions import SENSORS
from smoke_pipeline_tests.defs.page.conftest import HEIGHT, WIDTH

pytestmark = [pytest.mark.services, pytest.mark.browser]


def editor_of(page: Page):
    editor = page.locator(".CodeMirror").first
    expect(editor).to_contain_text("ops:")
    return editor


def test_the_graph_reads_as_the_pipeline(shown, page, picture):
    page.set_viewport_size({"width": 2000, "height": 500})
    page.goto(shown.url("locations/smoke_pipeline/asset-groups/smoke_test/lineage"))

    for name in ("source_snapshot", "etl_completed", "target_snapshot", "comparison", "report"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    for kind in ("Parquet", "Arrow", "etl"):
        expect(page.get_by_text(kind, exact=True).first).to_be_visible()
    expect(page.get_by_text("Loading...")).to_have_count(0)
    picture("graph")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def test_the_comparison_says_whose_it_is_and_what_it_found(shown, page, picture):
    page.goto(shown.url("assets/smoke_test/comparison?view=overview"))

    for words in ("Which rows match", "data", "ada@example.com", "Arrow", "smoke_test", shown.failed):
        expect(page.get_by_text(words).first).to_be_visible()
    verdict = page.get_by_role("row", name=re.compile("^summary"))
    expect(verdict).to_contain_text("FAILED match score 90.00 (threshold 95)")
    expect(verdict.get_by_role("row", name="mismatched 4")).to_be_visible()
    picture("comparison")


def test_numbers_are_plotted_over_the_sessions(shown, page, picture):
    page.goto(shown.url("assets/smoke_test/comparison?view=overview"))
    page.get_by_role("button", name="Plots").click()

    for name in ("match_score", "mismatched"):
        plot = page.get_by_text(name, exact=True).locator("xpath=following::canvas[1]")
        expect(plot).to_be_visible()
    picture("plots")


def test_a_failed_session_is_one_failed_check_with_its_reason_and_its_report(shown, page, picture):
    page.goto(shown.url("assets/smoke_test/comparison?view=checks&checkDetail=match_score_reaches_threshold"))

    for words in (
        "90.00 does not reach the threshold 95.",
        "The session passed: enough rows match",
        shown.failed,
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(3)
    picture("check")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name=f"{shown.failed}/report.html").click()
    with opening.value as report:
        expect(report.locator("h1")).to_have_text("failed", ignore_case=True)


def test_each_session_has_its_own_verdict(shown, page):
    page.goto(shown.url("assets/smoke_test/comparison?view=checks&checkDetail=match_score_reaches_threshold"))
    page.get_by_role("tab", name="Partitions").last.click()

    for session_id, verdict in ((shown.failed, "failed"), (shown.passed, "passed")):
        # The page shows the id cut in its middle; the whole one stands beside it, out of sight.
        page.get_by_text(session_id, exact=True).last.dispatch_event("click")
        expect(page.get_by_role("row", name=f"verdict {verdict}")).to_be_visible()


def test_the_runs_say_which_test_and_session_they_are_of_and_how_it_ended(shown, page, picture):
    page.goto(shown.url("runs"))

    for words in ("smoke/test: payments, nightly", "smoke/verdict: passed", "smoke/verdict: failed"):
        expect(page.get_by_text(words).first).to_be_visible()
    picture("runs")
    page.goto(shown.url(f"runs/{shown.run_of(shown.failed)}"))
    expect(page.get_by_text(f"partition: {shown.failed}").first).to_be_visible()
    page.get_by_role("button", name="View tags and config").click()
    for words in ("smoke/test: payments, nightly", "smoke/verdict: failed", f"smoke/session: {shown.failed}"):
        expect(page.get_by_text(words).first).to_be_visible()


def test_the_launchpad_opens_with_an_example_and_explains_every_field(shown, page, picture):
    page.set_viewport_size({"width": WIDTH, "height": 700})
    page.goto(shown.url("locations/smoke_pipeline/jobs/start_session/playground"))
    editor = editor_of(page)
    expect(page.get_by_text("No missing config")).to_be_visible()
    for words in ("without_key: auto", "airport-frequencies.2026-08-21.csv", "then: smoke_test"):
        assert words in editor.evaluate("element => element.CodeMirror.getValue()")

    line = "element.CodeMirror.getValue().split('\\n').findIndex(line => line.includes('without_key'))"
    editor.evaluate(f"element => {{ element.CodeMirror.focus(); element.CodeMirror.setCursor({line}, 9) }}")

    expect(page.get_by_text("Match score to reach, 0 to 100.")).to_be_visible()
    expect(page.get_by_text("No errors")).to_be_visible()
    picture("launchpad")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def test_the_launchpad_of_suites_opens_with_one_and_asks_for_days(shown, page, picture):
    page.goto(shown.url("locations/smoke_pipeline/jobs/run_suite/playground"))
    editor = editor_of(page)

    expect(editor).to_contain_text("suite: airports")
    editor.evaluate("element => { element.CodeMirror.focus(); element.CodeMirror.setCursor(3, 9) }")
    expect(page.get_by_text("Run it from this day on instead of the days of its matrix")).to_be_visible()
    expect(page.get_by_text("No errors")).to_be_visible()
    picture("suite")


@pytest.mark.parametrize("name", ["etl_verified", "session_started", "suites_driven"])
def test_a_sensor_says_what_it_does(shown, page, name):
    told = {sensor.name: sensor.description for sensor in SENSORS}[name]

    page.goto(shown.url(f"locations/smoke_pipeline/sensors/{name}"))

    expect(page.get_by_text(told)).to_be_visible()


def test_everything_that_happens_by_itself_is_on(shown, page, picture):
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.goto(shown.url("automation"))

    for name in ("daily_clean_up", *(sensor.name for sensor in SENSORS)):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(len(SENSORS) + 1)
    picture("automation")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
