"""The keys of differing rows, exactly as the comparison aligns them, and as values that a database takes."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.types as pt

from smoke_pipeline.comparison.columns import carried, frame_of, side_columns
from smoke_pipeline.comparison.plan import Plan, PlannedColumn
from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowDifference
from smoke_pipeline.comparison.spec import SideRules
from smoke_pipeline.comparison.values.families import Family, family_of
from smoke_pipeline.errors import ComparisonError
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side

Key = tuple[str | None, ...]
"""The canonical values of the key columns, as texts."""
Row = tuple[Side, int]
"""A side, and the number of a row on it."""
_OF_TEXTS = {"unicode", "trim", "rstrip", "ignore_case", "numeric", "empty_is_null"}
"""Rules that leave every value alone that is no text."""
_US_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingKeys:
    """The keys of differing rows that are looked at once more."""

    keys: tuple[Key, ...]
    """Each once, in the order of the differences."""
    of_rows: Mapping[Row, Key]
    """Of the rows that are looked at once more."""

    def of(self, difference: RowDifference) -> Key | None:
        """The key of a differing row; None where it is not looked at once more."""
        row = _row_of(difference)
        return self.of_rows.get(row) if row else None


def differing_keys(
    result: ComparisonResult, snapshots: Mapping[Side, Snapshot], plan: Plan, *, most: int, chunk_rows: int
) -> DifferingKeys:
    """The first so many keys of the kept differing rows.

    Raises:
        SmokePipelineError: A snapshot cannot be read.
    """
    rows = [row for row in map(_row_of, result.differences) if row]
    found: dict[Row, Key] = {}
    for side, snapshot in snapshots.items():
        numbers = sorted(number for its_side, number in rows if its_side is side)
        keys = _keys_at(snapshot, side, plan, numbers, chunk_rows)
        found |= {(side, number): key for number, key in zip(numbers, keys, strict=True)}
    chosen = tuple(dict.fromkeys(found[row] for row in rows))[:most]
    among = set(chosen)
    return DifferingKeys(keys=chosen, of_rows={row: key for row, key in found.items() if key in among})


def of_key_alone(plan: Plan) -> Plan:
    """The plan of the key columns, for who wants to know the keys of rows and nothing else."""
    columns = tuple(column for column in plan.columns if column.name in plan.key)
    return replace(plan, columns=columns, sort_by=())


def keys_of(frame: pl.DataFrame, plan: Plan, side: Side) -> pl.DataFrame:
    """The canonical keys of a frame's rows: two keys are one where these texts are the same."""
    columns = side_columns(plan, side)
    keys = []
    for place in plan.aligning_places:
        column, values = columns[place], frame[carried(place)]
        has_rules = column.plan.forgiveness.has_rules
        text = column.under_rules(values)["value"] if has_rules else column.text(values)
        keys.append(text.alias(carried(place)))
    return pl.DataFrame(keys)


def why_not_askable(plan: Plan, tables: Iterable[Side]) -> str | None:
    """Why a key column cannot be asked for by value, if one cannot: another spelling would stay unseen."""
    for column in of_key_alone(plan).columns:
        for side in tables:
            is_text = family_of(column.type_of(side)) is Family.TEXT
            if is_text and column.read_as(side) is not None:
                return (
                    f"the key column {column.name!r} is text in the {side} and read as a value of the "
                    "other side's type, so that one key may be written there in several ways"
                )
            if column.forgiveness.has_rules and (is_text or not _leave_alone(column)):
                return (
                    f"a rule holds for the key column {column.name!r}, so that one key may be written "
                    f"in several ways in the {side}"
                )
    return None


def native_values(key: Key, plan: Plan, side: Side) -> tuple[Any, ...] | None:
    """A key as values of a side's own types; None where no row of that side can have it.

    Raises:
        ComparisonError: A value is beyond what can be bound exactly.
    """
    columns = {column.name: column for column in plan.columns}
    values = []
    for name, text in zip(plan.key, key, strict=True):
        column = columns[name]
        if text is not None and not _can_hold(column, side, text):
            return None
        values.append(None if text is None else _native(column, side, text))
    return tuple(values)


