"""Which table the statements are for, in which SQL, and why there may be none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest

_TABLE = re.compile(r"(?P<dialect>mysql|postgres|oracle)\.[^:]+:(?P<table>[\w$#]+(?:\.[\w$#]+)?)")
_FILTERED = re.compile(r"(?:mysql|postgres|oracle)\.[^:]+:.*\swhere\s", re.DOTALL)
_FORGIVES_NO_KEY = "read_as_type"
"""A text that was read as the other side's type: the database reads it alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlace:
    """The table that would be made equal."""

    side: Side
    dialect: str
    table: tuple[str, ...]
    """Its name, perhaps with its schema before it."""
    columns: dict[str, str]
    """Compared column -> what it is called on that side."""
    types: dict[str, str]
    """Compared column -> its Arrow type on that side."""


def why_no_repair(result: ComparisonResult, settings: ReportSettings) -> str | None:
    """Why no statement can be written, as a sentence; None where they can."""
    return next((one for one in _reasons(result, settings) if one), None)


def repair_place(result: ComparisonResult, settings: ReportSettings) -> RepairPlace:
    """The table, once `why_no_repair` has nothing to say."""
    side = Side(settings.repair_direction)
    manifest, dialect, table = _manifest(result, side), *_named(result, settings)
    renamed = {old: new for new, old in result.columns.renamed.items()} if side is Side.TARGET else {}
    columns = {name: renamed.get(name, name) for name in result.columns.compared}
    types = {column.name: column.type for column in manifest.columns}
    is_table = manifest.format == "table" and settings.repair_table is None
    return RepairPlace(
        side=side,
        dialect=dialect or "",
        table=tuple((table or "").split(".")),
        columns=columns,
        types={name: types.get(own, "string") if is_table else "string" for name, own in columns.items()},
    )


def _reasons(result: ComparisonResult, settings: ReportSettings) -> Iterator[str | None]:
    side = Side(settings.repair_direction)
    kept, count = len(result.differences), result.difference_count
    if not result.key:
        yield "Rows were compared as wholes; without a key no statement can name a row."
    if kept < count:
        yield (
            f"{kept:,} of {count:,} differing rows were kept; compare again with a larger `max_mismatches`."
        )
    if result.duplicate_group_count:
        yield "Some keys stand on several rows; a statement could not tell them apart."
    if result.masked_columns:
        yield f"Values that differ are masked, in {', '.join(result.masked_columns)}."
    if any(row.in_flight for row in result.differences):
        yield "Some rows were in flight; compare again when the tables are at rest."
    for name in result.key:
        if {*result.equal_under_rule.get(name, ())} - {_FORGIVES_NO_KEY}:
            yield f"Keys of the two sides are equal only under a rule, in {name}."
    if _FILTERED.match(_manifest(result, side).origin):
        yield f"Only a part of the {side} was read; a statement could touch rows outside of it."
    dialect, table = _named(result, settings)
    if dialect is None or table is None:
        yield (
            f"The {side} is no table, so nobody said what to repair; set `report.repair_table` and "
            "`report.repair_dialect`."
        )


def _named(result: ComparisonResult, settings: ReportSettings) -> tuple[str | None, str | None]:
    """The SQL and the table, as the settings say or else the origin does."""
    found = _TABLE.fullmatch(_manifest(result, Side(settings.repair_direction)).origin)
    return (
        settings.repair_dialect or (found["dialect"] if found else None),
        settings.repair_table or (found["table"] if found else None),
    )


def _manifest(result: ComparisonResult, side: Side) -> SnapshotManifest:
    return result.source if side is Side.SOURCE else result.target
