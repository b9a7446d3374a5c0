"""What the page shows, made ready: the template decides how it looks, never what is true."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.texts.value import Value, value_of
from smoke_pipeline.report.visible import name_of, runs
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.left_out import notes_of
from smoke_pipeline.snapshots.manifest import SnapshotManifest

MOST_GROUPS = 500
"""Repeated keys on the page; more of them say nothing new."""

SIGNS = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "pipe",
    " ": "space",
    '"': "double quote",
    "'": "single quote",
    "\\": "backslash",
}
"""How the signs of a dialect are called, since a lone comma is hard to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """What happened in one column."""

    name: str
    mismatched: int
    patterns: tuple[tuple[str, int], ...]
    forgiven: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One key that stands on several rows."""

    key: tuple[tuple[str, Value], ...]
    source_count: int
    target_count: int
    is_approximate: bool


def groups_of(result: ComparisonResult, settings: ReportSettings) -> Iterator[Group]:
    """The repeated keys that the page shows."""
    for group in islice(result.duplicate_groups, min(MOST_GROUPS, settings.max_rows_in_report)):
        yield Group(
            key=_named(result.key, group.key),
            source_count=group.source_count,
            target_count=group.target_count,
            is_approximate=group.is_approximate,
        )


def columns_of(result: ComparisonResult) -> list[ColumnLine]:
    """The columns in which anything differed as read, most mismatched cells first."""
    names = {*result.mismatch_by_column, *result.equal_under_rule}
    lines = [
        ColumnLine(
            name=name,
            mismatched=result.mismatch_by_column.get(name, 0),
            patterns=tuple(sorted(result.patterns.get(name, {}).items())),
            forgiven=tuple(sorted(result.equal_under_rule.get(name, {}).items())),
        )
        for name in names
    ]
    return sorted(lines, key=lambda line: (-line.mismatched, line.name))


def side_facts(manifest: SnapshotManifest) -> list[tuple[str, str]]:
    """What was compared, as names and values."""
    return [
        ("Rows", f"{manifest.rows:,}"),
        ("Columns", f"{len(manifest.columns):,}"),
        ("Size", f"{manifest.size_bytes:,} bytes"),
        ("Format", " in ".join(filter(None, (manifest.format, manifest.compression)))),
        *([("Archive member", manifest.member)] if manifest.member is not None else []),
        *([("Encoding", manifest.encoding)] if manifest.encoding else []),
        *_dialect_facts(manifest),
        *([("Empty lines skipped", f"{manifest.empty_lines:,}")] if manifest.empty_lines else []),
        *_reading_facts(manifest),
        ("Taken at", manifest.taken_at.isoformat() if manifest.taken_at else "compared in place"),
        *([("SHA-256", manifest.sha256)] if manifest.sha256 else []),
        *([("Version", manifest.version)] if manifest.version else []),
    ]


def _dialect_facts(manifest: SnapshotManifest) -> list[tuple[str, str]]:
    dialect = manifest.dialect
    if dialect is None:
        return []
    parts = [
        f"delimiter {_named_sign(dialect.delimiter)}",
        f"quote {_named_sign(dialect.quote)}" if dialect.quote else "nothing quoted",
        *([f"escape {_named_sign(dialect.escape)}"] if dialect.escape else []),
    ]
    return [("Dialect", ", ".join(parts))]


def _reading_facts(manifest: SnapshotManifest) -> list[tuple[str, str]]:
    """What was taken for what in a CSV, and why; then what is unusual about it."""
    if manifest.reading is None:
        return []
    guesses = (
        f"{one.what} {_named_sign(one.value)} ({one.confidence}: {one.evidence})"
        for one in manifest.reading.guesses
    )
    return [("Read as", "; ".join(guesses)), *(("Note", note) for note in notes_of(manifest.reading))]


def _named_sign(sign: str) -> str:
    return SIGNS.get(sign) or "".join(name_of(piece) if unseen else piece for piece, unseen in runs(sign))


def _named(names: tuple[str, ...], values: tuple[str | None, ...]) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value_of(value)) for name, value in zip(names, values, strict=True))
