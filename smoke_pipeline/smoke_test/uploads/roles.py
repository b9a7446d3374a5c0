"""Which of two files is the source: their names say it, or else their order does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.snapshots.manifest import Side

_WORDS = {
    Side.SOURCE: frozenset(
        {
            *("before", "old", "source", "src", "pre", "previous", "prior", "original", "legacy", "baseline"),
            *("vorher", "alt", "quelle"),
        }
    ),
    Side.TARGET: frozenset(
        {
            *("after", "new", "target", "tgt", "post", "current", "migrated", "result"),
            *("nachher", "neu", "ziel"),
        }
    ),
}
_LETTERS = re.compile(r"[^\W\d_]+")


class RoleRule(StrEnum):
    """What settled which file is the source."""

    NAME = "name"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Two files and their sides."""

    source: str
    target: str
    rule: RoleRule

    @property
    def sentence(self) -> str:
        """Which is which, and why, for a person."""
        return f"Source: {self.source}, target: {self.target} (by {self.rule})."


def roles_of(names: Sequence[str]) -> Roles:
    """Which of two files is the source.

    Whole words of a name count, in any case and also in its folders, such as `before/orders.csv` or
    `OrdersAfter.csv`; words that both names have do not. It is enough that one of the names says its side.

    Args:
        names: Two file names, or paths in a ZIP, in the order in which they came.

    Raises:
        InvalidOptionError: They are not two different names.
    """
    if len(names) != 2 or len(set(names)) != 2:
        raise InvalidOptionError(
            f"Roles are for two files of different names, not for {len(names)}: {', '.join(names)}.",
            suggestions=("Hand in two files.",),
        )
    first, second = names
    words = [frozenset(_words(name)) for name in names]
    side = _side_of_first(words[0] - words[1], words[1] - words[0])
    if side is None:
        return Roles(source=first, target=second, rule=RoleRule.ORDER)
    if side is Side.SOURCE:
        return Roles(source=first, target=second, rule=RoleRule.NAME)
    return Roles(source=second, target=first, rule=RoleRule.NAME)


def _side_of_first(first: frozenset[str], second: frozenset[str]) -> Side | None:
    """The side that the words of two names give to the first of them; None where they leave it open."""
    sides = [{side for side, known in _WORDS.items() if known & words} for words in (first, second)]
    said = sides[0] | {side.other for side in sides[1]}
    return said.pop() if len(said) == 1 and all(len(own) < 2 for own in sides) else None


def _words(name: str) -> Iterator[str]:
    """The words of a path; a capital after a small letter begins a word."""
    for run in _LETTERS.findall(name):
        start = 0
        for place in range(1, len(run)):
            if run[place - 1].islower() and run[place].isupper():
                yield run[start:place].casefold()
                start = place
        yield run[start:].casefold()
