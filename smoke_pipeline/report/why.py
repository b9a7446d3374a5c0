"""Why rows differ, ready for the page: clusters with examples and proposals, and the rules that forgave."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smoke_pipeline.comparison.result import Cluster, ComparisonResult
from smoke_pipeline.report.details import MOST_EXAMPLES, Examples
from smoke_pipeline.report.explanation import MOST_LINES
from smoke_pipeline.report.texts.value import Value, values_of
from smoke_pipeline.report.words.numbers import counted
from smoke_pipeline.report.words.yaml_text import as_yaml

TIERS = {
    "byte": "Both files were read side by side as bytes, and only what differs was parsed.",
    "raw": "The records of both files met as bytes, and only those that met none were parsed.",
    "parsed": "Both sides were read as columns, and rows met by their exact values.",
    "spark": "The rows were compared by Spark.",
    "pushdown": "The database compared checksums, and only rows where those differ were read.",
}
"""How identical rows were found, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Mismatched cells of a column that have something in common."""

    column: str
    pattern: str | None
    cells: int
    of: int
    sentence: str
    examples: tuple[tuple[Value, Value], ...]
    """Values of the source and of the target, the shortest pair first."""
    offer: str = ""
    """What its proposal would do; "" where there is none."""
    command: str = ""
    yaml: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """What one rule forgave."""

    rule: str
    cells: int
    columns: tuple[tuple[str, int], ...]


def reasons_of(result: ComparisonResult, examples: Examples) -> list[Reason]:
    """The clusters that the page shows, the worst column first; `summary.json` has all of them."""
    return [
        _reason(cluster, examples.get((cluster.column, cluster.pattern), ()))
        for cluster in result.explanation[:MOST_LINES]
    ]


def rules_used(result: ComparisonResult) -> list[RuleUse]:
    """The rules that made cells equal, the busiest first."""
    columns: dict[str, list[tuple[str, int]]] = {}
    for column, rules in sorted(result.equal_under_rule.items()):
        for rule, cells in rules.items():
            columns.setdefault(rule, []).append((column, cells))
    found = [
        RuleUse(rule=rule, cells=sum(cells for _, cells in of), columns=tuple(of))
        for rule, of in columns.items()
    ]
    return sorted(found, key=lambda use: (-use.cells, use.rule))


def engine_facts(result: ComparisonResult) -> Iterator[tuple[str, str]]:
    """How the answer was found, as far as two runs of the same input agree on it."""
    engine = result.engine
    yield "How rows were compared", " ".join(TIERS.get(tier, tier) for tier in engine.tier.split(", "))
    if engine.fallback:
        yield "Why no quicker way", engine.fallback
    yield "Time and memory", "run.json beside this page has them."


def _reason(cluster: Cluster, others: Sequence[tuple[Value, Value]]) -> Reason:
    shortest = values_of(cluster.source, cluster.target)
    proposal = cluster.proposal
    return Reason(
        column=cluster.column,
        pattern=cluster.pattern,
        cells=cluster.cells,
        of=cluster.of,
        sentence=f"{cluster.sentence[:1].upper()}{cluster.sentence[1:]}",
        examples=(shortest, *(pair for pair in others if pair != shortest))[:MOST_EXAMPLES],
        offer=_offer(proposal.cells, cluster.cells) if proposal else "",
        command=shlex.join(proposal.flags) if proposal else "",
        yaml=as_yaml(proposal.options) if proposal else "",
    )


def _offer(cells: int, of: int) -> str:
    if cells < of:
        return f"An option would make {cells:,} of these {counted(of, 'cell')} equal"
    return f"An option would make {'this cell' if of == 1 else f'these {of:,} cells'} equal"
