"""The one sentence for who will read no other."""

from smoke_pipeline.comparison.result import ComparisonResult, RowCounts, Verdict
from smoke_pipeline.report.summary import accepted_words, shown_score
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.report.words.numbers import are, counted, listed

_PERCENT = "\u00a0%"
"""The sign that stays on the line of its number."""


def main_sentence(result: ComparisonResult) -> str:
    """What came out, without a word that only we use."""
    words = _found(result)
    accepted = on_one_line(accepted_words(result))
    return f"{words} {accepted[:1].upper()}{accepted[1:]}" if accepted else words


def _found(result: ComparisonResult) -> str:
    counts = result.counts
    if not counts.larger:
        return "Both sides are empty, so nothing was compared but their columns."
    if result.verdict is Verdict.UNPROVEN:
        return f"{_how_many(counts)}, which proves nothing here."
    if not result.difference_count:
        return f"{_how_many(counts)}{_allowed(result)}; {_end(result)}"
    return f"{_how_many(counts)}, {_falls(counts)}; {_end(result)}"


def _how_many(counts: RowCounts) -> str:
    if counts.matched == counts.source == counts.target:
        return f"All {counts.matched:,} rows agree" if counts.matched > 1 else "The only row agrees"
    verb = "agrees" if counts.matched == 1 else "agree"
    return f"{counts.matched:,} of {counted(counts.larger, 'row')} {verb} ({shown_score(counts)}{_PERCENT})"


def _allowed(result: ComparisonResult) -> str:
    cells = sum(sum(rules.values()) for rules in result.equal_under_rule.values())
    return f", {counted(cells, 'cell')} of them only under a rule" if cells else ""


def _falls(counts: RowCounts) -> str:
    parts = [
        (counts.mismatched, "differ" if counts.mismatched > 1 else "differs"),
        (counts.source_only, f"{are(counts.source_only)} only in the source"),
        (counts.target_only, f"{are(counts.target_only)} only in the target"),
    ]
    return listed([f"{count:,} {words}" for count, words in parts if count])


def _end(result: ComparisonResult) -> str:
    reached = "reaches" if result.reaches_threshold else "stays below"
    return f"the score {reached} the threshold of {result.threshold.normalize():f}{_PERCENT}."
