"""The result in few words: as JSON, as lines on a terminal, and as Markdown for Dagster's page."""

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from smoke_pipeline.comparison.result import (
    ComparedColumns,
    ComparisonResult,
    DuplicateGroup,
    HeldToBaseline,
    KeyMode,
    RowCounts,
)
from smoke_pipeline.report.explanation import explanation_rows
from smoke_pipeline.report.in_flight import recheck_facts, recheck_rows, recheck_sentence
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.left_out import notes_on
from smoke_pipeline.snapshots.manifest import SnapshotManifest

DEFAULTS = ReportSettings()
MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>|&~#])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How good a match score is, in a word and a colour."""

    name: str
    color: str


def rating(result: ComparisonResult, settings: ReportSettings = DEFAULTS) -> Rating:
    """The rating of the exact match score, never of the rounded one."""
    counts = result.counts
    if counts.reaches(settings.excellent):
        return Rating(name="Excellent", color="green")
    if counts.reaches(settings.good):
        return Rating(name="Good", color="yellow")
    if counts.reaches(settings.warning):
        return Rating(name="Warning", color="orange")
    return Rating(name="Critical", color="red")


def shown_score(counts: RowCounts) -> str:
    """The match score with two digits; `100.00` only where every row matched."""
    if counts.matched == counts.larger:
        return "100.00"
    exact = Decimal(100 * counts.matched) / Decimal(counts.larger)
    return str(min(exact.quantize(Decimal("0.01")), Decimal("99.99")))


def summarise(result: ComparisonResult, settings: ReportSettings = DEFAULTS) -> dict[str, Any]:
    """What `summary.json` holds: the same for the same input, whenever and wherever it was compared."""
    return {**_answer(result), **_background(result, settings)}


def as_json(
    result: ComparisonResult, report: Path | None, settings: ReportSettings = DEFAULTS
) -> dict[str, Any]:
    """What `smoke compare --format json` prints: the summary, how long it took, and where the report is."""
    return {
        **_answer(result),
        "elapsed_s": round(result.engine.elapsed_s, 3),
        "peak_memory_mb": round(result.engine.peak_memory_mb, 1),
        "report": str(report) if report else None,
        "engine": _engine_facts(result),
        **_background(result, settings),
    }


def _engine_facts(result: ComparisonResult) -> dict[str, Any]:
    """How the answer was found, but for the time and the memory it took."""
    return {
        name: value
        for name, value in asdict(result.engine).items()
        if name not in ("elapsed_s", "peak_memory_mb")
    }


