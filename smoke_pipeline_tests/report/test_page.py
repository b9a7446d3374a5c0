import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from smoke_pipeline.comparison.result import (
    ComparedColumns,
    ComparisonResult,
    DifferenceKind,
    DuplicateGroup,
    EngineFacts,
    KeyEvidence,
    KeyMode,
    Proposal,
    Recheck,
    RowCounts,
)
from smoke_pipeline.readers.reading import LeftOut, Reading
from smoke_pipeline.report.details import details_of
from smoke_pipeline.report.page import write_page
from smoke_pipeline.report.why import TIERS, reasons_of
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.left_out import notes_on
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.report.results import cluster, manifest, mismatch, one_sided, result, rich

EVIL = "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\" ' {{ 7 * 7 }} ]]>"


def page(found: ComparisonResult, **settings) -> str:
    buffer = io.StringIO()
    write_page(found, buffer, ReportSettings(**settings))
    return buffer.getvalue()


def words(html: str) -> str:
    """What a reader sees, white space folded."""
    collected: list[str] = []
    parser = HTMLParser()
    parser.handle_data = collected.append
    parser.handle_starttag = lambda tag, _: collected.append(" " if tag in ("dd", "p", "h3", "li") else "")
    parser.feed(re.sub(r"<(style|script)\b[^>]*>.*?</\1>", "", html, flags=re.DOTALL))
    return " ".join("".join(collected).split())


def tags(html: str) -> list[str]:
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append(tag)
    parser.feed(html)
    return found


def evil() -> ComparisonResult:
    """Harmful text wherever a page shows what others wrote."""
    row = {"id": EVIL, EVIL: EVIL}
    return result(
        RowCounts(matched=1, mismatched=1, source_only=1, target_only=1),
        source=manifest(Side.SOURCE, 3, origin=EVIL, columns=(EVIL,)),
        target=manifest(Side.TARGET, 3, origin=EVIL, columns=(EVIL,)),
        columns=ComparedColumns(
            compared=(EVIL,),
            only_source=(EVIL,),
            only_target=(EVIL,),
            ignored=(EVIL,),
            renamed={EVIL: EVIL},
            likely_renames={EVIL: EVIL},
            empty_is_null=(EVIL,),
        ),
        key=(EVIL,),
        key_mode=KeyMode.AUTO,
        key_evidence=KeyEvidence(columns=(EVIL,), common_keys=1, reason=EVIL),
        unproven_because=EVIL,
        duplicate_groups=(DuplicateGroup(key=(EVIL,), source_count=2, target_count=1),),
        duplicate_group_count=1,
        mismatch_by_column={EVIL: 1},
        equal_under_rule={EVIL: {EVIL: 1}},
        patterns={EVIL: {EVIL: 1}},
        explanation=(
            cluster(
                EVIL,
                EVIL,
                cells=1,
                of=1,
                example=(EVIL, EVIL + "x"),
                shared=EVIL,
                proposal=Proposal(cells=1, flags=("--rule", EVIL), options={EVIL: {EVIL: [EVIL]}}),
            ),
        ),
        recheck=Recheck(waited_s=1, impossible_because=EVIL),
        engine=EngineFacts(tier=EVIL, fallback=EVIL),
        differences=(
            mismatch(EVIL, (EVIL, EVIL, EVIL)),
            one_sided(DifferenceKind.SOURCE_ONLY, row, 2),
            one_sided(DifferenceKind.TARGET_ONLY, row, 2),
        ),
    )


def test_the_page_of_a_rich_result_is_as_agreed(golden):
    golden("report.html", page(rich()).encode())


def test_the_page_names_verdict_score_rating_and_counts():
    shown = words(page(rich()))

    assert "Failed" in shown
    assert "95.00 % Good" in shown
    assert "matched 95 the same on both sides" in shown
    assert "target-only 2 only in the target" in shown


