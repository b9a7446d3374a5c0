"""The page as a browser opens it: unpacked from its bundle, as a file, without a network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.settings.model import ReportSettings

WATCH = """addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective}`))"""


@dataclass
class Opened:
    """A page, and what it said and asked for while it was open."""

    page: Page
    folder: Path
    complaints: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def text_of(self, member: str) -> str:
        """Another member of the bundle."""
        return (self.folder / member).read_bytes().decode()


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def chromium(browser: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1200, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    context.add_init_script(WATCH)
    yield context
    context.close()


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path) -> Iterator[Open]:
    """Bundle a result, unpack it, open its page; in the end no page may have complained or asked for more."""
    pages: list[Opened] = []

    def open_page(found: ComparisonResult, *, at: str = "", history=(), **settings) -> Opened:
        bundle = write_bundle(
            found, tmp_path, name="report", settings=ReportSettings(**settings), history=history
        )
        with ZipFile(bundle.zip_path) as members:
            members.extractall(tmp_path)
        one = Opened(page=context.new_page(), folder=tmp_path)
        one.page.on("console", lambda message: one.complaints.append(message.text))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("request", lambda request: one.asked_for.append(request.url))
        one.page.goto(f"file://{tmp_path / 'report.html'}{at}")
        pages.append(one)
        return one

    yield open_page
    for one in pages:
        assert one.complaints == []
        assert [url.partition("#")[0] for url in one.asked_for] == [f"file://{tmp_path / 'report.html'}"]
