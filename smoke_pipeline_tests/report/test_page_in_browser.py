import io
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from smoke_pipeline.comparison.result import ComparisonResult, RowCounts
from smoke_pipeline.report.page import write_page
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.results import mismatch, result

pytestmark = pytest.mark.browser

EVIL = "<script>document.title='harmed'</script><img src=x onerror=\"document.title='harmed'\">"


class OnePage(BaseHTTPRequestHandler):
    """Serves one page: a packaged Chromium may not be allowed to read our temporary files."""

    page = b""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *args):
        pass


@contextmanager
def served(page: str) -> Iterator[str]:
    handler = type("Page", (OnePage,), {"page": page.encode()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def as_chromium_shows(browser: str, folder: Path, found: ComparisonResult, **settings) -> str:
    """The page after its script ran."""
    page = io.StringIO()
    write_page(found, page, ReportSettings(**settings))
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    quiet = ("--disable-background-networking", f"--user-data-dir={folder / 'profile'}")
    with served(page.getvalue()) as address:
        run = subprocess.run(
            [browser, *flags, *quiet, "--dump-dom", address],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    return run.stdout


def test_the_rows_are_shown_a_page_at_a_time(browser, tmp_path):
    differences = tuple(mismatch(str(number), ("a", "1", "2")) for number in range(7))
    found = result(RowCounts(mismatched=7), differences=differences)

    shown = as_chromium_shows(browser, tmp_path, found, rows_per_page=3)

    assert ">1 to 3 of 7<" in shown
    assert len(re.findall(r'<tbody data-kind="mismatched" hidden', shown)) == 4


def test_harmful_text_stays_text(browser, tmp_path):
    found = result(RowCounts(mismatched=1), differences=(mismatch(EVIL, (EVIL, EVIL, EVIL)),))

    shown = as_chromium_shows(browser, tmp_path, found)

    assert "<title>Failed: match score 0.00</title>" in shown
    assert "<img" not in shown
