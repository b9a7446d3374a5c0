"""Dagster's page as a person walks through it: from the launchpad to the report."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from smoke_pipeline_tests.cli.served import Served

pytestmark = [pytest.mark.services, pytest.mark.browser]

TIMEOUT_MS = 90_000
SESSION_ID = re.compile(r"upload_\d{8}_\d{6}(_\d+)?")


@pytest.fixture(scope="module")
def page(browser: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1500, "height": 1600})
        page.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        yield page
        chromium.close()


@pytest.fixture(scope="module")
def example(served: Served, page: Page) -> str:
    """The order with which the launchpad opens."""
    page.goto(f"{served.url}/locations/smoke_pipeline/jobs/start_session/playground")
    editor = page.locator(".CodeMirror").first
    expect(editor).to_contain_text("airport-frequencies")
    return editor.evaluate("element => element.CodeMirror.getValue()")


def launched(served: Served, page: Page, order: str) -> str:
    """Launch an order from the launchpad; the id of the session whose report was built."""
    page.goto(f"{served.url}/locations/smoke_pipeline/jobs/start_session/playground")
    editor = page.locator(".CodeMirror").first
    expect(editor).to_contain_text("ops:")
    editor.evaluate("(element, text) => element.CodeMirror.setValue(text)", order)
    expect(page.get_by_text("No errors")).to_be_visible()
    page.get_by_role("button", name="Launch Run").click()
    said = page.get_by_text(re.compile(rf"Session {SESSION_ID.pattern} is there\."))
    expect(said).to_be_visible()
    session_id = SESSION_ID.search(said.inner_text()).group()
    served.finished(served.run_of("smoke_test", session_id), timeout_s=300)
    return session_id


@pytest.fixture(scope="module")
def passed(served: Served, page: Page, example: str) -> str:
    return launched(served, page, example)


@pytest.fixture(scope="module")
def failed(served: Served, page: Page, example: str, passed: str) -> str:
    return launched(served, page, example.replace("threshold: 95", "threshold: 99"))


def opened(served: Served, page: Page, asset: str, view: str) -> None:
    page.goto(f"{served.url}/assets/smoke_test/{asset}?view={view}")


def test_the_session_is_a_partition_with_its_numbers_and_columns(served, page, passed):
    opened(served, page, "comparison", "partitions")
    page.get_by_text(passed, exact=True).first.click()

    for words in ("PASSED", "98.89", "30,004", "by_column", "frequency_mhz"):
        expect(page.get_by_text(words).first).to_be_visible()


def test_the_snapshot_shows_its_rows_and_columns(served, page, passed):
    opened(served, page, "source_snapshot", "overview")

    for words in ("Row count", "30,129", "airport_ident"):
        expect(page.get_by_text(words).first).to_be_visible()


def test_the_link_of_the_report_opens_its_page(served, page, failed):
    opened(served, page, "report", "partitions")
    page.get_by_text(failed, exact=True).first.click()
    link = page.get_by_role("link", name=f"{failed}/report.html")

    with page.context.expect_page() as opening:
        link.click()

    with opening.value as report:
        assert report.url == f"{served.reports}{failed}/report.html"
        expect(report.locator("h1")).to_have_text("failed", ignore_case=True)
        expect(report).to_have_title(re.compile("98.89"))
