import pytest

from smoke_pipeline.comparison.result import (
    ComparedColumns,
    KeyMode,
    Proposal,
    Recheck,
    RowCounts,
    SideCounts,
)
from smoke_pipeline.report.words.advice import MOST, advice_on
from smoke_pipeline_tests.report.results import cluster, result, rich

OPTION = Proposal(cells=2, flags=("--rule", "note:trim"), options={"rules": {"note": {"trim": True}}})


def texts(found) -> list[str]:
    return [advice.text for advice in advice_on(found)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"counts": RowCounts(matched=1, source_only=2_500)},
            "2,500 rows are only in the source: confirm that the ETL was meant to delete them.",
        ),
        (
            {"counts": RowCounts(matched=1, target_only=1)},
            "1 row is only in the target: confirm that the ETL was meant to add it.",
        ),
        ({"counts": RowCounts()}, "Both sides are empty"),
        ({"counts": RowCounts(source_only=3)}, "The target has no row at all"),
        ({"counts": RowCounts(target_only=3)}, "The source has no row at all"),
        ({"unproven_because": "One place."}, "There is no verdict: settle what is said under Unproven"),
        (
            {"counts": RowCounts(source_only=2, target_only=2), "key_mode": KeyMode.NONE, "key": ()},
            "name a key to see which cells changed",
        ),
        (
            {"counts": RowCounts(matched=10, mismatched=90), "mismatch_by_column": {"amount": 90}},
            "amount differs in most rows",
        ),
        (
            {"duplicate_group_count": 2, "duplicates": SideCounts(source=2)},
            "2 keys stand on several rows of a side",
        ),
        (
            {"columns": ComparedColumns(compared=("id",), only_source=("a",), likely_renames={"b": "a"})},
            "b in the target looks like a of the source",
        ),
        (
            {"columns": ComparedColumns(compared=("id",), only_target=("x", "y"))},
            "x and y are only in the target and took no part",
        ),
        ({"equal_under_rule": {"note": {"trim": 4}}}, "4 cells are equal only because of a rule"),
        (
            {"recheck": Recheck(waited_s=5, keys=3, mismatched=2)},
            "2 differing rows agreed a while later: compare again",
        ),
        (
            {"explanation": (cluster("amount", "scaled", cells=3, of=3, example=("1", "100")),)},
            "amount: 3 cells differ by a power of ten",
        ),
        (
            {
                "explanation": (
                    cluster("note", "white_space", cells=2, of=2, example=("a", "a "), proposal=OPTION),
                )
            },
            "note: 2 cells only look different. If that is meant, use the rules proposed under Why.",
        ),
    ],
)
def test_each_finding_has_its_advice(changes, words):
    assert any(words in text for text in texts(result(**changes)))


def test_where_nothing_is_to_be_done_that_is_said():
    assert texts(result(RowCounts(matched=3))) == ["Nothing to do: what was compared agrees."]


def test_nobody_reads_a_long_list():
    assert len(advice_on(rich())) == MOST


def test_a_change_of_value_is_not_called_a_way_of_writing():
    found = result(
        RowCounts(mismatched=2),
        explanation=(cluster("amount", "sign", cells=2, of=2, example=("1", "-1")),),
    )

    assert texts(found) == [
        "amount: 2 cells changed their sign: look for a debit and credit rule, or a reversed booking."
    ]
