"""What a second look at the differing rows found, in words."""

from typing import Any

from smoke_pipeline.comparison.result import ComparisonResult, Recheck


def recheck_facts(recheck: Recheck | None) -> dict[str, Any] | None:
    """What `summary.json` holds of a recheck; None where none was asked for."""
    if recheck is None:
        return None
    return {
        "waited_s": recheck.waited_s,
        "keys": recheck.keys,
        "in_flight": recheck.in_flight,
        "in_flight_mismatched": recheck.mismatched,
        "in_flight_source_only": recheck.source_only,
        "in_flight_target_only": recheck.target_only,
        "not_rechecked": recheck.not_rechecked,
        "impossible_because": recheck.impossible_because,
    }


def recheck_rows(result: ComparisonResult) -> list[tuple[str, str]]:
    """Names and counts; none where nothing was read again."""
    recheck = result.recheck
    if recheck is None or recheck.impossible_because or not recheck.keys:
        return []
    rows = [
        ("keys read again", f"{recheck.keys:,}"),
        ("in flight: mismatched", f"{recheck.mismatched:,}"),
        ("in flight: source-only", f"{recheck.source_only:,}"),
        ("in flight: target-only", f"{recheck.target_only:,}"),
    ]
    left = [("not rechecked", f"{recheck.not_rechecked:,}")] if recheck.not_rechecked else []
    return rows + left


def recheck_sentence(result: ComparisonResult) -> str:
    """What the recheck means for who reads the result; "" where there was none, or nothing to look at."""
    recheck = result.recheck
    if recheck is None:
        return ""
    if recheck.impossible_because:
        return f"The differing rows were not read again. {recheck.impossible_because}"
    if not recheck.keys:
        return ""
    if not recheck.in_flight:
        return f"Read again after {recheck.waited_s:g} s, no row that differed agrees: none was in flight."
    found = "1 differing row agrees" if recheck.in_flight == 1 else f"{recheck.in_flight:,} rows agree"
    looked_at = result.difference_count - recheck.not_rechecked
    return (
        f"Read again after {recheck.waited_s:g} s, {found} now, of {looked_at:,} looked at again: in flight "
        "when they were compared, and still counted as differing. Compare again when the tables are at rest."
    )
