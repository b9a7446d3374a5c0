"""What is claimed of a session, and when it holds."""

from decimal import Decimal

import pytest

from smoke_pipeline.comparison.result import ComparedColumns, RowCounts, SideCounts
from smoke_pipeline.errors import ColumnsDifferError
from smoke_pipeline.smoke_test.results.claims import (
    claims_of,
    columns_differ,
    snapshot_is_sane,
    target_changed,
)
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.report.results import manifest, result


def named(found):
    return {claim.name: claim for claim in claims_of(found)}


def test_of_two_equal_sides_every_claim_holds():
    assert all(claim.holds for claim in claims_of(result()))


@pytest.mark.parametrize(
    ("found", "fallen"),
    [
        pytest.param(
            result(RowCounts(matched=3, mismatched=1)), {"match_score_reaches_threshold"}, id="mismatch"
        ),
        pytest.param(
            result(RowCounts(matched=3, target_only=1), threshold=Decimal(50)),
            {"row_counts_match"},
            id="more rows in the target",
        ),
        pytest.param(
            result(duplicates=SideCounts(target=2)), {"no_duplicate_keys"}, id="repeated keys in the target"
        ),
        pytest.param(
            result(columns=ComparedColumns(compared=("id",), only_source=("old",))),
            {"columns_match"},
            id="only common columns compared",
        ),
        pytest.param(
            result(unproven_because="It did not change."), {"match_score_reaches_threshold"}, id="unproven"
        ),
    ],
)
def test_a_claim_falls_for_its_own_reason_alone(found, fallen):
    assert {name for name, claim in named(found).items() if not claim.holds} == fallen


def test_the_score_and_the_threshold_are_facts_to_plot():
    claim = named(result(RowCounts(matched=3, mismatched=1), threshold=Decimal("99.5")))[
        "match_score_reaches_threshold"
    ]

    assert claim.facts == {"match_score": 75.0, "threshold": 99.5, "verdict": "failed"}
    assert claim.because == "75.00 does not reach the threshold 99.5."


def test_why_nothing_is_proven_stands_beside_the_score():
    claim = named(result(unproven_because="It did not change."))["match_score_reaches_threshold"]

    assert claim.because == "100.00 reaches the threshold 100. It did not change."


@pytest.mark.parametrize(
    ("rows", "found", "holds", "is_grave"),
    [(3, 3, True, False), (0, 0, False, False), (3, 2, False, True), (3, 0, False, True)],
)
def test_a_snapshot_is_sane_if_all_its_rows_are_there_and_there_are_some(rows, found, holds, is_grave):
    claim = snapshot_is_sane(manifest(Side.SOURCE, rows), rows_found=found)

    assert (claim.holds, claim.is_grave) == (holds, is_grave)


def test_columns_that_differ_fell_with_the_sentence_of_the_error():
    claim = columns_differ(ColumnsDifferError("Only the source has 'a'."))

    assert (claim.name, claim.holds, claim.because) == ("columns_match", False, "Only the source has 'a'.")


def test_a_target_changed_unless_there_is_a_reason():
    assert target_changed(None).holds
    assert not target_changed("It did not change.").holds
