"""How the programs fared, as Markdown."""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.false_pass.asking import Scored
from benchmarks.false_pass.case import Case, Refusal
from benchmarks.false_pass.cases import CASES, GROUPS
from benchmarks.false_pass.finding import Program
from benchmarks.false_pass.score import Score

SHOWN = {Score.RIGHT: "✓", Score.FALSE_PASS: "**false pass**", Score.CANNOT: ""}
ABOUT = Path(__file__).with_name("about.md")
"""The beginning of the page; `CASES` stands for how many there are."""


def page(programs: Sequence[Program], scored: Mapping[str, Mapping[str, Scored]]) -> str:
    """The whole page."""
    about = ABOUT.read_text(encoding="utf-8").replace("CASES", str(len(CASES)))
    parts = [about, _who(programs), _totals(scored)]
    parts += [_group(name, cases, scored) for name, cases in GROUPS.items()]
    return "\n".join([*parts, _conventions()])


def _who(programs: Sequence[Program]) -> str:
    lines = [f"## The programs\n\nWith Python {platform.python_version()}.\n"]
    lines += ["| program | version | how it was asked |", "|---|---|---|"]
    lines += [f"| {one.name} | {one.package} {version(one.package)} | {one.how} |" for one in programs]
    return "\n".join([*lines, ""])


def _totals(scored: Mapping[str, Mapping[str, Scored]]) -> str:
    plain = [case for case in CASES if not case.convention]
    lines = [
        f"## In numbers\n\nOf the {len(plain)} cases with one right answer:\n",
        *_counted(plain, scored),
        f"\nOf the {len(CASES) - len(plain)} that are a matter of convention:\n",
        *_counted([case for case in CASES if case.convention], scored),
    ]
    return "\n".join([*lines, ""])


def _counted(cases: Sequence[Case], scored: Mapping[str, Mapping[str, Scored]]) -> list[str]:
    order = [*(one for one in Score if one is not Score.CANNOT), Score.CANNOT]
    heads = [one.value if one is not Score.CANNOT else "not asked" for one in order]
    lines = [f"| program | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for name, found in scored.items():
        counts = Counter(found[case.name].score for case in cases)
        lines.append(f"| {name} | {' | '.join(str(counts[one]) for one in order)} |")
    return lines


def _group(name: str, cases: Sequence[Case], scored: Mapping[str, Mapping[str, Scored]]) -> str:
    lines = [f"## {name.capitalize()}\n", f"| case | the truth | {' | '.join(scored)} |"]
    lines.append(f"|---|---|{'---|' * len(scored)}")
    for case in cases:
        cells = (found[case.name].score for found in scored.values())
        shown = " | ".join(SHOWN.get(one, one.value) for one in cells)
        lines.append(f"| {title(case)}{'°' if case.convention else ''} | {_truth(case)} | {shown} |")
    return "\n".join([*lines, ""])


def title(case: Case) -> str:
    """The name of a case as words."""
    return case.name.replace("-", " ")


def _truth(case: Case) -> str:
    truth = case.answer
    if isinstance(truth, Refusal):
        return "refused"
    if truth.is_same:
        return "same"
    counts = {
        "mismatched": truth.mismatched,
        "source-only": truth.source_only,
        "target-only": truth.target_only,
    }
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def _conventions() -> str:
    lines = ["## Matters of convention\n", "| case | why another program may decide otherwise |", "|---|---|"]
    lines += [f"| {title(case)} | {case.convention} |" for case in CASES if case.convention]
    return "\n".join([*lines, ""])
