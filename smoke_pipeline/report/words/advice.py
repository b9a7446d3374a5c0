"""What to do next, by rule: each piece of advice follows from one count."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from smoke_pipeline.comparison.result import Cluster, ComparisonResult, KeyMode, Verdict
from smoke_pipeline.report.words.numbers import are, counted, listed, them, they

MOST = 8
"""Pieces of advice that a person will read."""
BIG_SHARE = 0.5
"""Share of a column's compared cells from which all of it is called changed."""

CHANGES = {
    "sign": "{cells} changed their sign: look for a debit and credit rule, or a reversed booking.",
    "scaled": "{cells} differ by a power of ten: look for another unit, or a lost decimal point.",
    "rounded": "{cells} lost digits: compare the scale of the column on both sides.",
    "shifted": "{cells} are moved in time: compare the time zones of both sides.",
    "truncated": "{cells} are cut short: compare the length of the column on both sides.",
    "encoding": "{cells} hold damaged letters: compare the character sets of both sides.",
    "swapped": "{cells} hold the value of another column: look at the mapping of these columns.",
    "inner_white_space": "{cells} differ in white space within: look for padding or cleaning on the way.",
}
"""Pattern -> what a change of this kind usually comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do."""

    text: str
    is_urgent: bool = False


def advice_on(result: ComparisonResult) -> list[Advice]:
    """What to do, the most important first; one line of praise where there is nothing to do."""
    found = [advice for rule in _RULES for advice in rule(result)][:MOST]
    return found or [Advice(text=_otherwise(result))]


def _otherwise(result: ComparisonResult) -> str:
    """What is said where no rule has anything to say."""
    if not result.difference_count:
        return "Nothing to do: what was compared agrees."
    if result.baseline and result.baseline.holds and not result.baseline.new:
        return "Nothing to do: every difference was accepted."
    return "Look at the differing rows: what they have in common is not known."


def _proof(result: ComparisonResult) -> Iterator[Advice]:
    if result.verdict is Verdict.UNPROVEN:
        yield Advice(
            text="There is no verdict: settle what is said under Unproven, then compare again.",
            is_urgent=True,
        )
    if not result.counts.larger:
        yield Advice(text="Both sides are empty: confirm that there was nothing to move.", is_urgent=True)
    elif not result.counts.source or not result.counts.target:
        empty = "source" if not result.counts.source else "target"
        yield Advice(
            text=f"The {empty} has no row at all: check the place, the filter and the date it was read with.",
            is_urgent=True,
        )


def _in_flight(result: ComparisonResult) -> Iterator[Advice]:
    if result.recheck and result.recheck.in_flight:
        rows = counted(result.recheck.in_flight, "differing row")
        yield Advice(text=f"{rows} agreed a while later: compare again when the tables are at rest.")


def _accepted(result: ComparisonResult) -> Iterator[Advice]:
    baseline = result.baseline
    if baseline is None or not baseline.holds:
        return
    if new := baseline.new:
        yield Advice(
            text=f"{counted(new, 'difference')} {are(new)} new since {baseline.accepted_by} accepted some "
            f"on {baseline.accepted_at}: look at {them(new)} first."
        )
    if gone := baseline.gone:
        yield Advice(
            text=f"{counted(gone, 'accepted difference')} {are(gone)} gone: accept again, so that "
            f"{they(gone)} cannot come back unseen."
        )


def _one_sided(result: ComparisonResult) -> Iterator[Advice]:
    counts = result.counts
    if not counts.source or not counts.target or result.key_mode is KeyMode.NONE:
        return
    if count := counts.source_only:
        yield Advice(
            text=f"{counted(count, 'row')} {are(count)} only in the source: confirm that the ETL was meant "
            f"to delete {them(count)}.",
            is_urgent=True,
        )
    if count := counts.target_only:
        yield Advice(
            text=f"{counted(count, 'row')} {are(count)} only in the target: confirm that the ETL was meant "
            f"to add {them(count)}.",
            is_urgent=True,
        )


def _without_key(result: ComparisonResult) -> Iterator[Advice]:
    if result.key_mode is KeyMode.NONE and result.counts.source_only and result.counts.target_only:
        yield Advice(
            text="Whole rows were compared, so a changed row stands on both sides: name a key to see which "
            "cells changed."
        )


def _clusters(result: ComparisonResult) -> Iterator[Advice]:
    changes: dict[str, list[Cluster]] = {}
    for cluster in result.explanation:
        if cluster.pattern in CHANGES:
            changes.setdefault(cluster.pattern, []).append(cluster)
    for pattern, clusters in changes.items():
        cells = counted(sum(cluster.cells for cluster in clusters), "cell")
        columns = listed([cluster.column for cluster in clusters], most=3)
        yield Advice(text=f"{columns}: {CHANGES[pattern].format(cells=cells)}")


def _proposals(result: ComparisonResult) -> Iterator[Advice]:
    clusters = [one for one in result.explanation if one.is_representation and one.proposal]
    if clusters:
        cells = sum(cluster.cells for cluster in clusters)
        look = "looks" if cells == 1 else "look"
        columns = listed([*dict.fromkeys(cluster.column for cluster in clusters)], most=3)
        yield Advice(
            text=f"{columns}: {counted(cells, 'cell')} only {look} different. If that is meant, use the "
            "rules proposed under Why."
        )


def _whole_columns(result: ComparisonResult) -> Iterator[Advice]:
    pairs = result.counts.matched + result.counts.mismatched
    most = [name for name, cells in result.mismatch_by_column.items() if cells > BIG_SHARE * pairs]
    if most and pairs > 1:
        verb = "differs" if len(most) == 1 else "differ"
        yield Advice(
            text=f"{listed(sorted(most), most=3)} {verb} in most rows: look at the load of the whole column "
            "rather than at single rows."
        )


def _duplicates(result: ComparisonResult) -> Iterator[Advice]:
    if count := result.duplicate_group_count:
        verb = "stands" if count == 1 else "stand"
        yield Advice(
            text=f"{counted(count, 'key')} {verb} on several rows of a side: check whether something was "
            "loaded twice, or whether the key needs another column."
        )


def _columns(result: ComparisonResult) -> Iterator[Advice]:
    columns = result.columns
    for new, old in columns.likely_renames.items():
        yield Advice(text=f"{new} in the target looks like {old} of the source: if it is, name it a rename.")
    for side, names in (("source", columns.only_source), ("target", columns.only_target)):
        if names:
            yield Advice(
                text=f"{listed([*names], most=3)} {are(len(names))} only in the {side} and took no part: "
                "confirm that this is meant."
            )


def _rules_used(result: ComparisonResult) -> Iterator[Advice]:
    cells = sum(sum(rules.values()) for rules in result.equal_under_rule.values())
    if cells:
        yield Advice(
            text=f"{counted(cells, 'cell')} {are(cells)} equal only because of a rule: confirm that "
            "the rules are meant."
        )


_RULES: tuple[Callable[[ComparisonResult], Iterator[Advice]], ...] = (
    _proof,
    _in_flight,
    _accepted,
    _one_sided,
    _without_key,
    _whole_columns,
    _clusters,
    _proposals,
    _duplicates,
    _columns,
    _rules_used,
)
