"""What a program said of a pair; what it does not say is None."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.false_pass.written import Pair


class CannotError(Exception):
    """The program does not claim to do this: it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An answer."""

    is_same: bool
    mismatched: int | None = None
    source_only: int | None = None
    target_only: int | None = None
    by_column: Mapping[str, int] | None = None
    source_left: int | None = None
    """Rows of the source that are not on the target as they are, for programs that know no mismatch."""
    target_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program and how it is asked."""

    name: str
    package: str
    """The distribution whose version is told."""
    how: str
    """How it is asked, as a phrase."""
    ask: Callable[[Pair], Finding]


def require_suffix(pair: Pair, known: Sequence[str]) -> None:
    """Leave a program alone with files it does not claim to read.

    Raises:
        CannotError: A file is of another kind.
    """
    for path in pair.paths:
        if not any(path.name.endswith(suffix) for suffix in known):
            raise CannotError(f"does not read {''.join(path.suffixes)}")


def require_key(pair: Pair, most: int) -> None:
    """Leave a program alone with a key of more columns than it takes, or none.

    Raises:
        CannotError: The key is not one it takes.
    """
    if not pair.key:
        raise CannotError("needs a key")
    if len(pair.key) > most:
        raise CannotError("takes one key column")


def text_of(path: Path) -> str:
    """What is in a file, its line ends untouched."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
