"""What is aimed at, and whether it is reached: a ratio of two medians, or a size, and its bound."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.contenders import (
    DUCKDB,
    KEYED,
    KEYLESS,
    PANDAS_COMPARE,
    PARSES,
    POLARS_COMPARE,
    SPARK_COMPARE,
)
from benchmarks.kept import FASTEST_PARSE, Measured
from benchmarks.scenarios import (
    DIALECT,
    DIALECT_SHUFFLED,
    DRIFT,
    DRIFT_SHUFFLED,
    HALF,
    HALF_SHUFFLED,
    IGNORED,
    SAME_ORDER,
    SHUFFLED,
)

SMALL, MIDDLE, LARGE = 1_000_000, 5_000_000, 10_000_000
TIME, MEMORY = "wall_s", "peak_mb"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure is found."""

    rows: int
    scenario: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A figure and its bound."""

    text: str
    of: Place
    to: Place | None = None
    """What it is divided by; None: the figure itself counts."""
    what: str = TIME
    bound: float
    is_least: bool = False
    """Whether the figure must reach the bound, and not stay within it."""

    def figure(self, measured: Mapping[int, Measured]) -> float | None:
        """What was measured; None where it was not, or a program failed."""
        values = [_value(place, self.what, measured) for place in (self.of, self.to) if place]
        if None in values:
            return None
        return values[0] / values[1] if len(values) == 2 else values[0]


def _value(place: Place, what: str, measured: Mapping[int, Measured]) -> float | None:
    size = measured.get(place.rows)
    figures = size and size.figures(place.scenario, place.program)
    return figures.median(what) if figures else None


def _to_parse(text: str, rows: int, scenario: str, program: str, bound: float) -> Goal:
    parse = Place(rows, scenario, FASTEST_PARSE)
    return Goal(text=text, of=Place(rows, scenario, program), to=parse, bound=bound)


def _times_faster(name: str, rows: int, bound: float, what: str = TIME) -> Goal:
    unit = "time" if what == TIME else "memory"
    return Goal(
        text=f"{name} takes at least {bound:g} times the {unit}, {rows // 10**6}M",
        of=Place(rows, SAME_ORDER, name),
        to=Place(rows, SAME_ORDER, KEYED),
        what=what,
        bound=bound,
        is_least=True,
    )


def _peak(scenario: str, rows: int, bound: float) -> Goal:
    return Goal(
        text=f"peak memory in MB, {scenario}, {rows // 10**6}M",
        of=Place(rows, scenario, KEYED),
        what=MEMORY,
        bound=bound,
    )


def _flat(scenario: str) -> Goal:
    return Goal(
        text=f"peak memory at 10M / at 1M, {scenario}",
        of=Place(LARGE, scenario, KEYED),
        to=Place(SMALL, scenario, KEYED),
        what=MEMORY,
        bound=1.2,
    )


def _to_duckdb(scenario: str, bound: float) -> Goal:
    return Goal(
        text=f"time / DuckDB's unlimited join, {scenario}, 5M",
        of=Place(MIDDLE, scenario, KEYED),
        to=Place(MIDDLE, scenario, DUCKDB),
        bound=bound,
    )


def _growth(whole: str, half: str) -> Goal:
    return Goal(
        text=f"time at 10M / at 5M, {whole}",
        of=Place(LARGE, whole, KEYED),
        to=Place(LARGE, half, KEYED),
        bound=2.1,
    )


GOALS = (
    _to_parse("time / fastest parse, same order, keyless, 5M", MIDDLE, SAME_ORDER, KEYLESS, 0.6),
    _to_parse("time / fastest parse, same order, keyed, 5M", MIDDLE, SAME_ORDER, KEYED, 0.85),
    _to_parse("time / fastest parse, same order, keyed, 10M", LARGE, SAME_ORDER, KEYED, 1.2),
    _to_parse(f"time / fastest parse, {IGNORED}, 10M", LARGE, IGNORED, KEYED, 1.5),
    _to_parse("time / fastest parse, target shuffled, 10M", LARGE, SHUFFLED, KEYED, 1.5),
    _to_parse(f"time / fastest parse, {DIALECT}, 10M", LARGE, DIALECT, KEYED, 2.2),
    _to_parse(f"time / fastest parse, {DIALECT_SHUFFLED}, 10M", LARGE, DIALECT_SHUFFLED, KEYED, 3),
    _peak(SAME_ORDER, LARGE, 320),
    _peak(SHUFFLED, LARGE, 320),
    _peak(DIALECT, LARGE, 560),
    _peak(DIALECT_SHUFFLED, LARGE, 560),
    _flat(SAME_ORDER),
    _flat(SHUFFLED),
    _flat(DIALECT_SHUFFLED),
    _times_faster(POLARS_COMPARE, SMALL, 2.5),
    _times_faster(POLARS_COMPARE, MIDDLE, 5),
    _times_faster(POLARS_COMPARE, MIDDLE, 30, MEMORY),
    _times_faster(PANDAS_COMPARE, SMALL, 10),
    _times_faster("csv-diff", SMALL, 8),
    _times_faster(SPARK_COMPARE, SMALL, 40),
    _to_duckdb(DRIFT, 1.1),
    _to_duckdb(DRIFT_SHUFFLED, 1.8),
    _peak(DRIFT, MIDDLE, 450),
    _peak(DRIFT_SHUFFLED, MIDDLE, 450),
    _growth(SAME_ORDER, HALF),
    _growth(SHUFFLED, HALF_SHUFFLED),
)


def needed(rows: int) -> set[tuple[str, str]]:
    """The scenarios and programs that the goals ask about at a size."""
    places = [place for goal in GOALS for place in (goal.of, goal.to) if place and place.rows == rows]
    return {
        (place.scenario, name)
        for place in places
        for name in (PARSES if place.program == FASTEST_PARSE else [place.program])
    }


def goal_table(measured: Mapping[int, Measured]) -> str:
    """Goal, figure, and by how much it is missed."""
    lines = ["| goal | at | measured | |", "|---|---|---|---|"]
    for goal in GOALS:
        figure = goal.figure(measured)
        bound = f"{'≥' if goal.is_least else '≤'} {goal.bound:g}"
        shown = "not measured" if figure is None else f"{figure:,.2f}" if figure < 100 else f"{figure:,.0f}"
        lines.append(f"| {goal.text} | {bound} | {shown} | {_verdict(goal, figure)} |")
    return "\n".join(lines)


def _verdict(goal: Goal, figure: float | None) -> str:
    if figure is None:
        return ""
    beyond = goal.bound / figure if goal.is_least else figure / goal.bound
    return "met" if beyond <= 1 else f"missed by {100 * (beyond - 1):.0f} %"
