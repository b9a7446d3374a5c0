"""Options that would make mismatched cells equal, as a person can pass them on; nothing is applied."""

from collections.abc import Iterable, Mapping
from typing import Any

from smoke_pipeline.comparison.explanation.notes import Note
from smoke_pipeline.comparison.explanation.remedies import Remedy, remedies, split_ways
from smoke_pipeline.comparison.options import parse_rules
from smoke_pipeline.comparison.patterns.details import BETWEEN_SIDES, ZONE
from smoke_pipeline.comparison.plan import Plan, PlannedColumn
from smoke_pipeline.comparison.result import Proposal
from smoke_pipeline.comparison.rules import EVERY_COLUMN, Forgiveness
from smoke_pipeline.comparison.spec import ColumnRules, SideRules
from smoke_pipeline.errors import OptionError

_MOST_TOKENS = 20
"""Words for NULL that one proposal names: the most frequent ones."""
_LEAST_SHARE = 0.9
"""The part of all paired rows whose cells must be swapped before a rename is proposed."""


def rule_for(pattern: str, details: Mapping[str, Note], column: PlannedColumn) -> Proposal | None:
    """The rule that would forgive the most cells of a pattern, over the rules that the column has already."""
    known = {detail: note for detail, note in details.items() if note.forgiven}
    if not known or column.name == EVERY_COLUMN:
        return None
    if pattern == "date_format":
        remedy, chosen = _for_dates(known)
    else:
        chosen = sorted(known, key=lambda detail: (-known[detail].cells, detail))[:_MOST_TOKENS]
        remedy = _joined(one for detail in chosen for _, one in remedies(pattern, detail, column))
    rules = _written(remedy.over(column.forgiveness))
    return Proposal(
        cells=sum(known[detail].forgiven for detail in chosen),
        flags=_as_flags(column.name, rules),
        options={"rules": {column.name: rules}},
    )


def rename_for(one: str, other: str, plan: Plan, swapped: Mapping[str, int], paired: int) -> Proposal | None:
    """The renames that undo a swap of two columns, if it is one throughout.

    Args:
        one: A column whose mismatched cells are swapped.
        other: The column with which most of them are.
        plan: The plan of the comparison.
        swapped: By column, how many cells are swapped if all mismatched ones are, with this partner.
        paired: Rows that have a partner on the other side.
    """
    cells = swapped.get(one, 0)
    if not cells or swapped.get(other) != cells or cells < _LEAST_SHARE * paired:
        return None
    columns = {column.name: column for column in plan.columns}
    if columns[one].source_type != columns[other].target_type:
        return None
    names = {name: new for new, name in plan.about.renamed.items()}
    renames = {names.get(one, one): other, names.get(other, other): one}
    can_be_flags = all(new and old and "=" not in new for new, old in renames.items())
    flags = [text for new, old in sorted(renames.items()) for text in ("--rename", f"{new}={old}")]
    return Proposal(
        cells=cells,
        flags=tuple(flags) if can_be_flags else (),
        options={"renames": dict(sorted(renames.items()))},
    )


def best_way(details: Mapping[str, Note]) -> str | None:
    """The formats of source and target that fit the most cells; of several the first by name."""
    counts: dict[str, int] = {}
    for detail, note in details.items():
        for way in split_ways(detail)[1]:
            counts[way] = counts.get(way, 0) + note.cells
    return min(counts, key=lambda way: (-counts[way], way), default=None)


def fitting(details: Mapping[str, Note], way: str) -> list[str]:
    """The details that hold the way."""
    return [detail for detail in details if way in split_ways(detail)[1]]


def _for_dates(details: Mapping[str, Note]) -> tuple[Remedy, list[str]]:
    way = best_way(details) or ""
    chosen = fitting(details, way)
    needs = "".join(split_ways(detail)[0] for detail in chosen)
    source, _, target = way.partition(BETWEEN_SIDES)
    switches = frozenset({"trim"} if "trim" in needs else ())
    return Remedy(switches=switches, formats=(source, target), has_zone=ZONE in needs), chosen


def _joined(several: Iterable[Remedy]) -> Remedy:
    """All of them, none of which is about dates."""
    found = list(several)
    return Remedy(
        switches=frozenset().union(*(one.switches for one in found)),
        tokens=frozenset().union(*(one.tokens for one in found)),
    )


def _written(forgiveness: Forgiveness) -> dict[str, Any]:
    """The rules of a column as an options file holds them."""
    if forgiveness.is_symmetric:
        rules = _said(forgiveness.source)
    else:
        rules = {"source": _said(forgiveness.source), "target": _said(forgiveness.target)}
    tolerance = forgiveness.tolerance
    if tolerance and tolerance.abs_tol is not None:
        rules["abs_tol"] = str(tolerance.abs_tol)
    if tolerance and tolerance.rel_tol is not None:
        rules["rel_tol"] = str(tolerance.rel_tol)
    return rules


def _said(rules: SideRules) -> dict[str, Any]:
    return rules.model_dump(mode="json", exclude_defaults=True)


def _as_flags(column: str, rules: Mapping[str, Any]) -> tuple[str, ...]:
    """The short hand, if it says the very same."""
    text = f"{column}:{','.join(_short(name, value) for name, value in rules.items())}"
    try:
        read = parse_rules([text]).get(column)
    except OptionError:
        return ()
    is_same = read is not None and ColumnRules.model_validate(read) == ColumnRules.model_validate(rules)
    return ("--rule", text) if is_same else ()


def _short(name: str, value: Any) -> str:
    if name == "datetime":
        formats = f"={'|'.join(value['formats'])}" if value.get("formats") else ""
        more = [f"{about}={value[about]}" for about in ("zone", "precision") if value.get(about)]
        return ",".join([f"datetime{formats}", *more])
    if isinstance(value, list):
        return f"{name}={'|'.join(map(str, value))}"
    return f"{name}={value}" if name in ("abs_tol", "rel_tol") else name
