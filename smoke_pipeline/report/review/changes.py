"""What changed from one run of a test to the next: differences that are new, gone, and those that stayed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.report.review.lines import KeptLines, Line
from smoke_pipeline.report.visible import on_one_line

MOST_SHOWN = 20
"""Lines of each kind that are shown on a terminal."""
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Two runs held together."""

    before: KeptLines
    after: KeptLines
    new: "Counter[Line]"
    gone: "Counter[Line]"
    stayed: "Counter[Line]"

    @property
    def has_new(self) -> bool:
        """Whether something differs that did not, or more rows differ than did."""
        return bool(self.new) or (not self.is_complete and _differing(self.after) > _differing(self.before))

    @property
    def is_complete(self) -> bool:
        """Whether both runs kept every differing row; else some may be new or gone only in the lists."""
        return self.before.is_complete and self.after.is_complete


def changes_between(before: KeptLines, after: KeptLines) -> Changes:
    """What changed, by key, column and values.

    Raises:
        InvalidOptionError: The two have not the same key columns, so they are not of one test.
    """
    if before.key != after.key:
        raise InvalidOptionError(
            f"{before.origin} and {after.origin} are not of one test: the key columns are "
            f"{_named(before.key)} and {_named(after.key)}.",
            suggestions=("Name two runs of one test.",),
        )
    return Changes(
        before=before,
        after=after,
        new=after.lines - before.lines,
        gone=before.lines - after.lines,
        stayed=before.lines & after.lines,
    )


def as_facts(changes: Changes) -> dict[str, Any]:
    """The changes as a program reads them."""
    return {
        "before": _facts(changes.before),
        "after": _facts(changes.after),
        "is_complete": changes.is_complete,
        "has_new": changes.has_new,
        **{
            name: [_as_dict(line) for line in _in_order(lines)]
            for name, lines in (("new", changes.new), ("gone", changes.gone), ("stayed", changes.stayed))
        },
    }


def as_lines(changes: Changes) -> list[str]:
    """The changes as a person reads them."""
    before, after = changes.before, changes.after
    counts = [
        f"  {name.replace('_', '-'):<12}{before.counts[name]:>14,}{after.counts[name]:>14,}"
        f"{after.counts[name] - before.counts[name]:>+14,}"
        for name in before.counts
    ]
    found = [
        f"before  {on_one_line(before.origin)}: {before.verdict}, match score {before.match_score:.2f}",
        f"after   {on_one_line(after.origin)}: {after.verdict}, match score {after.match_score:.2f}",
        "",
        *counts,
        "",
        f"{changes.new.total():,} new, {changes.gone.total():,} gone, {changes.stayed.total():,} stayed",
    ]
    if not changes.is_complete:
        found.append("Not every differing row was kept, so some may be new or gone only in the lists.")
    if before.masked_columns != after.masked_columns:
        found.append("Values are not masked in the same columns, so what is masked in one only looks new.")
    for title, lines in (("New", changes.new), ("Gone", changes.gone)):
        found += _shown(title, lines)
    return found


def _shown(title: str, lines: "Counter[Line]") -> list[str]:
    ordered = _in_order(lines)
    if not ordered:
        return []
    left = len(ordered) - MOST_SHOWN
    more = [f"  … {left:,} more; --format json has all"] if left > 0 else []
    return ["", title, *(f"  {_in_words(line)}" for line in ordered[:MOST_SHOWN]), *more]


def _in_words(line: Line) -> str:
    key = ", ".join(_short(value) for value in line.key)
    if line.column is None:
        return f"{key}  {line.kind.replace('_', '-')}".strip()
    return f"{key}  {_short(line.column)}: {_short(line.source)} -> {_short(line.target)}"


def _short(value: str | None) -> str:
    if value is None:
        return "NULL"
    return on_one_line(value) if len(value) <= _LONGEST else on_one_line(value[:_LONGEST]) + "…"


def _in_order(lines: "Counter[Line]") -> Sequence[Line]:
    """Every line as often as it is there, by key and column; NULL first."""
    return sorted(lines.elements(), key=lambda line: [_rank(value) for value in _flat(line)])


def _flat(line: Line) -> tuple[str | None, ...]:
    return (*line.key, line.column, line.kind, line.source, line.target)


def _rank(value: str | None) -> tuple[bool, str]:
    return value is not None, value or ""


def _as_dict(line: Line) -> dict[str, Any]:
    return {
        "key": list(line.key),
        "difference_type": line.kind,
        "column": line.column,
        "source": line.source,
        "target": line.target,
    }


def _facts(kept: KeptLines) -> dict[str, Any]:
    return {
        "origin": kept.origin,
        "verdict": kept.verdict,
        "match_score": kept.match_score,
        **kept.counts,
        "is_complete": kept.is_complete,
        "masked_columns": list(kept.masked_columns),
    }


def _differing(kept: KeptLines) -> int:
    return sum(count for name, count in kept.counts.items() if name != "matched")


def _named(key: tuple[str, ...]) -> str:
    return ", ".join(map(repr, key)) or "none"
