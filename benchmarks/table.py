"""The figures as Markdown."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import psutil

from benchmarks.contenders import PARSE_ONLY
from benchmarks.measure import Run

VERSIONS = ("smoke-pipeline", "polars", "pyarrow", "datacompy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What was compared."""

    rows: int
    columns: int
    source_mb: float
    load: float
    """How many other programs wanted a core in the minute before the first run."""


def report(pair: Pair, runs: Mapping[str, Sequence[Run]]) -> str:
    """Everything that was measured, and on what."""
    times = next(iter(runs.values()))
    return "\n".join(
        [
            "# Results",
            "",
            f"Two CSVs of {pair.rows:,} rows and {pair.columns} columns, {pair.source_mb:,.0f} MB each, "
            f"warm cache, {len(times)} runs of each program in turns.",
            "A run is a whole process with its imports; its memory is the peak of it and its children.",
            f"Machine: {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, "
            f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
            f"{', '.join(f'{name} {version(name)}' for name in VERSIONS)}.",
            f"In the minute before the first run {pair.load:.1f} other programs wanted a core; "
            "with more than a few tenths much of the spread is theirs.",
            "The counts of every `smoke compare` were checked against those the data was made with.",
            "",
            *_figures(runs),
            "",
            *_ratios(runs),
            "",
            "`python -m benchmarks --save` writes this file.",
            "",
        ]
    )


def _figures(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    lines = [
        "| program | time in s: min / median / max | peak memory in MB: min / median / max |",
        "|---|---|---|",
    ]
    for name, found in runs.items():
        wall = _spread([run.wall_s for run in found], ".2f")
        peak = _spread([run.peak_mb for run in found], ",.0f")
        lines.append(f"| {name} | {wall} | {peak} |")
    return lines


def _ratios(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    base = runs[PARSE_ONLY]
    lines = [f"Medians, as multiples of *{PARSE_ONLY}*:", "", "| program | time | memory |", "|---|---|---|"]
    for name, found in runs.items():
        wall = _median([run.wall_s for run in found]) / _median([run.wall_s for run in base])
        peak = _median([run.peak_mb for run in found]) / _median([run.peak_mb for run in base])
        lines.append(f"| {name} | {wall:.2f} | {peak:.2f} |")
    return lines


def _spread(values: Sequence[float], form: str) -> str:
    return " / ".join(format(value, form) for value in (min(values), _median(values), max(values)))


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)
