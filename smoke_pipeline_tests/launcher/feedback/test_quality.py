"""A report is worth something if somebody else can do something with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.launcher.feedback.quality import ENOUGH, quality_of

GOOD = {
    "bug": "Steps:\n1. start_smoke_test\n2. compare_csv_files\nExpected a score of 100, got 0, no error.",
    "idea": "I need it because our tables have no key; it should take all columns, as in key_columns=[*].",
    "question": "I read the page on rules and found none. Which one forgives a trailing blank in a name?",
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_report_has_all_points(kind):
    found = quality_of("Rows are counted twice with renames", GOOD[kind], kind)

    assert (found.score, found.improvements) == (100, ())


@pytest.mark.parametrize("kind", GOOD)
def test_a_poor_report_is_told_everything_that_it_lacks(kind):
    found = quality_of("broken", "", kind)

    assert found.score < ENOUGH
    assert len(found.improvements) == len(set(found.improvements)) >= 5


@pytest.mark.parametrize(
    ("missing", "advice"),
    [("1. start_smoke_test\n2. compare_csv_files\n", "steps"), ("Expected", "expected"), ("Steps:", None)],
)
def test_each_advice_is_for_what_is_missing(missing, advice):
    body = GOOD["bug"].replace("Steps:\n", "") if missing != "Steps:" else GOOD["bug"]

    found = quality_of("Rows are counted twice with renames", body.replace(missing, ""), "bug")

    assert any(advice in one for one in found.improvements) if advice else not found.improvements


@given(st.text(max_size=120), st.text(max_size=300), st.sampled_from(sorted(GOOD)))
def test_a_score_is_full_exactly_where_nothing_is_advised(title, body, kind):
    found = quality_of(title, body, kind)

    assert 0 <= found.score <= 100
    assert (found.score == 100) is (not found.improvements)
