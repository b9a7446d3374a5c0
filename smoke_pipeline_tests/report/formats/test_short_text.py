from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import ComparedColumns, Recheck, RowCounts, SideCounts
from smoke_pipeline.report.formats.short_text import MOST_CHARACTERS, summary_text
from smoke_pipeline_tests.report.hostile import HOSTILE, hostile
from smoke_pipeline_tests.report.results import result, rich


def test_it_tells_the_verdict_the_counts_and_the_columns():
    assert summary_text(rich()) == (
        "FAILED: match score 95.00 (threshold 99.5), Good. 99 source rows, 100 target rows: 95 matched, "
        "3 mismatched, 1 only in source, 2 only in target. Mismatched cells: amount 2, note 2. "
        "3 rows of repeated keys. 1 columns on one side alone."
    )


huge = st.integers(0, 10**15)


@given(
    st.builds(RowCounts, matched=huge, mismatched=huge, source_only=huge, target_only=huge),
    st.dictionaries(st.text(min_size=1), st.integers(1, 10**15), max_size=40),
    st.booleans(),
)
def test_it_is_always_short_and_always_complete(counts, columns, is_full):
    found = result(counts, mismatch_by_column=columns, threshold=Decimal("99.12345678901234567890"))
    if is_full:
        found = replace(
            found,
            unproven_because="x" * 1000,
            masked_columns=("card",),
            duplicates=SideCounts(source=10**15, target=10**15),
            recheck=Recheck(waited_s=1, keys=1, mismatched=10**15),
            columns=ComparedColumns(compared=("id",), only_source=tuple(f"c{n}" for n in range(999))),
        )

    text = summary_text(found)

    assert len(text) <= MOST_CHARACTERS < 500
    assert text.startswith(found.verdict.upper())
    for count in (counts.matched, counts.mismatched, counts.source_only, counts.target_only):
        assert f"{count:,}" in text
    if columns and not is_full:
        shown = text.partition("Mismatched cells: ")[2]
        assert shown.endswith("more columns.") or all(f"{count:,}" in shown for count in columns.values())


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(value[:12]) for value in HOSTILE])
def test_no_value_of_the_data_is_in_it(value):
    found = replace(hostile(value), mismatch_by_column={"amount": 1})

    assert value[:12] not in summary_text(found)


def test_a_name_of_a_column_cannot_steer_a_terminal():
    assert "\x1b" not in summary_text(result(mismatch_by_column={"\x1b[2J": 1}))
