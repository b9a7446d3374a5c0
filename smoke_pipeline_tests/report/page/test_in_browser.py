"""The page as a person uses it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from smoke_pipeline.comparison.result import DifferenceKind, RowCounts
from smoke_pipeline.report.pictures.past import PastScore
from smoke_pipeline_tests.report.page.conftest import Open
from smoke_pipeline_tests.report.results import mismatch, one_sided, result, rich

pytestmark = pytest.mark.browser

COPIED = "navigator.clipboard.readText()"


def seven_rows():
    """Rows 1 to 7: numbers that changed, from the last row of the source to the first."""
    differences = tuple(
        mismatch(str(number), ("amount", str(number), f"{number}00"), rows=(8 - number, number))
        for number in range(1, 8)
    )
    patterns = {"amount": {"scaled": 7}}
    return result(
        RowCounts(matched=3, mismatched=7),
        differences=differences,
        patterns=patterns,
        mismatch_by_column={"amount": 7},
    )


def keys_shown(page: Page) -> list[str]:
    return page.locator("#differences .row-line .pair .value").all_inner_texts()


SAME_AS_WRITTEN = """html => {
  const bodies = table => Array.from(table.tBodies, body => {
    const copy = body.cloneNode(true);
    for (const part of [copy, ...copy.querySelectorAll("tr")])
      for (const node of Array.from(part.childNodes))
        if (node.nodeType === Node.TEXT_NODE && !node.data.trim()) node.remove();
    copy.normalize();
    return copy;
  });
  const written = bodies(new DOMParser().parseFromString(html, "text/html").getElementById("differences"));
  const shown = bodies(document.getElementById("differences"));
  return [written.length, shown.filter((body, at) => body.isEqualNode(written[at])).length];
}"""


def many_values():
    """Rows with whatever a value may be: marked, cut, unseen, joined, one-sided, in flight."""
    long = "word " * 300
    pairs = [
        ("naïve cafe\u0301", "naive cafe"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f466"),
        ("  two  spaces ", "two spaces"),
        ("a\x00b\tc\r\nd", "\ufeffa\u202eb\ud800"),
        (long + "a" + long, long + "b" + long),
        (None, ""),
        ("<b>&amp;</b>", "</script>"),
    ]
    rows = [mismatch(str(at), (f" c{at}", one, other)) for at, (one, other) in enumerate(pairs)]
    return result(
        RowCounts(mismatched=len(rows), source_only=1),
        differences=(*rows, one_sided(DifferenceKind.SOURCE_ONLY, {"id": " x", "b": "\x00", "c": None}, 3)),
        patterns={f" c{at}": {"white_space": 1} for at in range(len(pairs))},
    )


@pytest.mark.parametrize("make", [rich, many_values])
def test_the_script_shows_the_rows_as_they_are_written_in_the_file(opened: Open, make):
    one = opened(make(), formats=["html"])

    one.page.click("#clear")
    written, same = one.page.evaluate(SAME_AS_WRITTEN, one.text_of("report.html"))

    assert written == same > 5


def test_without_a_script_the_summary_and_the_first_rows_are_there(chromium, opened: Open):
    folder = opened(seven_rows(), rows_per_page=3).folder
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"file://{folder / 'report.html'}")

    expect(page.locator("h1")).to_have_text("Failed")
    assert keys_shown(page) == ["1", "2", "3"]
    expect(page.get_by_text("Without scripts this page shows its first 3 rows")).to_be_visible()
    expect(page.locator("#search")).to_be_hidden()
    context.close()


def test_the_rows_are_shown_a_leaf_at_a_time(opened: Open):
    page = opened(seven_rows(), rows_per_page=3).page

    expect(page.locator("#position")).to_have_text("Rows 1 to 3 of 7")
    page.locator(".next").first.click()
    page.locator(".next").first.click()

    assert keys_shown(page) == ["7"]
    expect(page.locator("#position")).to_have_text("Rows 7 to 7 of 7")
    expect(page.locator(".next").first).to_be_disabled()


def test_a_leaf_is_drawn_to_its_end(opened: Open):
    rows = tuple(mismatch(str(at), ("amount", "1", "2")) for at in range(250))
    page = opened(result(RowCounts(mismatched=250), differences=rows)).page

    page.locator(".next").first.click()

    expect(page.locator("#differences tbody")).to_have_count(100)
    assert keys_shown(page) == [str(at) for at in range(100, 200)]


def test_a_leaf_that_is_not_whole_in_the_file_is_drawn_by_the_script(opened: Open):
    rows = tuple(mismatch(str(at), ("amount", "1", "2")) for at in range(150))
    found = result(RowCounts(mismatched=150), differences=rows)

    one = opened(found, rows_per_page=120)

    assert one.text_of("report.html").count("<tbody id=") == 100
    expect(one.page.locator("#differences tbody")).to_have_count(120)


def test_a_search_finds_keys_columns_and_values_in_any_case(opened: Open):
    page = opened(rich()).page

    page.fill("#search", "KÖLN")
    expect(page.locator("#position")).to_have_text("Rows 1 to 1 of 1 (6 in all)")
    assert keys_shown(page) == ["6"]

    page.fill("#search", "nothing like it")
    expect(page.get_by_text("No row fits.")).to_be_visible()

    page.click("#clear")
    expect(page.locator("#position")).to_have_text("Rows 1 to 6 of 6")


@pytest.mark.parametrize(
    ("filter_id", "label", "rows"),
    [
        ("kind", "source-only", 1),
        ("kind", "target-only", 2),
        ("column", "amount", 2),
        ("pattern", "null empty", 1),
    ],
)
def test_rows_are_filtered(opened: Open, filter_id, label, rows):
    page = opened(rich()).page

    page.select_option(f"#{filter_id}", label=label)

    expect(page.locator("#differences tbody")).to_have_count(rows)


def test_rows_in_flight_are_filtered(opened: Open):
    from smoke_pipeline.comparison.result import Recheck, RowDifference

    rows = [mismatch("1", ("amount", "1", "2")), mismatch("2", ("amount", "1", "2"))]
    gone = RowDifference(kind=rows[1].kind, key=rows[1].key, cells=rows[1].cells, in_flight=True)
    found = result(
        RowCounts(mismatched=2),
        differences=(rows[0], gone),
        recheck=Recheck(waited_s=2, keys=2, mismatched=1),
    )
    page = opened(found).page

    page.select_option("#kind", label="in flight")

    assert keys_shown(page) == ["2"]


def test_rows_are_put_in_another_order(opened: Open):
    page = opened(seven_rows()).page

    page.select_option("#order", label="Row of the source")

    assert keys_shown(page) == ["7", "6", "5", "4", "3", "2", "1"]


def test_a_reason_leads_to_its_rows(opened: Open):
    page = opened(rich()).page

    page.get_by_role("button", name="Show the rows of amount, scaled").click()

    assert keys_shown(page) == ["2"]
    expect(page.locator("#column")).to_be_focused()

    page.get_by_role("button", name="Show the rows of note, any pattern").click()

    assert keys_shown(page) == ["20"]


def test_the_theme_follows_the_system_and_can_be_switched(opened: Open, context):
    one = opened(rich())
    ground = "getComputedStyle(document.body).backgroundColor"
    light = one.page.evaluate(ground)

    one.page.click("#theme")
    dark = one.page.evaluate(ground)
    one.page.emulate_media(color_scheme="dark")
    one.page.reload()
    one.asked_for.pop()

    assert light != dark
    assert one.page.evaluate(ground) == dark
    expect(one.page.locator("#theme")).to_have_text("Light")


def test_the_rule_is_copied_as_it_is_to_be_typed(opened: Open):
    page = opened(rich()).page
    page.locator(".reason summary").click()

    page.get_by_role("button", name="Copy the command line option").click()
    expect(page.locator("#said")).to_have_text("Copied.")
    command = page.evaluate(COPIED)
    page.get_by_role("button", name="Copy the YAML option").click()
    expect(page.locator("#said")).to_have_text("Copied.")

    assert command == "--rule note:empty_is_null"
    assert page.evaluate(COPIED) == "rules:\n  note:\n    empty_is_null: true\n"


def test_what_is_copied_as_csv_is_what_the_csv_of_the_bundle_has(opened: Open):
    one = opened(rich())

    one.page.click("#csv")
    expect(one.page.locator("#said")).to_have_text("Copied 6 rows as CSV.")

    assert one.page.evaluate(COPIED) == one.text_of("mismatches.csv")


def test_the_copied_rows_are_the_ones_that_were_found(opened: Open):
    page = opened(seven_rows()).page

    page.fill("#search", "700")
    page.click("#csv")
    expect(page.locator("#said")).to_have_text("Copied 1 row as CSV.")

    assert page.evaluate(COPIED).splitlines()[1:] == ["7,mismatched,amount,7,700,1,7,,"]


def test_a_copied_value_that_is_cut_is_told(opened: Open):
    long = "x" * 700
    found = result(RowCounts(mismatched=1), differences=(mismatch("1", ("a", long, long + "y")),))
    page = opened(found).page

    page.click("#csv")

    expect(page.locator("#said")).to_contain_text("Long values are cut as on the page (2)")


def test_the_keyboard_is_enough(opened: Open):
    page = opened(seven_rows(), rows_per_page=3).page

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#row-2")).to_be_focused()
    page.keyboard.press("n")
    assert keys_shown(page) == ["4", "5", "6"]
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("jkn700")
    expect(page.locator("#search")).to_have_value("jkn700")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_keys_can_be_switched_off(opened: Open):
    page = opened(seven_rows(), rows_per_page=3).page
    page.locator("#keys").uncheck()

    page.keyboard.press("n")

    assert keys_shown(page) == ["1", "2", "3"]


def test_a_link_leads_to_its_row_wherever_it_is(opened: Open):
    page = opened(seven_rows(), rows_per_page=3, at="#row-5").page

    expect(page.locator("#row-5")).to_be_focused()
    expect(page.locator("#row-5")).to_have_class(re.compile("linked"))
    assert keys_shown(page) == ["4", "5", "6"]

    page.fill("#search", "700")
    page.evaluate("location.hash = '#row-2'")
    expect(page.locator("#row-2")).to_be_in_viewport()
    expect(page.locator("#search")).to_have_value("")


@pytest.mark.parametrize("hash_", ["#row-0", "#row-99", "#row-<img>", "#nothing", "#row-1e3"])
def test_a_link_to_nowhere_shows_the_page(opened: Open, hash_):
    page = opened(seven_rows(), at=hash_).page

    expect(page.locator("#position")).to_have_text("Rows 1 to 7 of 7")


def test_the_page_prints_its_summary_on_one_sheet_of_a4(opened: Open):
    one = opened(rich())

    printed = one.page.pdf(prefer_css_page_size=True, print_background=True)
    one.page.emulate_media(media="print")
    one.page.set_viewport_size({"width": 688, "height": 900})

    assert printed.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    end = one.page.evaluate("document.querySelector('[aria-labelledby=what]').getBoundingClientRect().bottom")
    assert end < 1000  # pixels between the margins of a sheet
    expect(one.page.locator(".tools")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_nothing_has_to_be_moved_sideways(opened: Open, width):
    row = dict.fromkeys(("id", *"abcdefgh"), "value " * 3)
    found = result(
        RowCounts(mismatched=1, source_only=1),
        differences=(
            mismatch("k" * 80, ("a_very_long_name_of_a_column_" * 3, "x" * 300, "y" * 300)),
            one_sided(DifferenceKind.SOURCE_ONLY, row, 2),
        ),
        mismatch_by_column={"a_very_long_name_of_a_column_" * 3: 1},
    )
    page = opened(found).page
    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_history_of_the_test_is_drawn(opened: Open):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    past = [
        PastScore(when=start + timedelta(days=day), score=90 + day, verdict=verdict)
        for day, verdict in enumerate(["failed", "unproven", "passed"])
    ]
    page = opened(rich(), history=past).page

    picture = page.get_by_role("img", name="Match score of this test over time")

    expect(picture).to_be_visible()
    expect(picture.locator(".mark")).to_have_count(3)
    expect(picture.locator("desc")).to_contain_text("3 runs from 2026-01-01 to 2026-01-03, 1 passed")