@pytest.mark.parametrize(
    "fact",
    ["exports/target.zip", "inner/target.tsv", "windows-1252", "5,432,100 bytes", "cd" * 32, "delimiter tab"],
)
def test_the_page_says_what_was_compared(fact):
    assert fact in words(page(rich()))


def test_no_text_of_the_data_becomes_markup():
    html = page(evil())

    assert tags(html).count("script") == 2
    assert "img" not in tags(html)
    assert "<script>alert" not in html
    assert "49" not in words(html)
    assert words(html).count("alert(1)") >= 20


def test_only_the_script_that_the_page_brings_may_run():
    html = page(rich())

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)

    assert policy
    assert "default-src 'none'; script-src 'sha256-" in policy[1]
    assert "unsafe" not in policy[1]


def test_the_page_loads_nothing_from_elsewhere():
    html = page(rich())

    assert not re.search(r"\bsrc\s*=|@import|https?://", html)
    assert {found[0] for found in re.findall(r"(?:href=\"|url\()(.)", html)} == {"#"}


def test_what_was_cut_is_said():
    counts = RowCounts(mismatched=1_234)
    differences = tuple(mismatch(str(number), ("a", "1", "2")) for number in range(20))

    shown = words(page(result(counts, differences=differences), max_rows_in_report=7))

    assert "Shown are the first 7 of 1,234 differing rows" in shown
    assert "mismatches.csv holds the first 20" in shown


def test_no_row_may_be_shown_at_all():
    found = result(RowCounts(mismatched=3), differences=(mismatch("1", ("a", "1", "2")),))

    html = page(found, max_rows_in_report=0)

    assert "Shown are the first 0 of 3 differing rows" in words(html)
    assert "<table id=" not in html


def test_null_the_empty_text_and_the_word_null_look_different():
    found = result(RowCounts(mismatched=1), differences=(mismatch("1", ("a", None, ""), ("b", "NULL", "x")),))

    html = page(found)

    assert '<i class="nothing">NULL</i>' in html
    assert '<i class="nothing">empty text</i>' in html
    assert '<bdi class="value"><mark>NULL</mark></bdi>' in html


def test_a_character_that_cannot_be_seen_is_named():
    found = result(RowCounts(mismatched=1), differences=(mismatch("1", ("a", "x\u00a0y", "x\u202ey")),))

    shown = words(page(found))

    assert "xNBSPy" in shown
    assert "xU+202Ey" in shown


def test_the_first_difference_of_two_long_values_is_on_the_page():
    start = "a" * 5_000
    found = result(
        RowCounts(mismatched=1), differences=(mismatch("1", ("a", start + "b" + start, start + "c")),)
    )

    html = page(found)

    assert "4,920 equal characters before" in words(html)
    assert f"{'a' * 80}b" in html
    assert f"{'a' * 80}c" in html
    assert len(html) < 45_000


def test_identical_sides_have_a_page_without_tables():
    shown = words(page(result(RowCounts(matched=5))))

    assert "No row differs." in shown
    assert "100.00 % Excellent" in shown


def test_a_table_that_lost_and_won_rows_is_told_in_one_glance():
    counts = RowCounts(matched=122_500, source_only=2_500, target_only=5_000)

    shown = words(page(result(counts, threshold=Decimal(95))))

    assert "Passed" in shown
    assert "96.08 % Good threshold 95 %" in shown
    assert "2,500 rows are only in the source: confirm that the ETL was meant to delete them." in shown
    assert "5,000 rows are only in the target: confirm that the ETL was meant to add them." in shown


@pytest.mark.parametrize(
    ("matched", "rating"),
    [(990, "Excellent"), (989, "Good"), (950, "Good"), (949, "Warning"), (800, "Warning"), (799, "Critical")],
)
def test_the_rating_follows_the_settings(matched, rating):
    counts = RowCounts(matched=matched, mismatched=1000 - matched)

    assert f"{matched / 10:.2f} % {rating} threshold" in words(page(result(counts)))
    assert "% Excellent threshold" in words(page(result(counts), excellent=10, good=10, warning=10))


