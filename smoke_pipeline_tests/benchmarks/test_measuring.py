"""A run is watched, an answer is held to the truth, a failure is a row, a goal is met or missed."""

import json
import sys

import pytest

from benchmarks.contenders import KEYED, PARSES, Contender, what_is_wrong
from benchmarks.goals import LARGE, MIDDLE, SMALL, goal_table, needed
from benchmarks.kept import Figures, Measured, keep, kept
from benchmarks.measure import Limits, Run, run
from benchmarks.scenarios import SAME_ORDER
from benchmarks.table import report

TRUTH = {"mismatched": 2, "source_only": 0, "mismatch_by_column": {"a": 2}}
PARSE = next(iter(PARSES))


def python(program: str) -> tuple[str, ...]:
    return sys.executable, "-c", program


def ended(output: str, status: int = 0, stopped: str = "") -> Run:
    return Run(wall_s=1.0, cpu_s=1.0, peak_mb=1.0, status=status, output=output, stopped=stopped)


def contender(statuses=(0,), truth=TRUTH) -> Contender:
    return Contender(name="any", command=(), truth=truth, statuses=statuses)


def test_what_measures_stays_small():
    program = (
        "import benchmarks.__main__, sys; "
        "print(sorted({'numpy', 'polars', 'pyarrow', 'duckdb', 'smoke_pipeline'} & set(sys.modules)))"
    )

    assert run(python(program), Limits()).output == "[]\n"


def test_the_cause_of_a_failure_is_told_and_not_the_advice_below_it():
    output = "Traceback (most recent call last):\nx.OutOfMemoryException: Out of memory\nSee also https://x"

    assert what_is_wrong(contender(), ended(output, 1)).endswith("x.OutOfMemoryException: Out of memory")


def test_a_run_tells_what_it_took():
    found = run(python("print('done'); held = bytearray(60_000_000)"), Limits())

    assert (found.status, found.output, found.stopped) == (0, "done\n", "")
    assert found.peak_mb > 60
    assert found.cpu_s > 0


def test_the_memory_of_children_counts():
    child = "import time; held = bytearray(80_000_000); print('ready', flush=True); input()"
    parent = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=-1, stdout=-1)\n"
        "child.stdout.readline(); held = bytearray(80_000_000)\n"
        "for _ in range(30_000_000): pass\n"
        "child.communicate(b'end')\n"
    )

    assert run(python(parent), Limits()).peak_mb > 160


def test_a_run_that_takes_too_much_memory_is_stopped():
    found = run(python("held = [bytearray(50_000_000)]\nwhile True: pass"), Limits(most_mb=40))

    assert found.stopped == "took more than 40 MB"
    assert what_is_wrong(contender(), found) == "stopped: took more than 40 MB"


def test_a_run_that_does_not_end_is_stopped():
    found = run(python("while True: pass"), Limits(longest_s=0.5))

    assert "took longer than" in found.stopped


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        pytest.param(ended(json.dumps(TRUTH)), "", id="right"),
        pytest.param(ended('{"mismatched": 2}'), "", id="what is not said is not held against it"),
        pytest.param(
            ended('{"mismatched": 3}'), "wrong answer: mismatched 3 (right: 2)", id="a count that is wrong"
        ),
        pytest.param(ended("Killed", 137), "failed with exit status 137: Killed", id="failed"),
        pytest.param(ended("what?"), "gave no answer but 'what?'", id="no answer"),
    ],
)
def test_an_answer_is_held_to_the_truth(found, wrong):
    assert what_is_wrong(contender(), found) == wrong


def of_size(rows: int, *, ours_s: float = 1.0, failure: str = "") -> Measured:
    programs = {
        PARSE: Figures(wall_s=[2.0, 1.0, 3.0], cpu_s=[1.0], peak_mb=[100.0]),
        KEYED: Figures(wall_s=[ours_s], cpu_s=[1.0], peak_mb=[330.0], failure=failure),
    }
    return Measured(rows=rows, facts="A machine.", scenarios={SAME_ORDER: programs})


def row(text: str, table: str) -> str:
    (found,) = [line for line in table.splitlines() if text in line]
    return found


def test_a_goal_is_met_or_missed_by_so_much():
    met = goal_table({MIDDLE: of_size(MIDDLE, ours_s=1.0)})
    missed = goal_table({MIDDLE: of_size(MIDDLE, ours_s=3.4)})

    assert row("same order, keyed, 5M", met).endswith("| ≤ 0.85 | 0.50 | met |")
    assert row("same order, keyed, 5M", missed).endswith("| ≤ 0.85 | 1.70 | missed by 100 % |")


def test_what_failed_meets_no_goal():
    table = goal_table({LARGE: of_size(LARGE, failure="wrong answer: mismatched 3 (right: 2)")})

    assert row("same order, keyed, 10M", table).endswith("| not measured |  |")


def test_what_a_size_needs_is_what_the_goals_ask():
    assert (SAME_ORDER, KEYED) in needed(SMALL)
    assert (SAME_ORDER, PARSE) in needed(LARGE)
    assert needed(123) == set()


def test_what_was_measured_is_kept_and_a_failure_is_a_row(tmp_path):
    for one in (of_size(SMALL, failure="stopped: took longer than 5 s"), of_size(MIDDLE)):
        keep(one, tmp_path)

    page = report(kept(tmp_path))

    assert "| smoke compare, keyed | stopped: took longer than 5 s |" in page
    assert page.index("## 1,000,000 rows") < page.index("## 5,000,000 rows") < page.index("## Goals")
