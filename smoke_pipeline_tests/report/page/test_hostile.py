"""Whatever stands in the data, the page shows it and does nothing else."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from smoke_pipeline.comparison.result import DifferenceKind, DuplicateGroup, RowCounts
from smoke_pipeline.report.details import MOST_BYTES, details_of
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.page.conftest import Open
from smoke_pipeline_tests.report.results import mismatch, one_sided, result
from smoke_pipeline_tests.report.test_page import evil, page

HOSTILE = [
    "</script><script>document.title='harmed'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title='harmed'\">",
    "\u202egnirts desrever\u2066 \u200f",
    "\u2028\u2029",
    "a\x00b\x1b[2J\x7f\x85",
    "=cmd|' /C calc'!A0",
    "{{ 7 * 7 }}{% raw %}${alert(1)}",
    "__proto__",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301\u0323",
    "&amp;&lt;&#0;",
]


def hostile():
    rows = [mismatch(text, (text, text, text + "!")) for text in HOSTILE]
    ones = [one_sided(DifferenceKind.TARGET_ONLY, {"id": text, text: text}, 9) for text in HOSTILE]
    return result(
        RowCounts(mismatched=len(rows), target_only=len(ones)),
        differences=(*rows, *ones),
        mismatch_by_column=dict.fromkeys(HOSTILE, 1),
    )


def data_of(html: str):
    """What the page's script is given."""
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


@pytest.mark.browser
@pytest.mark.parametrize("make", [hostile, evil])
def test_harmful_text_stays_text(opened: Open, make):
    one = opened(make())

    expect(one.page).to_have_title(re.compile("^(Failed|Unproven): match score"))
    assert one.page.locator("img, iframe, object, embed, form").count() == 0
    assert one.page.locator("script").count() == 2
    for text in HOSTILE if make is hostile else []:
        one.page.fill("#search", text.replace("\n", " "))
        assert one.page.locator("#differences tbody").count() >= 0


@pytest.mark.browser
@pytest.mark.parametrize(
    ("attack", "directive"),
    [
        (
            "const it = document.createElement('script'); it.text = 'harmed = 1'; document.body.append(it)",
            "script-src",
        ),
        ("document.body.setAttribute('onclick', 'harmed = 1'); document.body.click()", "script-src"),
        ("document.body.append(Object.assign(new Image(), {src: 'https://example.invalid/x'}))", "img-src"),
        ("fetch('https://example.invalid/').catch(() => null)", "connect-src"),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
    ],
)
def test_the_policy_of_the_page_lets_nothing_else_in(opened: Open, attack, directive):
    one = opened(result())

    one.page.evaluate(f"() => {{ {attack} }}")
    one.page.wait_for_function("() => true")

    assert one.page.evaluate("window.harmed") is None
    assert any(directive in words for words in one.complaints)
    one.complaints.clear()
    one.asked_for[:] = [url for url in one.asked_for if url.startswith("file:")]


@pytest.mark.browser
def test_a_formula_is_copied_as_text(opened: Open):
    one = opened(hostile())

    one.page.click("#csv")
    expect(one.page.locator("#said")).to_contain_text("Copied 22 rows")

    lines = one.page.evaluate("navigator.clipboard.readText()")
    assert "'=cmd|' /C calc'!A0,mismatched,'=cmd|" in lines
    assert "\n=cmd" not in lines
    assert ",=cmd" not in lines


@pytest.mark.browser
def test_a_cell_of_a_megabyte_is_cut_and_that_is_said(opened: Open):
    cell = "x" * 1_000_000
    one = opened(result(RowCounts(mismatched=1), differences=(mismatch("1", ("a", cell + "1", cell + "2")),)))

    expect(one.page.locator("td.source .cut").first).to_have_text("999,920 equal characters before …")
    expect(one.page.locator("td.source mark")).to_have_text("1")
    assert len(one.text_of("report.html")) < 100_000
    assert len(one.text_of("mismatches.csv")) > 2_000_000


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
def test_whatever_text_reaches_the_script_as_it_was(source, target):
    found = result(
        RowCounts(mismatched=1),
        differences=(mismatch(source, (target, source, target)),),
        mismatch_by_column={target: 1},
    )

    html = page(found)
    ((_, _, _, _, (key,), (cell,)),) = data_of(html)["rows"]

    assert html.encode("utf-8")
    assert (key, *cell[1:3]) == (source, source, target)
    assert data_of(html)["columns"][cell[0]] == target
    assert not re.search("[<>\u2028\u2029]", re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def test_a_page_stays_small_whatever_its_rows_are():
    columns = {f"c{at}": "x" * 600 for at in range(60)}
    rows = tuple(
        one_sided(DifferenceKind.SOURCE_ONLY, {"id": str(at), **columns}, at + 1) for at in range(300)
    )
    found = result(RowCounts(source_only=300), differences=rows)

    details = details_of(found, ReportSettings())
    html = page(found, rows_per_page=10)

    assert 0 < details.shown < 300
    assert len(details.json) <= MOST_BYTES + 1_000
    assert len(html.encode()) < 5_000_000
    assert f"Shown are the first {details.shown} of 300 differing rows" in html
    assert "holds all of them" in html


def test_five_thousand_rows_fit_into_five_megabytes():
    rows = tuple(
        mismatch(str(at), ("amount", f"{at}.10", f"{at}.20"), ("note", "some words here", "some word there"))
        for at in range(5_000)
    )

    html = page(result(RowCounts(mismatched=5_000), differences=rows))

    assert len(data_of(html)["rows"]) == 5_000
    assert len(html.encode()) < 5_000_000


def test_many_small_cells_make_no_large_page():
    cells = [(f"c{at:03}", "1", "2") for at in range(200)]
    rows = tuple(mismatch(str(at), *cells) for at in range(1_500))
    groups = tuple(
        DuplicateGroup(key=(str(at) * 100,), source_count=2, target_count=1) for at in range(5_000)
    )
    found = result(
        RowCounts(mismatched=1_500),
        differences=rows,
        duplicate_groups=groups,
        duplicate_group_count=5_000,
        mismatch_by_column={name: 1_500 for name, _, _ in cells},
    )

    html = page(found)

    assert len(html.encode()) < 5_000_000
    assert html.count("<tbody id=") == 10
    assert "Shown are the first 500" in html
