"""The statements: rows that are too many go first, then cells are changed, then rows are added."""

from collections.abc import Iterator, Mapping

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.report.repair.literals import LITERALS, CannotBeWrittenError, Literals
from smoke_pipeline.report.repair.place import RepairPlace, repair_place, why_no_repair
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.manifest import Side

BEFORE: Mapping[str, tuple[str, ...]] = {
    "mysql": (
        "SET NAMES utf8mb4;",
        "SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '');",
        "SET SESSION time_zone = '+00:00';",
        "START TRANSACTION;",
    ),
    "postgres": (
        "SET client_encoding = 'UTF8';",
        "SET standard_conforming_strings = on;",
        "START TRANSACTION;",
    ),
    "oracle": ("SET DEFINE OFF",),
}
"""What the statements rely on, by dialect."""
_ONE_SIDED = {Side.SOURCE: DifferenceKind.SOURCE_ONLY, Side.TARGET: DifferenceKind.TARGET_ONLY}


def repair_lines(result: ComparisonResult, settings: ReportSettings) -> Iterator[str]:
    """All lines: what it is, and the statements, or why there are none."""
    yield from _heading(result, settings)
    because = why_no_repair(result, settings)
    if because is None:
        place = repair_place(result, settings)
        try:
            statements = [*_statements(result, place)]
        except CannotBeWrittenError as error:
            because = f"No statement is written, for {error}."
        else:
            yield from _whole(statements, result, place)
            return
    yield f"-- {on_one_line(because)}"


def why_none(result: ComparisonResult, settings: ReportSettings) -> str | None:
    """Why there are no statements, as a sentence; None where there are."""
    because = why_no_repair(result, settings)
    if because is not None:
        return because
    try:
        for _ in _statements(result, repair_place(result, settings)):
            pass
    except CannotBeWrittenError as error:
        return f"No statement is written, for {error}."
    return None


def _heading(result: ComparisonResult, settings: ReportSettings) -> Iterator[str]:
    side = Side(settings.repair_direction)
    origins = {Side.SOURCE: result.source.origin, Side.TARGET: result.target.origin}
    yield "-- smoke_pipeline wrote these statements and never executes them: review them, then run them."
    yield f"-- They would make the {side}, {on_one_line(origins[side])},"
    yield f"-- equal to the {side.other}, {on_one_line(origins[side.other])}."


def _whole(statements: list[str], result: ComparisonResult, place: RepairPlace) -> Iterator[str]:
    left = [*result.columns.ignored, *result.columns.only_source, *result.columns.only_target]
    if left:
        yield f"-- Columns that were not compared are left alone: {on_one_line(', '.join(left))}."
    yield "-- Each statement must change exactly one row; where your client tells another number, roll back."
    yield f"-- SQL of {place.dialect}; {len(statements):,} statements."
    if not statements:
        yield "-- Nothing differs."
        return
    yield from BEFORE[place.dialect]
    yield from statements
    yield "COMMIT;"


def _statements(result: ComparisonResult, place: RepairPlace) -> Iterator[str]:
    sql = LITERALS[place.dialect]
    table = ".".join(sql.name(name) for name in place.table)
    too_many = _ONE_SIDED[place.side]
    for row in result.differences:
        if row.kind is too_many:
            yield f"DELETE FROM {table} WHERE {_condition(row, result.key, place, sql)};"  # noqa: S608 - never run
    for row in result.differences:
        if row.kind is DifferenceKind.MISMATCHED:
            changes, condition = _changes(row, place, sql), _condition(row, result.key, place, sql)
            yield f"UPDATE {table} SET {changes} WHERE {condition};"  # noqa: S608 - never run
    for row in result.differences:
        if row.kind is _ONE_SIDED[place.side.other]:
            names = ", ".join(sql.name(place.columns[name]) for name in row.values)
            values = ", ".join(sql.value(text, place.types[name]) for name, text in row.values.items())
            yield f"INSERT INTO {table} ({names}) VALUES ({values});"  # noqa: S608 - never run


def _changes(row: RowDifference, place: RepairPlace, sql: Literals) -> str:
    return ", ".join(
        f"{sql.name(place.columns[cell.column])} = "
        + sql.value(cell.source if place.side is Side.TARGET else cell.target, place.types[cell.column])
        for cell in row.cells
    )


def _condition(row: RowDifference, key: tuple[str, ...], place: RepairPlace, sql: Literals) -> str:
    return " AND ".join(
        sql.equals(place.columns[name], text, place.types[name])
        for name, text in zip(key, row.key, strict=True)
    )
