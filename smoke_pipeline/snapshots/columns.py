"""What differs between the column lists of two sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_ALIKE = 0.6
"""How much two names must share to be called a likely rename, by `difflib`'s ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDifference:
    """The columns of two sides, set against each other by name."""

    common: tuple[str, ...]
    """In the order of the source."""
    only_source: tuple[str, ...]
    only_target: tuple[str, ...]

    @property
    def likely_renames(self) -> tuple[tuple[str, str], ...]:
        """Pairs of target name and source name that look alike, the most alike first, each name once."""
        ranked = sorted(
            (-_likeness(source, target), source, target)
            for source in self.only_source
            for target in self.only_target
        )
        pairs: list[tuple[str, str]] = []
        for unlikeness, source, target in ranked:
            is_free = all(source != taken and target != other for other, taken in pairs)
            if -unlikeness >= _ALIKE and is_free:
                pairs.append((target, source))
        return tuple(pairs)


def column_difference(source: Sequence[str], target: Sequence[str]) -> ColumnDifference:
    """Set two column lists against each other."""
    in_source, in_target = set(source), set(target)
    return ColumnDifference(
        common=tuple(name for name in source if name in in_target),
        only_source=tuple(name for name in source if name not in in_target),
        only_target=tuple(name for name in target if name not in in_source),
    )


def _likeness(one: str, other: str) -> float:
    return float(SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).ratio())


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace(" ", "").replace("-", "")
