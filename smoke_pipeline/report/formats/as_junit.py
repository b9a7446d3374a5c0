"""`junit.xml`: a test case for every compared column and every check, as build servers show them.

A case never passes where cells differ: it fails, or, where the verdict is passed because few enough rows
differ, it is told as skipped, with how many cells differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree import ElementTree as ET

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.formats.base import Format
from smoke_pipeline.report.summary import shown_score
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.model import ReportSettings

CHECKS, COLUMNS = "smoke_pipeline.checks", "smoke_pipeline.columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One test case; it passes where nothing is wrong."""

    group: str
    name: str
    wrong: str = ""
    """What is wrong, as one sentence."""
    is_tolerated: bool = False
    """Whether the verdict is passed all the same."""


def write_junit(result: ComparisonResult, file: IO[bytes], settings: ReportSettings) -> None:
    """Write one suite of checks and one of columns."""
    del settings
    root = ET.Element("testsuites", {"name": "smoke_pipeline"})
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for group, cases in ((CHECKS, [*_checks(result)]), (COLUMNS, [*_columns(result)])):
        numbers = {
            "tests": len(cases),
            "failures": sum(bool(case.wrong) and not case.is_tolerated for case in cases),
            "errors": 0,
            "skipped": sum(bool(case.wrong) and case.is_tolerated for case in cases),
        }
        totals = {name: totals[name] + count for name, count in numbers.items()}
        suite = ET.SubElement(root, "testsuite", {"name": group, **_texts(numbers), "time": "0"})
        for case in cases:
            _add(suite, case)
    root.attrib.update(_texts(totals))
    ET.indent(root)
    file.write(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _add(suite: ET.Element, case: _Case) -> None:
    about = {"classname": case.group, "name": on_one_line(case.name) or "(no name)", "time": "0"}
    element = ET.SubElement(suite, "testcase", about)
    if case.wrong:
        words = on_one_line(case.wrong)
        if case.is_tolerated:
            ET.SubElement(element, "skipped", {"message": words})
        else:
            ET.SubElement(element, "failure", {"message": words, "type": "difference"}).text = words


def _checks(result: ComparisonResult) -> Iterator[_Case]:
    counts, about, doubles = result.counts, result.columns, result.duplicates

    def check(name: str, wrong: str, *, holds: bool) -> _Case:
        return _Case(group=CHECKS, name=name, wrong="" if holds else wrong, is_tolerated=result.passed)

    score = f"The match score is {shown_score(counts)}, the threshold {result.threshold}."
    yield check("match_score_reaches_threshold", score, holds=result.reaches_threshold)
    yield check("is_proved", result.unproven_because or "", holds=not result.unproven_because)
    yield check(
        "row_counts_match",
        f"The source has {counts.source:,} rows, the target {counts.target:,}.",
        holds=counts.source == counts.target,
    )
    yield check(
        "no_row_is_on_the_source_alone",
        f"{counts.source_only:,} rows are only in the source.",
        holds=not counts.source_only,
    )
    yield check(
        "no_row_is_on_the_target_alone",
        f"{counts.target_only:,} rows are only in the target.",
        holds=not counts.target_only,
    )
    only = [*about.only_source, *about.only_target]
    yield check("columns_match", f"On one side alone, not compared: {', '.join(only[:50])}.", holds=not only)
    if result.key:
        yield check(
            "no_duplicate_keys",
            f"{doubles.source:,} repeated rows in the source, {doubles.target:,} in the target.",
            holds=not (doubles.source or doubles.target),
        )


def _columns(result: ComparisonResult) -> Iterator[_Case]:
    for name in result.columns.compared:
        cells = result.mismatch_by_column.get(name, 0)
        patterns = ", ".join(
            f"{pattern} {count:,}" for pattern, count in sorted(result.patterns.get(name, {}).items())
        )
        words = f"{cells:,} cells differ." + (f" Patterns: {patterns}." if patterns else "")
        yield _Case(group=COLUMNS, name=name, wrong=words if cells else "", is_tolerated=result.passed)


def _texts(numbers: dict[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in numbers.items()}


JUNIT = Format(name="junit", member="junit.xml", write=write_junit)
