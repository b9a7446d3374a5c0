"""What was measured, kept as JSON beside the data: one file a size, so that several sizes make one page."""

import json
import os
import platform
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from benchmarks.contenders import PARSES

VERSIONS = (
    "smoke-pipeline",
    "polars",
    "pyarrow",
    "pandas",
    "duckdb",
    "datacompy",
    "csv-diff",
    "csvdiff",
    "reladiff",
    "pyspark",
)
FASTEST_PARSE = "the fastest parse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the runs of one program took."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    failure: str = ""
    """Why there are no figures, or no more of them."""

    def median(self, what: str) -> float | None:
        """The median of `wall_s`, `cpu_s` or `peak_mb`; None where the program failed."""
        values: list[float] = getattr(self, what)
        return statistics.median(values) if values and not self.failure else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that was measured with one size of data."""

    rows: int
    facts: str
    """The data, the machine, the versions: one sentence each."""
    scenarios: dict[str, dict[str, Figures]]
    """Scenario -> program -> figures."""

    def figures(self, scenario: str, program: str) -> Figures | None:
        """Those of a program, or of the fastest parse in that scenario."""
        found = self.scenarios.get(scenario, {})
        return found.get(fastest_parse(found) if program == FASTEST_PARSE else program)


def fastest_parse(found: Mapping[str, Figures]) -> str:
    """The name of the parse that took least time."""
    times = {name: found[name].median("wall_s") for name in PARSES if name in found}
    return (
        min((time, name) for name, time in times.items() if time is not None)[1]
        if any(times.values())
        else ""
    )


def facts(source: Path, rows: int) -> str:
    """What the figures hold for."""
    with source.open(encoding="utf-8") as file:
        columns = len(next(file).split(","))
    return "\n".join(
        [
            f"{rows:,} rows and {columns} columns, {source.stat().st_size / 1e6:,.0f} MB a side as CSV.",
            f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()} "
            f"{platform.machine()}, Python {platform.python_version()}, "
            f"{', '.join(map(_version, VERSIONS))}.",
            f"In the minute before the first run {os.getloadavg()[0]:.1f} other programs wanted a core; "
            "with more than a few tenths much of the spread is theirs.",
        ]
    )


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} not installed"


def keep(measured: Measured, cache: Path) -> None:
    """Write it down."""
    _path(cache, measured.rows).write_text(json.dumps(asdict(measured), indent=1) + "\n", encoding="utf-8")


def kept(cache: Path) -> dict[int, Measured]:
    """All sizes that were measured, by rows."""
    found = {}
    for path in cache.glob("measured-*.json"):
        read = json.loads(path.read_text(encoding="utf-8"))
        scenarios = {
            scenario: {name: Figures(**figures) for name, figures in programs.items()}
            for scenario, programs in read["scenarios"].items()
        }
        found[read["rows"]] = Measured(rows=read["rows"], facts=read["facts"], scenarios=scenarios)
    return dict(sorted(found.items()))


def _path(cache: Path, rows: int) -> Path:
    return cache / f"measured-{rows}.json"
