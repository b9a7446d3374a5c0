import re
import subprocess
from pathlib import Path

import pytest

from smoke_pipeline.comparison.result import ComparisonResult, RowCounts
from smoke_pipeline.report.page import write_page
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.results import mismatch, result

pytestmark = pytest.mark.browser

EVIL = "<script>document.title='harmed'</script><img src=x onerror=\"document.title='harmed'\">"


def as_chromium_shows(browser: str, folder: Path, found: ComparisonResult, **settings) -> str:
    """The page after its script ran."""
    path = folder / "report.html"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_page(found, file, ReportSettings(**settings))
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    quiet = ("--disable-background-networking", f"--user-data-dir={folder / 'profile'}")
    run = subprocess.run(
        [browser, *flags, *quiet, "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
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
