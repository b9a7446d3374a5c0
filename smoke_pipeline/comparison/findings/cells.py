"""The cells of aligned rows: which differ, which are forgiven, and by what."""

from collections.abc import Mapping

import polars as pl

from smoke_pipeline.comparison.columns import SideColumn, carried, side_columns
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

Masks = Mapping[int, pl.Series]
"""Place of a column -> which of the aligned rows differ there; columns without a difference are left out."""


class Cells:
    """Compares aligned rows cell by cell, and counts what was forgiven."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._columns = tuple(
            zip(side_columns(plan, Side.SOURCE), side_columns(plan, Side.TARGET), strict=True)
        )

    @property
    def counts_readings(self) -> bool:
        """Whether rows that are equal anyway still have something to count."""
        return any(source.is_read or target.is_read for source, target in self._columns)

    def compare(self, source: pl.DataFrame, target: pl.DataFrame) -> Masks:
        """Where the rows of two frames differ, the first row with the first, and so on."""
        masks = {}
        same = self._identical(source, target)
        for place, (one, other) in enumerate(self._columns):
            if place in same:
                continue
            found = self._compare_column(one, other, source[carried(place)], target[carried(place)])
            if found is not None:
                masks[place] = found
        return masks

    def _identical(self, source: pl.DataFrame, target: pl.DataFrame) -> set[int]:
        """The columns that need no further look, because every cell is carried alike; all in one go."""
        plain = [
            place
            for place, (one, other) in enumerate(self._columns)
            if one.plan.is_plain and not (one.is_read or other.is_read)
        ]
        both = source.select(map(carried, plain)).hstack(
            [target[carried(place)].alias(f"other {carried(place)}") for place in plain]
        )
        differs = both.select(
            pl.col(name).ne_missing(pl.col(f"other {name}")).any() for name in map(carried, plain)
        )
        return {place for place in plain if not differs[carried(place)].any()}

    def _compare_column(
        self, one: SideColumn, other: SideColumn, source: pl.Series, target: pl.Series
    ) -> pl.Series | None:
        exact = one.exact(source), other.exact(target)
        differs = exact[0].ne_missing(exact[1])
        if one.is_read or other.is_read:
            read = int((~differs & exact[0].is_not_null()).sum())
            self._tally.forgive(one.plan.name, "read_as_type", read)
        places = differs.arg_true()
        if places.is_empty():
            return None
        equal = self._judge(one, other, source.gather(places), target.gather(places))
        wrong = places.filter(~equal)
        if wrong.is_empty():
            return None
        mask = pl.repeat(value=False, n=len(source), dtype=pl.Boolean, eager=True)
        return mask.scatter(wrong, values=True)

    def _judge(self, one: SideColumn, other: SideColumn, source: pl.Series, target: pl.Series) -> pl.Series:
        """Which of the cells that are not identical match all the same."""
        from smoke_pipeline.comparison.chunk import judge  # noqa: PLC0415 - datacompy takes long to import

        plan, tally = one.plan, self._tally
        tally.judged_cells += len(source)
        if not plan.forgiveness.has_rules:
            return judge(one.text(source), other.text(target), None)[0]
        ruled = one.under_rules(source), other.under_rules(target)
        tolerance = None if plan.name in self._plan.key else plan.forgiveness.tolerance
        equal, decided = judge(ruled[0]["value"], ruled[1]["value"], tolerance)
        tally.forgive_masks(plan.name, (ruled[0]["changed"] | ruled[1]["changed"]).filter(equal))
        for rule, cells in decided.drop_nulls().value_counts().iter_rows():
            tally.forgive(plan.name, rule, cells)
        return equal
