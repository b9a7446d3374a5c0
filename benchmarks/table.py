"""The figures as Markdown."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.contenders import KEYED
from benchmarks.goals import goal_table
from benchmarks.kept import Figures, Measured, fastest_parse

ABOUT = Path(__file__).with_name("about.md")


def report(measured: Mapping[int, Measured]) -> str:
    """Everything that was measured, the smallest size first, and what was aimed at."""
    parts = [ABOUT.read_text(encoding="utf-8"), *(of_size(one) for one in measured.values())]
    return "\n".join([*parts, "## Goals\n", goal_table(measured), ""])


def of_size(measured: Measured) -> str:
    """The tables of one size."""
    parts = [f"## {measured.rows:,} rows\n", f"{measured.facts}\n"]
    for name, programs in measured.scenarios.items():
        parts += [f"### {name[0].upper()}{name[1:]}\n", _table(programs), ""]
    return "\n".join(parts)


def _table(programs: Mapping[str, Figures]) -> str:
    parse = programs.get(fastest_parse(programs))
    ours = programs.get(KEYED)
    lines = [
        "| program | time in s: min / median / max | of the parse | of ours | CPU in s "
        "| peak memory in MB: min / median / max | of ours |",
        "|---|---|---:|---:|---:|---|---:|",
    ]
    for name, one in programs.items():
        if one.failure:
            lines.append(f"| {name} | {one.failure.replace('|', ' ')} | | | | | |")
            continue
        ratios = [
            _ratio(one, parse, "wall_s"),
            _ratio(one, ours, "wall_s"),
            f"{one.median('cpu_s'):,.2f}",
            _spread(one.peak_mb, ",.0f"),
            _ratio(one, ours, "peak_mb"),
        ]
        lines.append(f"| {name} | {_spread(one.wall_s, ',.2f')} | {' | '.join(ratios)} |")
    return "\n".join(lines)


def _ratio(one: Figures, base: Figures | None, what: str) -> str:
    above, below = one.median(what), base.median(what) if base else None
    return f"{above / below:.2f}" if above and below else ""


def _spread(values: Sequence[float], form: str) -> str:
    ordered = sorted(values)
    middle = Figures(wall_s=ordered).median("wall_s")
    return " / ".join(format(value, form) for value in (ordered[0], middle, ordered[-1]))
