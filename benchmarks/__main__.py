"""`python -m benchmarks`: make the data if need be, run everything in turns, print the figures."""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.contenders import SLOW, Contender, what_is_wrong
from benchmarks.goals import goal_table, needed
from benchmarks.kept import Figures, Measured, facts, keep, kept
from benchmarks.measure import Limits, run
from benchmarks.scenarios import Scenario, scenarios
from benchmarks.sections import with_kept_sections
from benchmarks.table import of_size, report

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / "build" / "benchmarks"
"""Not under version control; `make clean` removes it."""
FORM = 2
"""Of the data; one higher where `data` makes something else, so that it is made anew."""
MOST_ROWS_FOR_SLOW = 1_000_000


def main() -> None:
    """Measure, print, and save where that was asked for."""
    asked = _arguments()
    asked.cache.mkdir(parents=True, exist_ok=True)
    if not asked.goals:
        measured = _measure(asked)
        print(of_size(measured))
    print(goal_table(kept(asked.cache)))
    if asked.save:
        page = HERE / "RESULTS.md"
        before = page.read_text(encoding="utf-8") if page.exists() else ""
        page.write_text(with_kept_sections(report(kept(asked.cache)), before), encoding="utf-8")
    if not asked.goals and _ours_failed(measured):
        sys.exit("`smoke compare` failed or counted wrong: see the tables.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--rows", type=_rows, default=1_000_000, help="rows of the source, such as 10M; default 1M")
    add("--runs", type=int, default=3, help="runs of each program; default 3")
    add("--only", metavar="TEXT", default="", help="scenarios whose name holds this text")
    add("--needed", action="store_true", help="only what the goals ask about at this size")
    add("--all-peers", action="store_true", help=f"{', '.join(SLOW)} above a million rows too")
    add("--memory", nargs="*", default=["256MB"], help="budgets to measure besides the default")
    add("--longest", type=float, default=3600, help="seconds after which a run is stopped")
    add("--cache", type=Path, default=CACHE, help="folder for the data and what was measured")
    add("--goals", action="store_true", help="measure nothing, print the goals with what was measured before")
    add("--save", action="store_true", help="write benchmarks/RESULTS.md, of all sizes measured")
    asked = parser.parse_args()
    if asked.needed and not needed(asked.rows):
        parser.error(f"the goals say nothing of {asked.rows:,} rows")
    return asked


def _rows(text: str) -> int:
    """`10M` is 10,000,000, `100k` is 100,000."""
    found = re.fullmatch(r"(\d[\d_,]*)([kKmM]?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows; write 100000, 100k or 10M")
    return int(re.sub(r"[_,]", "", found[1])) * {"": 1, "k": 1_000, "m": 1_000_000}[found[2].lower()]


def _measure(asked: argparse.Namespace) -> Measured:
    """Run what was asked for; every scenario is written down as soon as it is measured."""
    folder, half = (_data_of(rows, asked.cache) for rows in (asked.rows, asked.rows // 2))
    with_slow = asked.all_peers or asked.rows <= MOST_ROWS_FOR_SLOW
    chosen = scenarios(folder, half, asked.memory, with_slow=with_slow)
    before = kept(asked.cache).get(asked.rows)
    found = dict(before.scenarios) if before else {}
    measured = Measured(rows=asked.rows, facts=facts(folder / "source.csv", asked.rows), scenarios=found)
    for scenario in chosen:
        programs = _asked_for(scenario, asked)
        if programs:
            found[scenario.name] = _in_turns(scenario, programs, asked.runs, Limits(longest_s=asked.longest))
            keep(measured, asked.cache)
    return measured


def _asked_for(scenario: Scenario, asked: argparse.Namespace) -> Sequence[Contender]:
    if asked.only not in scenario.name:
        return ()
    wanted = needed(asked.rows)
    return [one for one in scenario.contenders if not asked.needed or (scenario.name, one.name) in wanted]


def _data_of(rows: int, cache: Path) -> Path:
    """The folder of the pairs, which are made in a process of its own, so that this one stays small."""
    folder = cache / f"statements-{FORM}-{rows}"
    if not (folder / "expected.json").exists():
        print(f"Making {rows:,} rows in {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "benchmarks.data", str(folder), str(rows)], check=True)
    return folder


def _in_turns(
    scenario: Scenario, programs: Sequence[Contender], rounds: int, limits: Limits
) -> dict[str, Figures]:
    """Run every program in each round; one that failed is not run again."""
    found = {one.name: Figures() for one in programs}
    print(f"{scenario.name}", file=sys.stderr)
    for number in range(1, rounds + 1):
        for path in scenario.files:  # the cache is warm for all, or for none
            _read(path)
        for one in programs:
            if not found[one.name].failure:
                found[one.name] = _with_one_more(found[one.name], one, limits)
                _tell(number, one.name, found[one.name])
    return found


def _with_one_more(figures: Figures, one: Contender, limits: Limits) -> Figures:
    took = run(one.command, limits)
    return replace(
        figures,
        wall_s=[*figures.wall_s, took.wall_s],
        cpu_s=[*figures.cpu_s, took.cpu_s],
        peak_mb=[*figures.peak_mb, took.peak_mb],
        failure=what_is_wrong(one, took),
    )


def _tell(number: int, name: str, figures: Figures) -> None:
    took = f"{figures.wall_s[-1]:7.2f} s  {figures.peak_mb[-1]:8,.0f} MB"
    print(f"  round {number}  {took}  {name}  {figures.failure}", file=sys.stderr)


def _read(path: Path) -> None:
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass


def _ours_failed(measured: Measured) -> bool:
    return any(
        figures.failure and name.startswith("smoke compare")
        for programs in measured.scenarios.values()
        for name, figures in programs.items()
    )


if __name__ == "__main__":
    main()