def test_a_cell_has_its_pattern_where_the_comparison_found_one():
    rows = (mismatch("1", ("a", "1", "x"), ("b", "x", "1"), ("c", "5", "-5")),)
    known = {"a": {"swapped": 1}, "b": {"swapped": 1}}

    details = details_of(result(RowCounts(mismatched=1), differences=rows, patterns=known), ReportSettings())

    assert [cell.pattern for cell in details.first[0].cells] == ["swapped", "swapped", None]
    assert details.patterns == ("swapped",)


@pytest.mark.parametrize("rows_per_page", [1, 2, 100])
def test_the_first_leaf_is_in_the_page_itself(rows_per_page):
    html = page(rich(), rows_per_page=rows_per_page)

    assert html.count("<tbody id=") == min(rows_per_page, 6)
    assert len(json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])["rows"]) == 6


def test_every_count_of_a_reason_and_its_option_are_told():
    shown = words(page(rich()))

    assert "1 of 2 differences is null_empty." in shown
    assert "An option would make this cell equal" in shown
    assert "--rule note:empty_is_null" in shown
    assert "rules: note: empty_is_null: true" in shown


def test_what_was_forgiven_is_counted_by_rule():
    shown = words(page(rich()))

    assert "trim 4 cells of städte (4)" in shown
    assert "abs_tol 3 cells of amount (3)" in shown


@pytest.mark.parametrize("tier", ["byte", "raw", "parsed", "spark", "pushdown"])
def test_every_way_of_comparing_is_put_into_words(tier):
    html = words(page(result(engine=EngineFacts(tier=tier, fallback="The files differ."))))

    assert TIERS[tier] in html
    assert "Why no quicker way The files differ." in html


@pytest.mark.parametrize(
    ("formats", "words_of_it"),
    [
        (["html", "csv"], "mismatches.csv holds the first 20."),
        (["html", "parquet"], "mismatches.parquet holds the first 20."),
        (["html"], "The formats csv and parquet of the report hold the first 20."),
    ],
)
def test_where_the_rest_is_depends_on_what_the_bundle_holds(formats, words_of_it):
    differences = tuple(mismatch(str(number), ("a", "1", "2")) for number in range(20))
    found = result(RowCounts(mismatched=1_234), differences=differences)

    shown = words(page(found, max_rows_in_report=7, formats=formats))

    assert words_of_it in shown
    assert "To have all of them, compare with --all-mismatches." in shown
    assert ("mismatches.csv" in shown) == ("csv" in formats)
    assert "summary.json" not in shown


def test_what_proves_nothing_is_not_called_excellent():
    shown = words(page(result(RowCounts(matched=3), unproven_because="Both sides were read from one place.")))

    assert "100.00 % Proves nothing threshold" in shown
    assert "Excellent" not in shown


def test_a_reason_has_several_examples_where_they_differ():
    rows = tuple(
        mismatch(str(at), ("amount", value, f"{value}00"))
        for at, value in enumerate(["1", "22", "22", "333", "4"])
    )
    found = result(
        RowCounts(mismatched=5),
        differences=rows,
        patterns={"amount": {"scaled": 5}},
        explanation=(cluster("amount", "scaled", cells=5, of=5, example=("1", "100")),),
    )

    (reason,) = reasons_of(found, details_of(found, ReportSettings()).examples)

    assert [(source.text, target.text) for source, target in reason.examples] == [
        ("1", "100"),
        ("22", "2200"),
        ("333", "33300"),
    ]


def test_what_of_a_file_was_left_out_is_told():
    reading = Reading(padded_rows=2, footer=LeftOut(lines=1, sha256="ab" * 32, start="Total;7"))
    counts = RowCounts(matched=3)
    found = result(counts, target=replace(manifest(Side.TARGET, 3), reading=reading))

    shown = words(page(found))

    assert "How the sides were read" in shown
    for note in notes_on(found.source, found.target):
        assert note in shown
