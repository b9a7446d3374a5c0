"""How good a report of a problem or a wish is, and what would make it better."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["bug", "idea", "question"]

SHORTEST_TITLE = 15
LONGEST_TITLE = 100
SHORTEST_BODY = 80
ENOUGH = 50
"""A report below this is not sent: nobody could do anything with it."""

_STEPS = re.compile(r"(?im)^\s*(?:\d+[.)]|[-*])\s+\S|\bsteps?\b|\bhow to reproduce\b")
_EXPECTED = re.compile(r"(?i)\bexpect(?:s|ed)?\b|\bshould\b")
_ACTUAL = re.compile(r"(?i)\bactual(?:ly)?\b|\binstead\b|\bgot\b|\bhappen(?:s|ed)\b|\bbut\b|\berror\b")
_WHY = re.compile(r"(?i)\bbecause\b|\bso that\b|\bin order to\b|\bneed\b|\bhelps?\b|\bto be able\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """A score of 0 to 100, and what would raise it."""

    score: int
    improvements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    points: int
    advice: str
    holds: Callable[[str, str], bool]


_TITLE = (
    _Part(
        points=20,
        advice=f"Say in the title what is wrong or wanted: {SHORTEST_TITLE} to {LONGEST_TITLE} characters.",
        holds=lambda title, _: SHORTEST_TITLE <= len(title) <= LONGEST_TITLE,
    ),
    _Part(
        points=10,
        advice="Write the title as a sentence of several words.",
        holds=lambda title, _: len(title.split()) >= 3,
    ),
    _Part(
        points=20,
        advice=f"Tell more: at least {SHORTEST_BODY} characters.",
        holds=lambda _, body: len(body) >= SHORTEST_BODY,
    ),
)
_PARTS: Mapping[Kind, Sequence[_Part]] = {
    "bug": (
        *_TITLE,
        _Part(
            points=20,
            advice="List the steps that lead to it, such as the tools that were called.",
            holds=lambda _, body: bool(_STEPS.search(body)),
        ),
        _Part(
            points=15,
            advice="Say what was expected.",
            holds=lambda _, body: bool(_EXPECTED.search(body)),
        ),
        _Part(
            points=15,
            advice="Say what happened instead, with the error's name.",
            holds=lambda _, body: bool(_ACTUAL.search(body)),
        ),
    ),
    "idea": (
        *_TITLE,
        _Part(
            points=25,
            advice="Say what it would be good for.",
            holds=lambda _, body: bool(_WHY.search(body)),
        ),
        _Part(
            points=25,
            advice="Say what should happen, in an example.",
            holds=lambda _, body: bool(_EXPECTED.search(body)),
        ),
    ),
    "question": (
        *_TITLE,
        _Part(points=25, advice="Ask it: with a question mark.", holds=lambda t, b: "?" in f"{t}{b}"),
        _Part(
            points=25,
            advice="Say what was tried, or what it is needed for.",
            holds=lambda _, body: bool(_WHY.search(body) or re.search(r"(?i)\btried\b|\bread\b", body)),
        ),
    ),
}


def quality_of(title: str, body: str, kind: Kind) -> Quality:
    """How much somebody else could do with it."""
    title, body = title.strip(), body.strip()
    held = {part: part.holds(title, body) for part in _PARTS[kind]}
    return Quality(
        score=sum(part.points for part, holds in held.items() if holds),
        improvements=tuple(part.advice for part, holds in held.items() if not holds),
    )
