"""`summary.md`: the result for a pull request or a chat, below the length that such a place takes.

Whatever comes from the data stands in `<code>`, with each sign that Markdown or a forge could act on written
as a number: no mention, no link, no table row can come of a value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, KeyMode, RowDifference
from smoke_pipeline.report.explanation import explanation_rows
from smoke_pipeline.report.formats.base import text_format
from smoke_pipeline.report.in_flight import recheck_sentence
from smoke_pipeline.report.summary import by_count, rating, shown_score
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.report.words.advice import advice_on
from smoke_pipeline.report.words.sentence import main_sentence
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.manifest import SnapshotManifest

MOST_CHARACTERS = 60_000
"""A forge cuts a comment at 65,536."""
MOST_ROWS = 20
"""Differing rows shown; the CSV has all that were kept."""
MOST_LINES = 50
"""Lines of a table; the rest is counted."""
_LONGEST = 60
"""Characters shown of a value or a name."""
_PLAIN = frozenset(" -,+()%.:;?'\"/=")
"""Signs that are written as they are, unless an address begins there."""


def markdown_of(result: ComparisonResult, settings: ReportSettings) -> str:
    """The whole text."""
    found, length = [], 0
    for part in _parts(result, settings):
        length += len(part) + 2
        if length > MOST_CHARACTERS - 100:
            found.append("More is in the report.")
            break
        found.append(part)
    return "\n\n".join(found) + "\n"


def in_one_sentence(result: ComparisonResult) -> str:
    """What came out, with plain blanks."""
    return quoted_words(main_sentence(result).replace("\N{NO-BREAK SPACE}", " "))


def what_to_do(result: ComparisonResult) -> str:
    """The advice as a list."""
    return "\n".join(f"- {quoted_words(one.text)}" for one in advice_on(result))


def quoted(text: str | None) -> str:
    """A text of the data as nothing but text."""
    if text is None:
        return "NULL"
    shown = on_one_line(text[:_LONGEST]) + ("…" if len(text) > _LONGEST else "")
    return f"<code>{_disarmed(shown)}</code>"


def _parts(result: ComparisonResult, settings: ReportSettings) -> Iterator[str]:
    counts = result.counts
    yield (
        f"## {result.verdict.upper()}: match score {shown_score(counts)} of 100, "
        f"{rating(result, settings).name} (threshold {result.threshold})"
    )
    yield in_one_sentence(result)
    if result.unproven_because:
        yield f"Not proved: {quoted_words(result.unproven_because)}"
    yield what_to_do(result)
    yield _table(
        ("side", "what", "rows", "taken at", "sha256"),
        [_side(one) for one in (result.source, result.target)],
    )
    yield _table(
        ("matched", "mismatched", "source-only", "target-only", "key"),
        [
            (
                *(
                    f"{count:,}"
                    for count in (counts.matched, counts.mismatched, counts.source_only, counts.target_only)
                ),
                "none" if result.key_mode is KeyMode.NONE else ", ".join(map(quoted, result.key)),
            )
        ],
    )
    yield from _findings(result)
    yield from _rows(result)


def _findings(result: ComparisonResult) -> Iterator[str]:
    sentence = recheck_sentence(result)
    if sentence:
        yield quoted_words(sentence)
    for title, header, rows in (
        (
            "Mismatched cells",
            ("column", "cells"),
            [(quoted(name), count) for name, count in by_count(result.mismatch_by_column)],
        ),
        (
            "What the differences are",
            ("column", "what they are"),
            [(quoted(name), quoted_words(words)) for name, words in explanation_rows(result)],
        ),
        (
            "Equal under a rule only",
            ("column", "cells"),
            [(quoted(name), _counts(rules)) for name, rules in sorted(result.equal_under_rule.items())],
        ),
    ):
        if rows:
            yield f"### {title}\n\n{_table(header, rows)}"
    yield from _remarks(result)


def _counts(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {count:,}" for rule, count in sorted(rules.items()))


def _remarks(result: ComparisonResult) -> Iterator[str]:
    if result.duplicate_group_count:
        doubles = result.duplicates
        yield (
            f"Repeated keys: {result.duplicate_group_count:,}, with {doubles.source:,} rows too many in the "
            f"source and {doubles.target:,} in the target."
        )
    about = result.columns
    for words, names in (
        ("Columns only in the source, not compared", about.only_source),
        ("Columns only in the target, not compared", about.only_target),
        ("Ignored columns", about.ignored),
        ("Values are masked in", result.masked_columns),
    ):
        if names:
            yield f"{words}: {_listed(names)}."


def _rows(result: ComparisonResult) -> Iterator[str]:
    lines = [line for row in result.differences[:MOST_ROWS] for line in _lines(row)]
    if not lines:
        return
    shown = min(MOST_ROWS, len(result.differences))
    yield (
        f"### The first {shown:,} of {result.difference_count:,} differing rows\n\n"
        + _table(("key", "difference", "column", "source", "target"), lines)
    )


def _lines(row: RowDifference) -> Iterator[tuple[str, ...]]:
    key = ", ".join(map(quoted, row.key)) or f"row {row.source_row or row.target_row:,}"
    kind = str(row.kind).replace("_", "-") + (", in flight" if row.in_flight else "")
    if row.kind is DifferenceKind.MISMATCHED:
        for cell in row.cells[:MOST_LINES]:
            yield key, kind, quoted(cell.column), quoted(cell.source), quoted(cell.target)
        return
    values = "; ".join(f"{quoted(name)} {quoted(value)}" for name, value in [*row.values.items()][:8])
    sides = (values, "") if row.kind is DifferenceKind.SOURCE_ONLY else ("", values)
    yield (key, kind, "", *sides)


def quoted_words(sentence: str) -> str:
    """A sentence of ours that may name columns and values, with every sign of theirs disarmed."""
    return _disarmed(on_one_line(sentence))


def _disarmed(text: str) -> str:
    return "".join(
        one if one.isalnum() or (one in _PLAIN and not _links(text, at)) else f"&#{ord(one)};"
        for at, one in enumerate(text)
    )


def _links(text: str, at: int) -> bool:
    """Whether a sign would make an address of what stands around it."""
    return text[at : at + 3] == "://" or (text[at] == "." and text[max(0, at - 3) : at].lower() == "www")


def _side(manifest: SnapshotManifest) -> tuple[str, ...]:
    return (
        str(manifest.side),
        quoted(manifest.origin),
        f"{manifest.rows:,}",
        manifest.taken_at.isoformat(timespec="seconds") if manifest.taken_at else "compared in place",
        f"<code>{manifest.sha256[:12]}</code>" if manifest.sha256 else "",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LINES:,} more" if len(names) > MOST_LINES else ""
    return ", ".join(map(quoted, names[:MOST_LINES])) + more


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [*rows]
    shown = [f"| {' | '.join(row)} |" for row in lines[:MOST_LINES]]
    left = [f"\n{len(lines) - MOST_LINES:,} more."] if len(lines) > MOST_LINES else []
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *shown, *left])


def _write(result: ComparisonResult, file: TextIO, settings: ReportSettings) -> None:
    file.write(markdown_of(result, settings))


MARKDOWN = text_format("md", "summary.md", _write)
