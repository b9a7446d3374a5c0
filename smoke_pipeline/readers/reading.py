"""How a CSV was read: what was found out about the way it is written, and what of it is no row."""

from dataclasses import dataclass
from typing import Any, Self

MOST_SHOWN = 300
"""Characters of a left-out text that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One thing about the way a text is written, and why it is taken so."""

    what: str
    """`delimiter`, `quote`, `escape`, `line_end`, `encoding`, `header`, `names`, `skip_space`,
    `preamble` or `footer`."""
    value: str
    confidence: str
    """`stated` by a person, `strong` or `weak`."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Lines before the header or after the last row, which are no rows."""

    lines: int
    sha256: str
    """Digest of the lines as UTF-8, so that those of two sides can be told apart."""
    start: str
    """The beginning of the lines, for a person."""

    @property
    def size(self) -> str:
        """How many lines there are, in words."""
        return f"{self.lines:,} line" if self.lines == 1 else f"{self.lines:,} lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one CSV was read."""

    guesses: tuple[Guess, ...] = ()
    preamble: LeftOut | None = None
    footer: LeftOut | None = None
    padded_rows: int = 0
    """Rows with too few or too many fields, which were made to fit without losing a value."""
    skipped_rows: int = 0
    """Rows with too few or too many fields, which were left out."""
    first_ragged_lines: tuple[int, ...] = ()
    """On which lines the first of these rows begin."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The reading as JSON held it.

        Raises:
            TypeError: A fact is unknown.
        """
        left_out = {
            name: LeftOut(**data[name]) if data.get(name) else None for name in ("preamble", "footer")
        }
        return cls(
            **{
                **data,
                **left_out,
                "guesses": tuple(Guess(**guess) for guess in data.get("guesses", ())),
                "first_ragged_lines": tuple(data.get("first_ragged_lines", ())),
            }
        )
