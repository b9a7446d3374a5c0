import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from smoke_pipeline.comparison.result import ComparedColumns, KeyMode, RowCounts
from smoke_pipeline.report.summary import (
    as_json,
    as_markdown,
    as_text,
    explanation_as_markdown,
    rating,
    run_facts,
    shown_score,
    summarise,
)
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.results import result, rich

SECTION_8 = [
    "verdict",
    "match_score",
    "rows_source",
    "rows_target",
    "matched",
    "mismatched",
    "source_only",
    "target_only",
    "duplicates",
    "mismatch_by_column",
    "equal_under_rule",
    "patterns",
    "key",
    "key_mode",
    "columns",
    "passed",
    "threshold",
    "elapsed_s",
    "peak_memory_mb",
    "report",
]


def test_a_bank_statement_that_gained_five_thousand_rows_is_good_at_96_08():
    found = result(RowCounts(matched=122_500, source_only=2_500, target_only=5_000), threshold=Decimal(95))

    summary = summarise(found)

    assert (summary["rows_source"], summary["rows_target"]) == (125_000, 127_500)
    assert summary["match_score"] == 100 * 122_500 / 127_500
    assert shown_score(found.counts) == "96.08"
    assert summary["rating"] == {"name": "Good", "color": "yellow"}
    assert summary["verdict"] == "passed"


@pytest.mark.parametrize(
    ("matched", "missing", "shown"),
    [
        pytest.param(0, 0, "100.00", id="both sides empty"),
        pytest.param(10**9, 0, "100.00", id="every row"),
        pytest.param(10**9, 1, "99.99", id="one row short of a billion"),
        pytest.param(9_999, 1, "99.99", id="exactly 99.99"),
        pytest.param(0, 5, "0.00", id="no row"),
        pytest.param(2, 1, "66.67", id="rounded up"),
    ],
)
def test_a_score_is_shown_as_100_only_where_every_row_matched(matched, missing, shown):
    assert shown_score(RowCounts(matched=matched, source_only=missing)) == shown


@pytest.mark.parametrize(
    ("matched", "name", "color"),
    [
        pytest.param(100_000, "Excellent", "green", id="100"),
        pytest.param(99_000, "Excellent", "green", id="exactly 99"),
        pytest.param(98_999, "Good", "yellow", id="shown as 99.00"),
        pytest.param(95_000, "Good", "yellow", id="exactly 95"),
        pytest.param(94_999, "Warning", "orange", id="shown as 95.00"),
        pytest.param(80_000, "Warning", "orange", id="exactly 80"),
        pytest.param(79_999, "Critical", "red", id="shown as 80.00"),
    ],
)
def test_the_rating_is_that_of_the_exact_score(matched, name, color):
    found = rating(result(RowCounts(matched=matched, mismatched=100_000 - matched)))

    assert (found.name, found.color) == (name, color)


def test_the_limits_of_the_ratings_can_be_set():
    found = result(RowCounts(matched=9, mismatched=1))

    assert rating(found, ReportSettings(excellent=Decimal(90))).name == "Excellent"


def test_the_json_of_the_command_line_has_every_field_that_was_promised_first():
    printed = as_json(rich(), Path("out/report.zip"))

    assert list(printed)[: len(SECTION_8)] == SECTION_8
    assert printed["report"] == "out/report.zip"
    assert (printed["elapsed_s"], printed["peak_memory_mb"]) == (1.25, 180.5)
    assert list(printed["columns"])[:3] == ["compared", "only_source", "only_target"]


def test_the_summary_holds_nothing_that_changes_from_run_to_run():
    volatile = set(as_json(rich(), None)) - set(summarise(rich()))

    assert volatile == {"elapsed_s", "peak_memory_mb", "report", "engine"}


def test_the_summary_of_a_rich_result_is_as_agreed(golden):
    golden("summary.json", (json.dumps(summarise(rich()), indent=2, ensure_ascii=False) + "\n").encode())


def test_the_words_on_the_terminal_are_as_agreed(golden):
    golden("summary.txt", as_text(rich(), Path("out/report.zip")).encode())


def test_the_words_on_the_page_of_dagster_are_as_agreed(golden):
    golden("summary.md", as_markdown(rich()).encode())
    golden("explanation.md", explanation_as_markdown(rich()).encode())


def test_what_is_unproven_says_why():
    found = result(unproven_because="The target has not changed since the source was taken.")

    assert as_text(found).startswith("UNPROVEN")
    assert "has not changed since" in as_text(found)
    assert "has not changed since" in as_markdown(found)
    assert summarise(found)["verdict"] == "unproven"
    assert summarise(found)["passed"] is False


def test_whole_rows_are_said_to_be_compared_where_there_is_no_key():
    assert "key     none" in as_text(result(key=(), key_mode=KeyMode.NONE))


def test_a_column_name_cannot_steer_the_terminal():
    name = "amount\x1b[2J\r\n"

    text = as_text(result(mismatch_by_column={name: 1}))

    assert "amount<U+001B>[2J<U+000D><U+000A>" in text
    assert "\x1b" not in text


def test_a_column_name_cannot_become_markup_in_dagster():
    name = "a|b<img src=x>`*"

    assert r"a\|b\<img src=x\>\`\*" in as_markdown(result(mismatch_by_column={name: 1}))


def test_an_ignored_column_is_named_in_every_form():
    found = result(columns=ComparedColumns(compared=("id",), ignored=("loaded_by",)))

    assert "loaded_by" in as_text(found)
    assert r"loaded\_by" in as_markdown(found)
    assert summarise(found)["columns"]["ignored"] == ["loaded_by"]


def test_the_facts_of_the_run_name_the_engine_and_the_time():
    facts = run_facts(rich(), written_at=datetime(2026, 1, 2, tzinfo=UTC))

    assert facts["written_at"] == "2026-01-02T00:00:00+00:00"
    assert facts["engine"]["judged_cells"] == 12
    assert facts["smoke_pipeline"]