def run_facts(result: ComparisonResult, *, written_at: datetime) -> dict[str, Any]:
    """What `run.json` holds: the facts that change from run to run, and never change the answer."""
    return {
        "written_at": written_at.isoformat(),
        "engine": asdict(result.engine),
        "smoke_pipeline": version("smoke-pipeline"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def as_text(result: ComparisonResult, report: Path | None = None, settings: ReportSettings = DEFAULTS) -> str:
    """What a person reads on a terminal."""
    counts = result.counts
    lines = [
        f"{result.verdict.upper()}  match score {shown_score(counts)} (threshold {result.threshold}), "
        f"{rating(result, settings).name}"
    ]
    lines += [on_one_line(words) for words in (result.unproven_because, accepted_words(result)) if words]
    lines += [
        "",
        _side_line(result.source),
        _side_line(result.target),
        f"key     {on_one_line(_key_words(result))}",
        *(f"note    {on_one_line(note)}" for note in notes_on(result.source, result.target)),
        "",
        *_aligned(_count_rows(counts)),
        *_section("Read again", recheck_rows(result)),
        *_section_of_words(recheck_sentence(result)),
        *_section("Mismatched cells by column", by_count(result.mismatch_by_column)),
        *_section("What the differences are", explanation_rows(result)),
        *_section("Equal under a rule", _rule_rows(result)),
        *_section("Repeated keys", _duplicate_rows(result)),
        *_section("Columns", _column_rows(result.columns)),
    ]
    lines += ["", f"report  {report}"] if report else []
    return "\n".join(lines) + "\n"


def as_markdown(result: ComparisonResult, settings: ReportSettings = DEFAULTS) -> str:
    """What Dagster's page shows of a comparison; short enough to be shown without being asked for."""
    counts = result.counts
    parts = [
        f"**{result.verdict.upper()}** match score **{shown_score(counts)}** "
        f"(threshold {result.threshold}), {rating(result, settings).name}",
        _md(result.unproven_because or ""),
        _md(accepted_words(result)),
        f"Source {_md(result.source.origin)}, target {_md(result.target.origin)}, "
        f"key {_md(_key_words(result))}.",
        "\n".join(f"- {_md(note)}" for note in notes_on(result.source, result.target)),
        _md_table(("rows", "count"), _count_rows(counts)),
        _md_table(("read again", "count"), recheck_rows(result)),
        _md(recheck_sentence(result)),
        _md_table(("mismatched cells of column", "count"), by_count(result.mismatch_by_column)),
        _md_table(("equal under a rule", "cells"), _rule_rows(result)),
        _md_table(("repeated keys", "count"), _duplicate_rows(result)),
        _md_table(("columns", "names"), _column_rows(result.columns)),
    ]
    return "\n\n".join(part for part in parts if part)


def accepted_words(result: ComparisonResult) -> str:
    """What the verdict owes to differences that somebody accepted; "" where the test has no baseline."""
    baseline = result.baseline
    if baseline is None:
        return ""
    return f"{result.verdict}: {baseline.sentence}" if baseline.holds else baseline.sentence


def explanation_as_markdown(result: ComparisonResult) -> str:
    """What the mismatched cells of each column are; "" where there are none."""
    return _md_table(("differences of column", "what they are"), explanation_rows(result))


def by_count(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Names and counts, the largest count first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(name, f"{count:,}") for name, count in ordered]


def _answer(result: ComparisonResult) -> dict[str, Any]:
    counts = result.counts
    return {
        "verdict": str(result.verdict),
        "match_score": counts.match_score,
        "rows_source": counts.source,
        "rows_target": counts.target,
        "matched": counts.matched,
        "mismatched": counts.mismatched,
        "source_only": counts.source_only,
        "target_only": counts.target_only,
        "duplicates": asdict(result.duplicates),
        "mismatch_by_column": _ordered(result.mismatch_by_column),
        "equal_under_rule": _ordered_twice(result.equal_under_rule),
        "patterns": _ordered_twice(result.patterns),
        "key": list(result.key),
        "key_mode": str(result.key_mode),
        "columns": _columns(result.columns),
        "passed": result.passed,
        "threshold": float(result.threshold),
    }


def _background(result: ComparisonResult, settings: ReportSettings) -> dict[str, Any]:
    return {
        "rating": asdict(rating(result, settings)),
        "unproven_because": result.unproven_because,
        "notes": list(notes_on(result.source, result.target)),
        "key_evidence": asdict(result.key_evidence) if result.key_evidence else None,
        "duplicate_groups": {
            "count": result.duplicate_group_count,
            "approximate": result.approximate_groups,
            "kept": [_group(group) for group in result.duplicate_groups],
        },
        "differences": {"count": result.difference_count, "kept": len(result.differences)},
        "explanation": [asdict(cluster) for cluster in result.explanation],
        "recheck": recheck_facts(result.recheck),
        **({"baseline": _baseline_facts(result.baseline)} if result.baseline else {}),
    }


def _baseline_facts(baseline: HeldToBaseline) -> dict[str, Any]:
    """What a program reads of the baseline; it is left out where the test has none."""
    return {**asdict(baseline), "sentence": baseline.sentence}


def _columns(columns: ComparedColumns) -> dict[str, Any]:
    return {
        "compared": list(columns.compared),
        "only_source": list(columns.only_source),
        "only_target": list(columns.only_target),
        "ignored": list(columns.ignored),
        "renamed": dict(sorted(columns.renamed.items())),
        "likely_renames": dict(columns.likely_renames),
        "empty_is_null": list(columns.empty_is_null),
    }


def _group(group: DuplicateGroup) -> dict[str, Any]:
    return {**asdict(group), "key": list(group.key)}


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _ordered_twice(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {name: _ordered(inner) for name, inner in sorted(counts.items())}


def _side_line(manifest: SnapshotManifest) -> str:
    member = f" ({manifest.member})" if manifest.member else ""
    return on_one_line(f"{manifest.side:<8}{manifest.origin}{member}: {manifest.rows:,} rows")


def _key_words(result: ComparisonResult) -> str:
    if result.key_mode is KeyMode.NONE:
        return "none: whole rows were compared, without regard to their order"
    names = ", ".join(result.key)
    if result.key_mode is KeyMode.EXPLICIT:
        return names
    return f"{names} (found: {result.key_evidence.reason})" if result.key_evidence else f"{names} (found)"


def _count_rows(counts: RowCounts) -> list[tuple[str, str]]:
    return [
        ("matched", f"{counts.matched:,}"),
        ("mismatched", f"{counts.mismatched:,}"),
        ("source-only", f"{counts.source_only:,}"),
        ("target-only", f"{counts.target_only:,}"),
    ]


def _rule_rows(result: ComparisonResult) -> list[tuple[str, str]]:
    return [
        (column, ", ".join(f"{rule} {count:,}" for rule, count in sorted(rules.items())))
        for column, rules in sorted(result.equal_under_rule.items())
    ]


def _duplicate_rows(result: ComparisonResult) -> list[tuple[str, str]]:
    if not result.duplicate_group_count:
        return []
    rows = [
        ("keys", f"{result.duplicate_group_count:,}"),
        ("rows beyond the first in source", f"{result.duplicates.source:,}"),
        ("rows beyond the first in target", f"{result.duplicates.target:,}"),
    ]
    if result.approximate_groups:
        rows.append(("keys with too many rows for the best pairing", f"{result.approximate_groups:,}"))
    return rows


def _column_rows(columns: ComparedColumns) -> list[tuple[str, str]]:
    rows = [
        ("only in source", columns.only_source),
        ("only in target", columns.only_target),
        ("ignored", columns.ignored),
        ("renamed", [f"{new} = {old}" for new, old in sorted(columns.renamed.items())]),
        ("perhaps renamed", [f"{new} = {old}" for new, old in columns.likely_renames.items()]),
        ("NULL is the empty text", _every_or_named(columns.empty_is_null, columns)),
    ]
    return [(name, ", ".join(names)) for name, names in rows if names]


def _every_or_named(names: Sequence[str], columns: ComparedColumns) -> Sequence[str]:
    """The names, or one word where they are all: of two CSVs every column is meant."""
    return ["in every column"] if {*names} == {*columns.compared} and len(names) > 1 else names


def _section(title: str, rows: list[tuple[str, str]]) -> list[str]:
    return ["", title, *_aligned(rows)] if rows else []


def _section_of_words(words: str) -> list[str]:
    return ["", on_one_line(words)] if words else []


def _aligned(rows: list[tuple[str, str]]) -> list[str]:
    shown = [(on_one_line(name), on_one_line(value)) for name, value in rows]
    width = max(len(name) for name, _ in shown)
    return [f"  {name:<{width}}  {value}" for name, value in shown]


def _md(text: str) -> str:
    return MARKDOWN_SIGNS.sub(r"\\\1", on_one_line(text))


def _md_table(header: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {_md(name)} | {_md(value)} |" for name, value in rows]
    return "\n".join([f"| {header[0]} | {header[1]} |", "|---|---|", *lines]) if lines else ""
