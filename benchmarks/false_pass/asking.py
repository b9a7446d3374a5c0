"""One program asked about every case, in a process of its own, so that what crashes takes nothing else along.

`python -m benchmarks.false_pass.asking PROGRAM FIRST FOLDER` asks from case number FIRST on and writes a line
for each; `ask` starts it, and starts it again behind a case that ended it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.false_pass.case import Case
from benchmarks.false_pass.cases import CASES
from benchmarks.false_pass.finding import CannotError, Program
from benchmarks.false_pass.score import Score, score, score_of_error
from benchmarks.false_pass.written import write

LONGEST_S = 60
"""A case that takes longer counts as a crash; it has two thousand rows at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """How a program fared with a case, and what it said where it said it in words."""

    score: Score
    words: str = ""


def ask(name: str) -> Mapping[str, Scored]:
    """How a program fares, by case."""
    scored: dict[str, Scored] = {}
    with tempfile.TemporaryDirectory() as folder:
        while len(scored) < len(CASES):
            scored |= _asked_from(name, len(scored), folder)
            if len(scored) < len(CASES):
                scored[CASES[len(scored)].name] = Scored(score=Score.CRASH, words="its process ended")
    return scored


def _asked_from(name: str, first: int, folder: str) -> Mapping[str, Scored]:
    command = (sys.executable, "-m", "benchmarks.false_pass.asking", name, str(first), folder)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.endswith("}")]
    return {line["case"]: Scored(score=Score(line["score"]), words=line["words"]) for line in lines}


def _main() -> None:
    from benchmarks.false_pass.peers.every import PROGRAMS

    name, first, folder = sys.argv[1:]
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the program itself prints is no answer
    for case in CASES[int(first) :]:
        signal.alarm(LONGEST_S)
        scored = _one(PROGRAMS[name], case, Path(folder))
        answers.write(json.dumps({"case": case.name, "score": scored.score, "words": scored.words}) + "\n")
        answers.flush()
    os._exit(0)  # threads that a program left behind are not waited for


def _one(program: Program, case: Case, folder: Path) -> Scored:
    try:
        return Scored(score=score(case, program.ask(write(case, folder))))
    except CannotError as error:
        return Scored(score=Score.CANNOT, words=str(error))
    except BaseException as error:  # noqa: BLE001 - whatever a program raises, it gave no answer
        with contextlib.suppress(Exception):
            return Scored(score=score_of_error(case), words=f"{type(error).__name__}: {error}"[:300])
        return Scored(score=score_of_error(case), words=type(error).__name__)


if __name__ == "__main__":
    _main()
