"""`python -m benchmarks`: make the data if need be, run everything in turns, print the figures."""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.contenders import Contender, WrongAnswerError, contenders
from benchmarks.measure import Run, run
from benchmarks.table import Pair, report

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / "build" / "benchmarks"
"""Not under version control; `make clean` removes it."""


def main() -> None:
    """Measure, print, and save where that was asked for."""
    asked = _arguments()
    folder = _pair_of(asked.rows, asked.cache)
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    chosen = contenders(folder, expected, asked.memory)
    facts = _facts(folder, asked.rows)
    text = report(facts, _in_turns(chosen, asked.runs))
    print(text)
    if asked.save:
        (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rows", type=_rows, default=1_000_000, help="rows of the source, such as 10M; default 1M"
    )
    parser.add_argument("--runs", type=_at_least_three, default=3, help="runs of each program, 3 or more")
    parser.add_argument(
        "--memory", nargs="*", default=["256MB"], help="budgets to measure besides the default"
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for the data")
    parser.add_argument("--save", action="store_true", help="write benchmarks/RESULTS.md")
    return parser.parse_args()


def _rows(text: str) -> int:
    """`10M` is 10,000,000, `100k` is 100,000."""
    found = re.fullmatch(r"(\d[\d_,]*)([kKmM]?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows; write 100000, 100k or 10M")
    return int(re.sub(r"[_,]", "", found[1])) * {"": 1, "k": 1_000, "m": 1_000_000}[found[2].lower()]


def _at_least_three(text: str) -> int:
    if int(text) < 3:
        raise argparse.ArgumentTypeError("fewer than three runs say nothing about their spread")
    return int(text)


def _pair_of(rows: int, cache: Path) -> Path:
    """The folder of the pair, which is made in a process of its own, so that this one stays small."""
    folder = cache / f"statements-{rows}"
    if not (folder / "expected.json").exists():
        print(f"Making {rows:,} rows in {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "benchmarks.data", str(folder), str(rows)], check=True)
    for path in sorted(folder.glob("*.csv")):  # the cache is warm for all, or for none
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass
    return folder


def _in_turns(chosen: Sequence[Contender], rounds: int) -> Mapping[str, Sequence[Run]]:
    runs: dict[str, list[Run]] = {one.name: [] for one in chosen}
    for number in range(1, rounds + 1):
        for one in chosen:
            found = run(one.command)
            try:
                one.check(found)
            except WrongAnswerError as error:
                sys.exit(f"{one.name}: {error}")
            runs[one.name].append(found)
            print(
                f"round {number}  {found.wall_s:7.2f} s  {found.peak_mb:8,.0f} MB  {one.name}",
                file=sys.stderr,
            )
    return runs


def _facts(folder: Path, rows: int) -> Pair:
    source = folder / "source.csv"
    with source.open(encoding="utf-8") as file:
        columns = len(next(file).split(","))
    source_mb = source.stat().st_size / 1e6
    return Pair(rows=rows, columns=columns, source_mb=source_mb, load=os.getloadavg()[0])


if __name__ == "__main__":
    main()