def _row_of(difference: RowDifference) -> Row | None:
    """The row whose key is that of the difference."""
    is_target = difference.kind is DifferenceKind.TARGET_ONLY
    side, number = (Side.TARGET, difference.target_row) if is_target else (Side.SOURCE, difference.source_row)
    return None if number is None else (side, number)


def _keys_at(
    snapshot: Snapshot, side: Side, plan: Plan, numbers: Sequence[int], chunk_rows: int
) -> list[Key]:
    """The keys of the rows of these numbers, which are in order."""
    if not numbers:
        return []
    key_plan, wanted, found, first = of_key_alone(plan), np.array(numbers), list[Key](), 1
    for batch in snapshot.batches(chunk_rows):
        start, end = np.searchsorted(wanted, [first, first + batch.num_rows])
        if start < end:
            rows = batch.take(pa.array(wanted[start:end] - first))
            found += keys_of(frame_of(rows, key_plan, side, first), key_plan, side).rows()
        first += batch.num_rows
        if len(found) == len(wanted):
            break
    return found


def _leave_alone(column: PlannedColumn) -> bool:
    both = (column.forgiveness.source, column.forgiveness.target)
    on = {name for rules in both for name in rules.model_fields_set if _is_on(rules, name)}
    return on <= _OF_TEXTS


def _is_on(rules: SideRules, name: str) -> bool:
    return bool(getattr(rules, name) != SideRules.model_fields[name].default)


def _is_bare(column: PlannedColumn, side: Side) -> bool:
    """Whether the canonical text is the value itself, without the letter of its family."""
    is_text = family_of(column.type_of(side)) is Family.TEXT
    return not column.forgiveness.has_rules and column.is_plain and is_text


def _can_hold(column: PlannedColumn, side: Side, text: str) -> bool:
    if _is_bare(column, side):
        return True
    own = column.type_of(side)
    if text[0] != family_of(own):
        return False
    if pt.is_integer(own):
        number = Decimal(text[1:]) if text[1:] not in ("NaN", "Infinity", "-Infinity") else None
        return number is not None and number == number.to_integral_value()
    return not pt.is_decimal(own) or text[1:] not in ("NaN", "Infinity", "-Infinity")


def _native(column: PlannedColumn, side: Side, text: str) -> Any:
    own = column.type_of(side)
    if _is_bare(column, side):
        return text
    try:
        return _READERS[family_of(own)](own, text[1:])
    except (ValueError, ArithmeticError) as error:
        raise ComparisonError(
            f"A value of the key column {column.name!r} cannot be asked for exactly.",
            suggestions=("Compare the whole tables again.",),
            context={"column": column.name},
        ) from error


def _number(own: pa.DataType, spelling: str) -> Any:
    if pt.is_integer(own):
        return int(Decimal(spelling))
    if pt.is_decimal(own):
        return Decimal(spelling)
    return float(np.float32(spelling)) if pt.is_float32(own) else float(spelling)


def _in_microseconds(spelling: str) -> str:
    """The spelling with no more digits than Python has; a finer one is an error."""
    if len(spelling.partition(".")[2]) > _US_DIGITS:
        raise ValueError(f"{spelling} is finer than a microsecond")
    return spelling


def _duration(spelling: str) -> dt.timedelta:
    microseconds, rest = divmod(int(spelling), 1000)
    if rest:
        raise ValueError(f"{spelling} ns is finer than a microsecond")
    return dt.timedelta(microseconds=microseconds)


_READERS: dict[Family, Callable[[pa.DataType, str], Any]] = {
    Family.TEXT: lambda _, text: text,
    Family.NULL: lambda _, text: text,
    Family.NUMBER: _number,
    Family.BOOLEAN: lambda _, text: text == "true",
    Family.DATE: lambda _, text: dt.date.fromisoformat(text),
    Family.TIMESTAMP: lambda _, text: dt.datetime.fromisoformat(_in_microseconds(text)),
    Family.INSTANT: lambda _, text: dt.datetime.fromisoformat(_in_microseconds(text)).replace(tzinfo=dt.UTC),
    Family.TIME: lambda _, text: dt.time.fromisoformat(_in_microseconds(text)),
    Family.DURATION: lambda _, text: _duration(text),
    Family.BINARY: lambda _, text: bytes.fromhex(text),
}
"""From a canonical spelling to a value as Python has it."""
