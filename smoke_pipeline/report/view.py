"""What the page shows, made ready: the template decides how it looks, never what is true."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.report.visible import name_of, runs
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.left_out import notes_of
from smoke_pipeline.snapshots.manifest import SnapshotManifest

LONGEST = 600
"""Characters shown of one value; the CSV has all of them."""
BEFORE = 80
"""Characters shown before the first one that differs, where the start is cut off."""

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
class Value:
    """One value: its pieces, each with whether it is the name of an unseen character; none for NULL."""

    is_null: bool = False
    pieces: tuple[tuple[str, bool], ...] = ()
    cut_before: int = 0
    cut_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell that differs."""

    column: str
    source: Value
    target: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that differs, or stands on one side alone."""

    kind: str
    key: tuple[tuple[str, Value], ...]
    source_row: int | None
    target_row: int | None
    cells: tuple[Cell, ...]
    values: tuple[tuple[str, Value], ...]
    in_flight: bool


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


def value_of(text: str | None, start: int = 0) -> Value:
    """A value as it is shown, cut to a readable length from `start` on."""
    if text is None:
        return Value(is_null=True)
    shown = text[start : start + LONGEST]
    pieces = tuple((name_of(piece).strip("<>") if unseen else piece, unseen) for piece, unseen in runs(shown))
    return Value(pieces=pieces, cut_before=start, cut_after=len(text) - start - len(shown))


def rows_of(result: ComparisonResult, settings: ReportSettings) -> Iterator[Row]:
    """The differing rows that the page shows, in the order of their keys."""
    for difference in islice(result.differences, settings.max_rows_in_report):
        yield _row(difference, result.key)


def groups_of(result: ComparisonResult, settings: ReportSettings) -> Iterator[Group]:
    """The repeated keys that the page shows."""
    for group in islice(result.duplicate_groups, settings.max_rows_in_report):
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


def _row(difference: RowDifference, key: tuple[str, ...]) -> Row:
    is_mismatch = difference.kind is DifferenceKind.MISMATCHED
    return Row(
        kind=str(difference.kind),
        key=_named(key, difference.key),
        source_row=difference.source_row,
        target_row=difference.target_row,
        cells=tuple(_cell(cell.column, cell.source, cell.target) for cell in difference.cells),
        values=()
        if is_mismatch
        else tuple((name, value_of(text)) for name, text in difference.values.items()),
        in_flight=difference.in_flight,
    )


def _named(names: tuple[str, ...], values: tuple[str | None, ...]) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value_of(value)) for name, value in zip(names, values, strict=True))


def _cell(column: str, source: str | None, target: str | None) -> Cell:
    start = _start(source or "", target or "")
    return Cell(column=column, source=value_of(source, start), target=value_of(target, start))


def _start(source: str, target: str) -> int:
    """Where to start so that the first difference is on the page; 0 unless a value is long."""
    if max(len(source), len(target)) <= LONGEST:
        return 0
    pairs = zip(source, target, strict=False)
    shorter = min(len(source), len(target))
    first = next((position for position, (one, other) in enumerate(pairs) if one != other), shorter)
    return 0 if first < LONGEST - BEFORE else first - BEFORE
