"""The result in fewer than 500 characters for a language model or a chat: complete, without any value."""

from collections.abc import Sequence

from smoke_pipeline.comparison.result import ComparisonResult, HeldToBaseline
from smoke_pipeline.report.summary import by_count, rating, shown_score
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.model import ReportSettings

MOST_CHARACTERS = 499
_LONGEST_NAME = 24


def summary_text(result: ComparisonResult, settings: ReportSettings | None = None) -> str:
    """The verdict, the counts, and as many of the worst columns as there is room for.

    Values of the data are never part of it, masked or not.
    """
    counts = result.counts
    start = (
        f"{result.verdict.upper()}: match score {shown_score(counts)} (threshold {result.threshold:.8g}), "
        f"{rating(result, settings or ReportSettings()).name}. {counts.source:,} source rows, "
        f"{counts.target:,} target rows: {counts.matched:,} matched, {counts.mismatched:,} mismatched, "
        f"{counts.source_only:,} only in source, {counts.target_only:,} only in target."
    )
    facts = [fact for fact in _facts(result) if fact]
    room = MOST_CHARACTERS - len(start) - sum(len(fact) + 1 for fact in facts)
    columns = _columns(by_count(result.mismatch_by_column), room - 1)
    return " ".join(filter(None, (start, columns, *facts)))


def _facts(result: ComparisonResult) -> Sequence[str]:
    doubles, about = result.duplicates, result.columns
    beyond = doubles.source + doubles.target
    apart = len(about.only_source) + len(about.only_target)
    return (
        _accepted(result.baseline) if result.baseline else "",
        "Not proved: the target is the untouched source, or rows were left out."
        * (bool(result.unproven_because) and (result.baseline is None or result.baseline.holds)),
        f"{beyond:,} rows of repeated keys." * bool(beyond),
        f"{apart:,} columns on one side alone." * bool(apart),
        f"{result.recheck.in_flight:,} differing rows in flight." if result.recheck else "",
        "Values are masked." * bool(result.masked_columns),
    )


def _accepted(baseline: HeldToBaseline) -> str:
    """Who accepted differences, and how many, without the words of a person."""
    if not baseline.holds:
        return "Not held to what was accepted before."
    return f"{baseline.accepted:,} differences accepted on {baseline.accepted_at}, {baseline.new:,} new."


def _columns(counts: Sequence[tuple[str, str]], room: int) -> str:
    """The columns with mismatched cells, the worst first, and how many there was no room for."""
    if not counts:
        return ""
    lead = "Mismatched cells: "
    shown: list[str] = []
    for place, (name, count) in enumerate(counts):
        one = f"{_short(name)} {count}"
        left = len(counts) - place - 1
        tail = f" and {left:,} more columns." if left else "."
        if len(lead + ", ".join([*shown, one]) + tail) > room:
            left += 1
            return f"{lead}{', '.join(shown)} and {left:,} more columns." if shown else _counted(left, room)
        shown.append(one)
    return f"{lead}{', '.join(shown)}."


def _counted(columns: int, room: int) -> str:
    words = f"{columns:,} columns have mismatched cells."
    return words if len(words) <= room else ""


def _short(name: str) -> str:
    shown = on_one_line(name)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"
