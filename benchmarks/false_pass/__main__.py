"""`python -m benchmarks.false_pass`: put every case before every program, and write docs/false-pass.md."""

import argparse
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.false_pass.asking import Scored, ask
from benchmarks.false_pass.finding import Program
from benchmarks.false_pass.score import Score

PAGE = Path(__file__).resolve().parents[2] / "docs" / "false-pass.md"


def main() -> None:
    """Ask, tell how each program fared, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.false_pass", description=__doc__)
    parser.add_argument("--only", metavar="PROGRAM", help="ask one program, and write no page")
    only = parser.parse_args().only
    programs = _installed()
    if only and only not in programs:
        parser.error(f"there is no {only!r}; the programs are: {', '.join(programs)}")
    scored = {}
    for name in [only] if only else programs:
        scored[name] = ask(name)
        _tell(name, scored[name])
    if not only:
        from benchmarks.false_pass.page import page

        PAGE.write_text(page(list(programs.values()), scored), encoding="utf-8")
        print(f"Wrote {PAGE}", file=sys.stderr)


def _installed() -> dict[str, Program]:
    try:
        from benchmarks.false_pass.peers.every import PROGRAMS

        for one in PROGRAMS.values():
            version(one.package)
    except (ImportError, PackageNotFoundError) as error:
        sys.exit(f"Not every peer is installed ({error}). Run: make peers")
    return PROGRAMS


def _tell(name: str, scored: dict[str, Scored]) -> None:
    counts = Counter(one.score.value for one in scored.values())
    print(f"{name}: {', '.join(f'{count} {what}' for what, count in counts.most_common())}")
    for case, one in scored.items():
        if one.score not in (Score.RIGHT, Score.CANNOT):
            print(f"  {one.score.value:12} {case}  {' '.join(one.words.split())}")


if __name__ == "__main__":
    main()
