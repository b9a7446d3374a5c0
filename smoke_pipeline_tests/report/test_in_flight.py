"""What a second look at the differing rows found, in words."""

from dataclasses import replace

import pytest

from smoke_pipeline.comparison.result import Recheck
from smoke_pipeline.report.in_flight import recheck_facts, recheck_rows, recheck_sentence
from smoke_pipeline.report.summary import as_markdown, as_text, summarise
from smoke_pipeline_tests.report.results import rich

FOUND = Recheck(waited_s=60, keys=3, mismatched=1, target_only=1, not_rechecked=2)


def with_recheck(recheck):
    return replace(rich(), recheck=recheck)


@pytest.mark.parametrize(
    ("recheck", "sentence"),
    [
        (None, ""),
        (Recheck(waited_s=0), ""),
        (
            Recheck(waited_s=1.5, keys=2),
            "Read again after 1.5 s, no row that differed agrees: none was in flight.",
        ),
        (
            Recheck(waited_s=60, not_rechecked=6, impossible_because="There is no table 't'."),
            "The differing rows were not read again. There is no table 't'.",
        ),
        (
            replace(FOUND, target_only=0),
            "Read again after 60 s, 1 differing row agrees now, of 4 looked at again: in flight when they "
            "were compared, and still counted as differing. Compare again when the tables are at rest.",
        ),
        (
            FOUND,
            "Read again after 60 s, 2 rows agree now, of 4 looked at again: in flight when they were "
            "compared, and still counted as differing. Compare again when the tables are at rest.",
        ),
    ],
    ids=["not asked for", "nothing differed", "none", "impossible", "one", "several"],
)
def test_a_sentence_says_what_it_means(recheck, sentence):
    result = with_recheck(recheck)
    looked_at = result.difference_count - (recheck.not_rechecked if recheck else 0)

    assert recheck_sentence(result) == sentence.replace("of 4", f"of {looked_at}")


def test_counts_are_told_where_there_are_any():
    assert recheck_rows(with_recheck(FOUND)) == [
        ("keys read again", "3"),
        ("in flight: mismatched", "1"),
        ("in flight: source-only", "0"),
        ("in flight: target-only", "1"),
        ("not rechecked", "2"),
    ]
    assert recheck_rows(with_recheck(None)) == []
    assert recheck_rows(with_recheck(replace(FOUND, impossible_because="So."))) == []


def test_every_answer_tells_of_it():
    result = with_recheck(FOUND)

    assert "in flight: mismatched" in as_text(result)
    assert "in flight: mismatched" in as_markdown(result)
    assert summarise(result)["recheck"] == recheck_facts(FOUND)
    assert recheck_facts(None) is None


def test_what_is_said_of_the_rest_does_not_change():
    plain, labelled = summarise(rich()), summarise(with_recheck(FOUND))

    assert {**labelled, "recheck": None} == plain
