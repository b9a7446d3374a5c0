"""What is counted while chunks are compared."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

import polars as pl

from smoke_pipeline.comparison.explanation.notes import NO_PATTERN, Note, bounded
from smoke_pipeline.comparison.result import RowCounts, SideCounts
from smoke_pipeline.comparison.values.ruled import names_of


@dataclass(slots=True)
class Tally:
    """The counts so far; every row of every chunk is in them, kept or not."""

    matched: int = 0
    mismatched: int = 0
    source_only: int = 0
    target_only: int = 0
    judged_cells: int = 0
    duplicates_source: int = 0
    duplicates_target: int = 0
    duplicate_groups: int = 0
    approximate_groups: int = 0
    mismatch_by_column: Counter[str] = field(default_factory=Counter)
    equal_under_rule: dict[str, Counter[str]] = field(default_factory=dict)
    patterns: dict[str, Counter[str]] = field(default_factory=dict)
    notes: dict[str, dict[str, dict[str, Note]]] = field(default_factory=dict)
    """Column -> pattern -> detail -> what was noted."""

    @property
    def differences(self) -> int:
        """Differing rows so far."""
        return self.mismatched + self.source_only + self.target_only

    @property
    def counts(self) -> RowCounts:
        """How the rows fell."""
        return RowCounts(
            matched=self.matched,
            mismatched=self.mismatched,
            source_only=self.source_only,
            target_only=self.target_only,
        )

    @property
    def duplicates(self) -> SideCounts:
        """Rows beyond the first of each repeated key."""
        return SideCounts(source=self.duplicates_source, target=self.duplicates_target)

    def forgive(self, column: str, rule: str, cells: int) -> None:
        """Count cells that match only because of a rule."""
        if cells:
            self.equal_under_rule.setdefault(column, Counter())[rule] += cells

    def forgive_masks(self, column: str, changed: pl.Series) -> None:
        """Count cells by the rules that changed either of their values."""
        for mask, cells in changed.value_counts().iter_rows():
            for rule in names_of(mask):
                self.forgive(column, rule, cells)

    def recognise(self, column: str, pattern: str, detail: str, note: Note) -> None:
        """Note mismatched cells that show a pattern, or none, and something that others may share."""
        if pattern != NO_PATTERN:
            self.patterns.setdefault(column, Counter())[pattern] += note.cells
        kinds = self.notes.setdefault(column, {})
        details = kinds.setdefault(pattern, {})
        details[detail] = details[detail] + note if detail in details else note
        kinds[pattern] = dict(bounded(details))


def settled(counts: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    """Counts by column and name, in an order that does not depend on how they were found."""
    return {column: dict(sorted(names.items())) for column, names in sorted(counts.items())}


def added(one: Tally, other: Tally) -> Tally:
    """The counts of both."""
    sums = {about.name: _sum(getattr(one, about.name), getattr(other, about.name)) for about in fields(Tally)}
    return Tally(**sums)


def _sum(one: Any, other: Any) -> Any:
    """Numbers, counters, or counters by name."""
    if isinstance(one, Counter):
        return one + other
    if isinstance(one, dict):
        return one | {name: _sum(one[name], it) if name in one else it for name, it in other.items()}
    return one + other
