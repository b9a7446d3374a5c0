"""The page for who sees little, nothing, no colour, or uses no mouse."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from smoke_pipeline.comparison.result import DifferenceKind, RowCounts
from smoke_pipeline_tests.report.page.conftest import Open
from smoke_pipeline_tests.report.results import mismatch, one_sided, result, rich

pytestmark = pytest.mark.browser

GUIDELINES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def equal():
    return result(RowCounts(matched=5))


def cut():
    return result(
        RowCounts(matched=1, mismatched=9, target_only=2),
        differences=(
            mismatch("1", ("amount", "x" * 900, "y" * 900)),
            one_sided(DifferenceKind.TARGET_ONLY, {"id": "2", "amount": None}, 2),
        ),
        unproven_because="Both sides were read from one place.",
    )


def found_by_axe(page) -> list[str]:
    answer = Axe().run(page, options=GUIDELINES).response
    assert len(answer["passes"]) > 20
    found = answer["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(
    ("make", "theme", "width"),
    [
        (rich, "light", 1200),
        (rich, "dark", 1200),
        (rich, "light", 390),
        (equal, "dark", 1200),
        (cut, "light", 1200),
    ],
)
def test_axe_finds_nothing(opened: Open, make, theme, width):
    page = opened(make()).page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    for summary in page.locator("details:not([open]) > summary").all():
        summary.click()

    assert found_by_axe(page) == []


def test_headings_leave_no_level_out(opened: Open):
    page = opened(rich()).page

    levels = page.evaluate(
        "Array.from(document.querySelectorAll('h1,h2,h3,h4'), heading => Number(heading.tagName[1]))"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_each_picture_tells_what_it_shows(opened: Open):
    page = opened(rich()).page

    told = page.evaluate(
        """Array.from(document.querySelectorAll("svg[role=img]"), picture =>
             picture.getAttribute("aria-labelledby").split(" ").map(
               id => document.getElementById(id).textContent))"""
    )

    assert len(told) >= 4
    assert all(title and len(words) > 10 for title, words in told)
    assert ["How the rows fell", "95 matched, 3 mismatched, 1 source-only, 2 target-only."] in told


def test_kinds_of_rows_differ_in_more_than_colour(opened: Open):
    page = opened(rich()).page

    fills = page.evaluate(
        "Array.from(document.querySelectorAll('.swatch rect'), one => getComputedStyle(one).fill)"
    )

    assert [fill.startswith("url(") for fill in fills] == [False, True, True, True]
    assert len(set(fills)) == 4


def test_every_control_is_reached_by_the_tabulator(opened: Open):
    page = opened(rich()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Go to the differing rows"

    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))

    assert {"theme", "search", "kind", "column", "pattern", "order", "clear", "csv", "keys"} <= reached
