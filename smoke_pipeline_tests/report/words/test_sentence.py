from decimal import Decimal

import pytest

from smoke_pipeline.comparison.result import RowCounts
from smoke_pipeline.report.words.sentence import main_sentence
from smoke_pipeline_tests.report.results import result


@pytest.mark.parametrize(
    ("counts", "threshold", "sentence"),
    [
        (
            RowCounts(matched=122_500, source_only=2_500, target_only=5_000),
            95,
            "122,500 of 127,500 rows agree (96.08 %), 2,500 are only in the source and 5,000 are only in the "
            "target; the score reaches the threshold of 95 %.",
        ),
        (RowCounts(matched=3), 100, "All 3 rows agree; the score reaches the threshold of 100 %."),
        (RowCounts(matched=1), 100, "The only row agrees; the score reaches the threshold of 100 %."),
        (
            RowCounts(matched=1, mismatched=1),
            100,
            "1 of 2 rows agrees (50.00 %), 1 differs; the score stays below the threshold of 100 %.",
        ),
        (
            RowCounts(matched=99_999, mismatched=1),
            Decimal("99.5"),
            "99,999 of 100,000 rows agree (99.99 %), 1 differs; the score reaches the threshold of 99.5 %.",
        ),
        (RowCounts(), 100, "Both sides are empty, so nothing was compared but their columns."),
    ],
)
def test_the_sentence_tells_what_came_out(counts, threshold, sentence):
    found = result(counts, threshold=Decimal(threshold))

    assert main_sentence(found).replace("\u00a0", " ") == sentence


def test_what_a_rule_forgave_is_told():
    found = result(RowCounts(matched=3), equal_under_rule={"note": {"trim": 2}})

    assert main_sentence(found).startswith("All 3 rows agree, 2 cells of them only under a rule;")


def test_what_proves_nothing_says_so():
    found = result(RowCounts(matched=3), unproven_because="Both sides were read from one place.")

    assert main_sentence(found) == "All 3 rows agree, which proves nothing here."
