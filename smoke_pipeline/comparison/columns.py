"""A side's columns as the engine carries them, as exact values, as values under rules, and in order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.plan import Plan, PlannedColumn
from smoke_pipeline.comparison.values import ordering
from smoke_pipeline.comparison.values.canonical import canonical, load, read_as, shown
from smoke_pipeline.comparison.values.families import Family, family_of
from smoke_pipeline.comparison.values.ruled import Ruler
from smoke_pipeline.errors import ComparisonError
from smoke_pipeline.snapshots.manifest import Side

ROW = "row"
"""The number of a row on its side, the first being 1."""
_VIEW_BYTES = 16
_ROWS, _CELLS = 32_768, 400_000
"""Rows, and cells of them, that are looked at in one go; they bound the memory."""
_TEMPORAL = (pl.Date, pl.Datetime, pl.Time, pl.Duration)


def carried(place: int) -> str:
    """The name under which the column at a place of the plan is carried; names of users play no part."""
    return f"c{place}"


def frame_of(batch: pa.RecordBatch, plan: Plan, side: Side, first_row: int) -> pl.DataFrame:
    """The compared columns of a batch, with row numbers.

    Raises:
        ComparisonError: A value cannot be carried exactly.
    """
    rows = pl.Series(ROW, range(first_row, first_row + batch.num_rows), dtype=pl.UInt64)
    columns = [
        _loaded(batch.column(column.position_of(side)), column, side).alias(carried(place))
        for place, column in enumerate(plan.columns)
    ]
    return pl.DataFrame([rows, *columns])


def bytes_of(frame: pl.DataFrame) -> int:
    """How much memory a frame takes; the views of its texts are not part of what polars tells."""
    return int(frame.estimated_size()) + _VIEW_BYTES * frame.width * frame.height


def compact(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows in buffers of their own: a view of a few texts keeps a whole batch in memory."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return pl.DataFrame(pl.from_arrow(table), schema=frame.schema)


def slices(rows: int, columns: int) -> Iterator[slice]:
    """Pieces of a frame that can be looked at in one go, however long and wide it is."""
    step = max(1, min(_ROWS, _CELLS // max(1, columns)))
    return (slice(start, start + step) for start in range(0, rows, step))


def _loaded(array: pa.Array, column: PlannedColumn, side: Side) -> pl.Series:
    try:
        return load(array, empty_is_null=column.empty_is_null)
    except pa.ArrowInvalid as error:
        raise ComparisonError(
            f"Column {column.name!r} of the {side} holds a value that cannot be compared exactly: {error}.",
            suggestions=(f"Leave the column out with --ignore {column.name!r}.", "Write it as text."),
            context={"column": column.name, "type": str(array.type)},
        ) from error


@dataclass(frozen=True, slots=True)
class SideColumn:
    """One planned column on one side."""

    plan: PlannedColumn
    side: Side

    def exact(self, values: pl.Series) -> pl.Series:
        """Values that are equal exactly if the cells are identical; the same type on both sides."""
        return values if self.plan.is_plain else self._canonical(values)

    def text(self, values: pl.Series) -> pl.Series:
        """As `exact`, and always as text."""
        return values if self.plan.is_plain and self._is_text else self._canonical(values)

    def under_rules(self, values: pl.Series) -> pl.DataFrame:
        """Canonical values under the column's rules: columns `value` and `changed`."""
        given = values if self._is_text else canonical(values, self._type)
        return self._ruler.apply(given)

    def key(self, values: pl.Series) -> pl.Series:
        """What aligns rows: the value under the rules, or the exact one where there are none."""
        if self.plan.forgiveness.has_rules:
            return self.under_rules(values)["value"]
        return self.exact(values)

    def order(self, key: pl.Series) -> pl.Series:
        """Something that sorts as the canonical values of `key` do."""
        if self.plan.is_plain and not self.plan.forgiveness.has_rules:
            return key.to_physical() if key.dtype in _TEMPORAL else key
        return ordering.order(key)

    def shown(self, values: pl.Series) -> pl.Series:
        """The values as a person reads them."""
        return shown(values, self._type)

    @property
    def is_read(self) -> bool:
        """Whether this side's text is read as the other side's type."""
        return self.plan.read_as(self.side) is not None

    @property
    def _type(self) -> pa.DataType:
        return self.plan.type_of(self.side)

    @property
    def _is_text(self) -> bool:
        return family_of(self._type) is Family.TEXT

    @property
    def _ruler(self) -> Ruler:
        forgiveness = self.plan.forgiveness
        rules = forgiveness.source if self.side is Side.SOURCE else forgiveness.target
        return Ruler(rules, self._type, self.plan.read_as(self.side), self.plan.empty_is_null)

    def _canonical(self, values: pl.Series) -> pl.Series:
        other = self.plan.read_as(self.side)
        return read_as(values, other) if other is not None else canonical(values, self._type)


def side_columns(plan: Plan, side: Side) -> tuple[SideColumn, ...]:
    """The planned columns of a side, in the plan's order."""
    return tuple(SideColumn(column, side) for column in plan.columns)


def exact_frame(frame: pl.DataFrame, columns: tuple[SideColumn, ...]) -> pl.DataFrame:
    """The exact values of whole rows."""
    return pl.DataFrame(
        [column.exact(frame[carried(place)]).alias(carried(place)) for place, column in enumerate(columns)]
    )


def ruled_frame(frame: pl.DataFrame, columns: tuple[SideColumn, ...]) -> pl.DataFrame:
    """The values of whole rows under the rules, all as text."""
    return pl.DataFrame(
        [
            (
                column.under_rules(frame[carried(place)])["value"]
                if column.plan.forgiveness.has_rules
                else column.text(frame[carried(place)])
            ).alias(carried(place))
            for place, column in enumerate(columns)
        ]
    )


def key_frame(frame: pl.DataFrame, plan: Plan, side: Side, *, exact: bool = False) -> pl.DataFrame:
    """The canonical keys of a frame's rows, under the rules or exactly as they are."""
    columns = side_columns(plan, side)
    keys = []
    for place in plan.aligning_places:
        column, values = columns[place], frame[carried(place)]
        keys.append((column.exact(values) if exact else column.key(values)).alias(carried(place)))
    return pl.DataFrame(keys)


def order_frame(frame: pl.DataFrame, plan: Plan, side: Side, places: Iterable[int]) -> pl.DataFrame:
    """Columns that sort as the canonical values at these places of the plan do."""
    columns = side_columns(plan, side)
    orders = ((place, columns[place].key(frame[carried(place)])) for place in places)
    return pl.DataFrame([columns[place].order(key).alias(carried(place)) for place, key in orders])


def shown_keys(frame: pl.DataFrame, plan: Plan, side: Side) -> list[tuple[str | None, ...]]:
    """The keys of a frame's rows as a person reads them; () for each where there is no key."""
    return shown_key_frame(frame, plan, side).rows() if plan.key else [()] * frame.height


def shown_key_frame(frame: pl.DataFrame, plan: Plan, side: Side) -> pl.DataFrame:
    """The columns that align a frame's rows, as a person reads them."""
    return shown_frame(frame, plan, side, plan.aligning_places)


def shown_frame(frame: pl.DataFrame, plan: Plan, side: Side, places: Iterable[int]) -> pl.DataFrame:
    """Some columns of a frame as a person reads them."""
    columns = side_columns(plan, side)
    return pl.DataFrame(
        [columns[place].shown(frame[carried(place)]).alias(carried(place)) for place in places]
    )
