"""What is noted of mismatched cells while they pass: counts that add up, and an example of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_DETAILS = 1_000
"""Details of a pattern that are told apart in a column: the first ones by code point."""
NO_PATTERN, NO_DETAIL = "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Cells of one column that show one pattern with one detail."""

    cells: int
    forgiven: int = 0
    """Those that the pattern's rule would make equal."""
    source: str | None
    """The shortest example, whatever the order in which the cells came."""
    target: str | None

    def __add__(self, other: "Note") -> "Note":
        """What both tell together."""
        first = min(self, other, key=Note.rank)
        return Note(
            cells=self.cells + other.cells,
            forgiven=self.forgiven + other.forgiven,
            source=first.source,
            target=first.target,
        )

    def rank(self) -> tuple[int, list[tuple[bool, str]], bool]:
        """What puts examples in order, the same from either side where it can be."""
        pair = [(text is not None, text or "") for text in (self.source, self.target)]
        return sum(len(text) for _, text in pair), sorted(pair), pair != sorted(pair)


def bounded(details: Mapping[str, Note]) -> Mapping[str, Note]:
    """The details that are told apart; each of them is complete, however often this was asked."""
    if len(details) <= MOST_DETAILS:
        return details
    return {name: details[name] for name in sorted(details)[:MOST_DETAILS]}
