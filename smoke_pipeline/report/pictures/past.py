"""How this test went before, score by score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smoke_pipeline.report.pictures.svg import WIDTH, Picture, drawing, line, words

MOST = 30
"""Runs that are drawn, the newest."""
HEIGHT, TOP, LEFT, SIDE = 110, 12, 44, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PastScore:
    """How one run of a test ended."""

    when: datetime
    score: float
    verdict: str


def past_picture(past: Sequence[PastScore], threshold: float) -> Picture | None:
    """The scores over time, the newest at the right, against the threshold; None where there are not two."""
    shown = sorted(past, key=lambda one: one.when)[-MOST:]
    if len(shown) < 2:
        return None
    low = min(threshold, *(one.score for one in shown))
    bottom = max(0.0, low - max((100 - low) / 5, 0.01))
    title = "Match score of this test over time"
    passed = sum(one.verdict == "passed" for one in shown)
    description = (
        f"{len(shown)} runs from {shown[0].when:%Y-%m-%d} to {shown[-1].when:%Y-%m-%d}, {passed} passed: "
        f"{', '.join(f'{one.score:.2f}' for one in shown)}. The threshold is {threshold:g}."
    )
    return Picture(
        name="past",
        title=title,
        description=description,
        svg=drawing("past", title, description, TOP + HEIGHT + 22, _shapes(shown, threshold, bottom)),
        note="● passed  ✕ failed  ○ unproven; the line of dashes is the threshold.",
    )


def _shapes(shown: Sequence[PastScore], threshold: float, bottom: float) -> list[str]:
    points = [
        (LEFT + SIDE + (WIDTH - LEFT - 2 * SIDE) * at / (len(shown) - 1), _height(one.score, bottom))
        for at, one in enumerate(shown)
    ]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    at = _height(threshold, bottom)
    return [
        words("100", LEFT - 8, TOP + 4, anchor="end"),
        words(f"{bottom:.4g}", LEFT - 8, TOP + HEIGHT + 4, anchor="end"),
        line("grid", LEFT, TOP, WIDTH, TOP),
        line("axis", LEFT, TOP + HEIGHT, WIDTH, TOP + HEIGHT),
        line("threshold", LEFT, at, WIDTH, at),
        f'<polyline class="way" points="{way}"/>',
        *(_mark(one.verdict, *point) for one, point in zip(shown, points, strict=True)),
        words(f"{shown[0].when:%Y-%m-%d}", LEFT, TOP + HEIGHT + 18),
        words(f"{shown[-1].when:%Y-%m-%d}", WIDTH, TOP + HEIGHT + 18, anchor="end"),
    ]


def _height(score: float, bottom: float) -> float:
    return TOP + HEIGHT * (100 - score) / (100 - bottom) if bottom < 100 else TOP


def _mark(verdict: str, x: float, y: float) -> str:
    """A shape for each verdict, so that it can be told without colour."""
    if verdict == "failed":
        return f'<path class="mark failed" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8"/>'
    look = "passed" if verdict == "passed" else "unproven"
    return f'<circle class="mark {look}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
