"""What a report tells of accepted differences, in every format."""

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from smoke_pipeline.comparison.result import HeldToBaseline, RowCounts, Verdict
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.report.formats.short_text import MOST_CHARACTERS, summary_text
from smoke_pipeline.report.summary import as_text
from smoke_pipeline.report.words.advice import advice_on
from smoke_pipeline.report.words.sentence import main_sentence
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.drawn import results
from smoke_pipeline_tests.report.results import result, rich

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/summary-1.schema.json").read_text())
SPITEFUL = "</p><script>alert(1)</script> **x** | \u202e"


def held(**more):
    given = {"accepted_by": "anna", "accepted_at": "2026-03-01", "reason": "rounded since March"}
    return HeldToBaseline(**{**given, **more})


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        (held(accepted=121), "121 differences accepted by anna on 2026-03-01 (rounded since March)."),
        (held(accepted=1), "1 difference accepted by anna on 2026-03-01 (rounded since March)."),
        (
            held(accepted=2, new=1, gone=1200),
            "2 differences accepted by anna on 2026-03-01 (rounded since March); 1 new; 1,200 gone.",
        ),
        (
            held(not_held_because="The key is not the same."),
            "The key is not the same. It was accepted by anna on 2026-03-01 (rounded since March).",
        ),
    ],
)
def test_one_sentence_tells_who_accepted_what(baseline, words):
    assert baseline.sentence == words


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_can_tell_of_accepted_differences(name, tmp_path):
    found = replace(rich(), baseline=held(accepted=3, gone=1, reason=SPITEFUL))

    bundle = write_bundle(found, tmp_path, name="r", settings=ReportSettings(formats=("json", name)))

    with ZipFile(bundle.zip_path) as written:
        text = written.read(FORMATS[name].member).decode("utf-8", "replace")
        Draft202012Validator(SCHEMA).validate(json.loads(written.read("summary.json")))
    if name in {"html", "md", "json"}:
        assert "3 differences accepted by anna" in text
    if name == "html":
        assert "<script>alert(1)" not in text


@given(found=results(), accepted=st.integers(0, 9), new=st.integers(0, 9))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_result_with_a_new_difference_never_passes_and_the_words_are_those_of_the_verdict(
    found, accepted, new
):
    judged = replace(found, baseline=held(accepted=accepted, new=new))

    assert judged.counts == found.counts
    assert judged.match_score == found.match_score
    if new:
        assert judged.verdict is Verdict.FAILED
    elif judged.unproven_because:
        assert judged.verdict is Verdict.UNPROVEN
    else:
        assert judged.verdict is Verdict.PASSED
    assert as_text(judged).startswith(judged.verdict.upper())
    assert f"{judged.verdict}: {accepted:,} difference" in as_text(judged)
    assert len(summary_text(judged)) <= MOST_CHARACTERS


@given(found=results())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_baseline_that_does_not_hold_changes_no_verdict(found):
    judged = replace(found, baseline=held(not_held_because="The key is not the same."))

    assert judged.verdict is found.verdict
    assert "The key is not the same." in main_sentence(judged)


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        (None, "Look at the differing rows: what they have in common is not known."),
        (held(accepted=1), "Nothing to do: every difference was accepted."),
    ],
)
def test_where_rows_differ_nobody_is_told_that_they_agree(baseline, words):
    found = replace(result(RowCounts(matched=3, mismatched=1)), baseline=baseline)

    assert [one.text for one in advice_on(found)] == [words]


def test_what_to_do_about_new_and_gone_differences_is_said():
    advice = [one.text for one in advice_on(replace(rich(), baseline=held(accepted=1, new=2, gone=1)))]

    assert "2 differences are new since anna accepted some on 2026-03-01: look at them first." in advice
    assert "1 accepted difference is gone: accept again, so that it cannot come back unseen." in advice
