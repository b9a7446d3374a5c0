"""An answer found in the plainest way: lists, counters and every possible pairing; no code of the product."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import permutations
from typing import Any

Row = tuple[str | None, ...]
Canonical = Callable[[str | None], Any]


@dataclass(kw_only=True)
class Answer:
    """What a comparison must find."""

    matched: int = 0
    mismatched: int = 0
    source_only: int = 0
    target_only: int = 0
    duplicates: tuple[int, int] = (0, 0)
    cells: int = 0
    by_column: Counter[str] = field(default_factory=Counter)
    is_unique: bool = True
    """Whether every group had only one best pairing, so that `by_column` is settled."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: columns, key, how values are made canonical, and which distances are forgiven."""

    columns: Sequence[str]
    key: Sequence[str] = ()
    canonical: Mapping[str, Canonical] = field(default_factory=dict)
    abs_tol: Mapping[str, Fraction] = field(default_factory=dict)

    def value(self, column: str, cell: str | None) -> Any:
        cell = cell or None
        return self.canonical.get(column, lambda same: same)(cell)

    def row(self, row: Row) -> tuple[Any, ...]:
        return tuple(self.value(column, cell) for column, cell in zip(self.columns, row, strict=True))

    def differing(self, one: Row, other: Row) -> frozenset[str]:
        return frozenset(
            column
            for column, a, b in zip(self.columns, self.row(one), self.row(other), strict=True)
            if a != b and not self._is_close(column, a, b)
        )

    def _is_close(self, column: str, a: Any, b: Any) -> bool:
        if column not in self.abs_tol or column in self.key:
            return False
        return isinstance(a, Fraction) and isinstance(b, Fraction) and abs(a - b) <= self.abs_tol[column]


def answer(question: Question, source: Sequence[Row], target: Sequence[Row]) -> Answer:
    """The whole answer, by brute force."""
    if not question.key:
        return _whole_rows(question, source, target)
    found = Answer()
    groups: dict[Any, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    places = [list(question.columns).index(name) for name in question.key]
    for side, rows in enumerate((source, target)):
        for row in rows:
            canonical = question.row(row)
            groups[tuple(canonical[place] for place in places)][side].append(row)
    for ours, theirs in groups.values():
        found.duplicates = (
            found.duplicates[0] + max(0, len(ours) - 1),
            found.duplicates[1] + max(0, len(theirs) - 1),
        )
        _group(question, ours, theirs, found)
    return found


def _whole_rows(question: Question, source: Sequence[Row], target: Sequence[Row]) -> Answer:
    ours, theirs = Counter(map(question.row, source)), Counter(map(question.row, target))
    return Answer(
        matched=(ours & theirs).total(),
        source_only=(ours - theirs).total(),
        target_only=(theirs - ours).total(),
    )


def _group(question: Question, ours: list[Row], theirs: list[Row], found: Answer) -> None:
    for make in (lambda row: tuple(cell or None for cell in row), question.row):
        ours, theirs, equal = _cancel(ours, theirs, make)
        found.matched += equal
    few, many = sorted((ours, theirs), key=len)
    best: list[tuple[frozenset[str], ...]] = []
    least = None
    for choice in permutations(many, len(few)):
        pairs = tuple(question.differing(one, other) for one, other in zip(few, choice, strict=True))
        cost = sum(map(len, pairs))
        if least is None or cost < least:
            least, best = cost, []
        if cost == least:
            best.append(pairs)
    outcomes = {
        (
            sum(not pair for pair in pairs),
            tuple(sorted(Counter(name for pair in pairs for name in pair).items())),
        )
        for pairs in best
    }
    found.is_unique = found.is_unique and len(outcomes) == 1
    equal, columns = min(outcomes)
    found.matched += equal
    found.mismatched += len(few) - equal
    found.cells += least or 0
    found.by_column += Counter(dict(columns))
    found.source_only += max(0, len(ours) - len(theirs))
    found.target_only += max(0, len(theirs) - len(ours))


def _cancel(
    ours: list[Row], theirs: list[Row], make: Callable[[Row], Any]
) -> tuple[list[Row], list[Row], int]:
    common = Counter(map(make, ours)) & Counter(map(make, theirs))
    rest = []
    for rows in (ours, theirs):
        left, kept = Counter(common), []
        for row in sorted(rows, key=lambda row: tuple((cell is not None, cell or "") for cell in row)):
            if left[make(row)]:
                left[make(row)] -= 1
            else:
                kept.append(row)
        rest.append(kept)
    return rest[0], rest[1], common.total()


def as_number(cell: str | None) -> Any:
    """The exact number a text writes, or the text."""
    if cell is None or not cell.isascii() or cell != cell.strip() or "_" in cell:
        return cell
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return cell
    return Fraction(number) if number.is_finite() else cell
