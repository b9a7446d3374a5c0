"""What Dagster's page shows of a comparison and of a report."""

import json
from pathlib import Path

import dagster as dg
import pytest

from smoke_pipeline.defs.metadata import LONGEST, MOST_LINES, of_comparison, of_report
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.smoke_test.steps import PublishedReport
from smoke_pipeline_tests.report.hostile import HOSTILE, hostile
from smoke_pipeline_tests.report.results import mismatch, result, rich

SETTINGS = ReportSettings()


def report_of(found, folder: Path):
    bundle = folder / "comparison_x.zip"
    bundle.write_bytes(b"x" * 2_000_000)
    published = PublishedReport(zip_path=bundle, members=("report.html", "run.json"), result=found)
    return of_report(published, "http://127.0.0.1:3001/reports/x/report.html", SETTINGS)


def test_the_report_leads_to_its_page_and_tells_all_at_a_glance(tmp_path):
    found = report_of(rich(), tmp_path)

    assert found["report"] == dg.MetadataValue.url("http://127.0.0.1:3001/reports/x/report.html")
    assert (found["verdict"], found["rating"], found["match_score"]) == ("failed", "Good", 95.0)
    assert (found["mismatched"], found["source_only"], found["target_only"]) == (3, 1, 2)
    assert (found["differing_rows"], found["differing_rows_kept"]) == (6, 6)
    assert (found["holds"], found["size_mb"]) == ("report.html, run.json", 2.0)
    assert "95 of 100 rows agree" in found["summary"].md_str
    assert "**FAILED** match score **95.00**" in found["summary"].md_str


def test_the_first_differences_are_a_table(tmp_path):
    (first, *_) = report_of(rich(), tmp_path)["first_differences"].records

    assert first.data == {
        "key": "NULL",
        "difference": "mismatched",
        "column": "amount",
        "source": "1.50",
        "target": "-1.50",
    }


def test_a_report_without_differences_has_no_table(tmp_path):
    assert "first_differences" not in report_of(result(), tmp_path)


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(value[:12]) for value in HOSTILE])
def test_what_dagster_keeps_is_small_and_can_be_kept(tmp_path, value):
    rows = tuple(mismatch(f"{value}{n}", *[(f"{c}", value, None) for c in range(30)]) for n in range(99))
    many = report_of(result(differences=rows), tmp_path)
    lines = many["first_differences"].records

    assert len(lines) == MOST_LINES
    assert all(len(text) <= 8 * LONGEST for line in lines for text in line.data.values())
    events = dg.AssetMaterialization("a", metadata={**report_of(hostile(value), tmp_path), **many})
    assert dg.serialize_value(events)


def test_the_numbers_of_a_comparison_can_be_plotted():
    found = of_comparison(rich(), SETTINGS)

    assert (found["mismatched_cells"], found["columns_that_differ"]) == (4, 2)
    assert json.dumps([found[name] for name in ("match_score", "threshold", "matched", "duplicates_source")])


def test_the_table_of_columns_names_the_kinds_of_difference():
    by_column = of_comparison(rich(), SETTINGS)["by_column"].records

    assert by_column[0].data == {
        "column": "amount",
        "mismatched": 2,
        "patterns": "scaled 1, sign 1",
        "equal_under_rule": 3,
    }
