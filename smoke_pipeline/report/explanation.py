"""What mismatched cells have in common, in lines for people."""

import shlex

from smoke_pipeline.comparison.result import Cluster, ComparisonResult, Proposal
from smoke_pipeline.report.visible import on_one_line

MOST_LINES = 30
"""Clusters that are put into words; `summary.json` has all of them."""
_LONGEST = 40
"""Characters shown of an example."""


def explanation_rows(result: ComparisonResult) -> list[tuple[str, str]]:
    """Columns and sentences, the worst column first; the last row says how many were left out."""
    rows = explanation_lines(result)
    left = len(result.explanation) - len(rows)
    return [*rows, ("…", f"{left:,} more in summary.json")] if left else rows


def explanation_lines(result: ComparisonResult) -> list[tuple[str, str]]:
    """As `explanation_rows`, without the last row."""
    return [(cluster.column, _sentences(cluster)) for cluster in result.explanation[:MOST_LINES]]


def _sentences(cluster: Cluster) -> str:
    example = f"For example {_shown(cluster.source)} -> {_shown(cluster.target)}."
    said = f"{cluster.sentence[:1].upper()}{cluster.sentence[1:]} {example}"
    return f"{said} {_offer(cluster, cluster.proposal)}" if cluster.proposal else said


def _offer(cluster: Cluster, proposal: Proposal) -> str:
    how = shlex.join(proposal.flags) if proposal.flags else "A rule in an options file"
    if proposal.cells < cluster.cells:
        return f"{how} would make {proposal.cells:,} of them equal."
    return f"{how} would make {'it' if proposal.cells == 1 else 'them'} equal."


def _shown(value: str | None) -> str:
    if value is None:
        return "NULL"
    return f'"{on_one_line(value)}"' if len(value) <= _LONGEST else f'"{on_one_line(value[:_LONGEST])}…"'
