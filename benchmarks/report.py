"""How quick the page of the report is in headless Chromium: `python -m benchmarks.report`.

A page of 5,000 differing rows is written, opened from its file, and used. What is printed: its size, how long
it took to write, when something was first painted, when it could be used, and how long a search, a filter, an
order and a leaf take until a screen of rows is laid out.
"""

import io
import os
import random
import shutil
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from smoke_pipeline.comparison.result import (
    CellDifference,
    ComparedColumns,
    ComparisonResult,
    DifferenceKind,
    KeyMode,
    RowCounts,
    RowDifference,
)
from smoke_pipeline.report.page import write_page
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest

ROWS = 5_000
COLUMNS = ("id", "name", "city", "amount", "currency", "booked_at", "status", "note")
STEPS = {
    "search for what is rare": "use('search', '4711')",
    "search for what is in every row": "use('search', 'e')",
    "search for nothing": "use('search', 'no such words')",
    "filter by type": "use('kind', '0')",
    "filter by column": "use('column', String(data.columns.indexOf('amount')))",
    "most changed cells first": "use('order', 'cells')",
    "next leaf": "document.querySelector('.next').click()",
}
MEASURE = """step => {
  const data = JSON.parse(document.getElementById("data").textContent);
  document.getElementById("clear").click();
  const use = (id, value) => {
    const choice = document.getElementById(id);
    choice.value = value;
    choice.dispatchEvent(new Event("input"));
  };
  const start = performance.now();
  new Function("use", "data", step)(use, data);
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""
TIMES = 7


def main() -> None:
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is not installed.")
    start = time.perf_counter()
    page = io.StringIO()
    write_page(found(), page, ReportSettings())
    print(f"written in           {time.perf_counter() - start:8.2f} s")
    print(f"size                 {len(page.getvalue().encode()) / 1e6:8.2f} MB")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_text(page.getvalue(), encoding="utf-8")
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        print_opening([opened(chromium.new_page(bypass_csp=True), path) for _ in range(TIMES)])
        used = chromium.new_page(bypass_csp=True)
        used.goto(path.as_uri())
        for name, step in STEPS.items():
            times = [used.evaluate(MEASURE, step) for _ in range(TIMES)]
            print(f"{name:<32}{median(times):8.1f} ms   (slowest {max(times):.1f})")
        chromium.close()


def opened(page: Page, path: Path) -> dict[str, float]:
    """When something was first painted, and when the page could be used, in milliseconds."""
    page.goto(path.as_uri())
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    times = page.evaluate(
        """() => ({
          painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
          usable: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
        })"""
    )
    page.close()
    return times


def print_opening(times: list[dict[str, float]]) -> None:
    for name, words in (("painted", "first painted after"), ("usable", "usable after")):
        found_times = [one[name] for one in times]
        print(f"{words:<32}{median(found_times):8.0f} ms   (slowest {max(found_times):.0f})")


def found() -> ComparisonResult:
    """5,000 rows of eight columns, of which four in five are mismatched."""
    chance = random.Random(7)
    kinds = [DifferenceKind.MISMATCHED] * 8 + [DifferenceKind.SOURCE_ONLY, DifferenceKind.TARGET_ONLY]
    differences = tuple(row(number, chance.choice(kinds), chance) for number in range(1, ROWS + 1))
    counts = {kind: sum(one.kind is kind for one in differences) for kind in DifferenceKind}
    mismatched = counts[DifferenceKind.MISMATCHED]
    fallen = RowCounts(
        matched=100_000,
        mismatched=mismatched,
        source_only=counts[DifferenceKind.SOURCE_ONLY],
        target_only=counts[DifferenceKind.TARGET_ONLY],
    )
    return ComparisonResult(
        counts=fallen,
        threshold=Decimal(99),
        source=manifest(Side.SOURCE, fallen.source),
        target=manifest(Side.TARGET, fallen.target),
        columns=ComparedColumns(compared=COLUMNS),
        key=("id",),
        key_mode=KeyMode.EXPLICIT,
        mismatch_by_column=dict.fromkeys(COLUMNS[1:], mismatched // 2),
        patterns={name: {"truncated": 5, "sign": 5, "scaled": 5, "case": 5} for name in COLUMNS[1:]},
        differences=differences,
    )


def row(number: int, kind: DifferenceKind, chance: random.Random) -> RowDifference:
    values = {
        "id": str(number),
        "name": f"Customer {number} of the northern branch",
        "city": chance.choice(["Zürich", "Bern", "Genève", "Lausanne"]),
        "amount": f"{chance.uniform(1, 9999):.2f}",
        "currency": chance.choice(["CHF", "EUR"]),
        "booked_at": f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)} 12:00:00",
        "status": chance.choice(["open", "paid"]),
        "note": "some words that were written down by hand " * chance.randint(1, 3),
    }
    if kind is not DifferenceKind.MISMATCHED:
        return RowDifference(kind=kind, key=(str(number),), source_row=number, values=values)
    changed = sorted(chance.sample(COLUMNS[1:], chance.randint(1, 5)))
    cells = [
        CellDifference(column=name, source=values[name], target=values[name][:-2] + "9x") for name in changed
    ]
    return RowDifference(
        kind=kind, key=(str(number),), source_row=number, target_row=number, cells=tuple(cells)
    )


def manifest(side: Side, rows: int) -> SnapshotManifest:
    columns = tuple(Column(name=name, type="string") for name in COLUMNS)
    return SnapshotManifest(
        side=side,
        origin=f"{side}.csv",
        format="csv",
        rows=rows,
        columns=columns,
        size_bytes=rows * 120,
        sha256=None,
    )


if __name__ == "__main__":
    main()
