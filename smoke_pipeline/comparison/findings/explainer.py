"""Which pattern each mismatched cell shows, counted by column."""

from itertools import combinations

import polars as pl

from smoke_pipeline.comparison.columns import carried, side_columns
from smoke_pipeline.comparison.explanation.native import patterns_of
from smoke_pipeline.comparison.explanation.patterns import SWAPPED
from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

_Pair = tuple[pl.Series, pl.Series]


class Explainer:
    """Looks at every mismatched cell; what it finds is in the tally."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._names = [column.name for column in plan.columns]
        self._columns = {side: side_columns(plan, side) for side in Side}
        self._tally = tally

    def explain(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Count the patterns of aligned rows; `masks` says which cells differ."""
        shown = {place: self._shown(place, source, target) for place in masks}
        swapped = _swapped(shown, masks)
        for place, mask in masks.items():
            is_swapped = swapped[place]
            self._count(place, SWAPPED, int(is_swapped.sum()))
            rest = mask & ~is_swapped
            pairs = pl.DataFrame({"source": shown[place][0], "target": shown[place][1]}).filter(rest)
            for pattern, cells in patterns_of(pairs).value_counts().iter_rows():
                self._count(place, pattern, cells)

    def _count(self, place: int, pattern: str | None, cells: int) -> None:
        if pattern and cells:
            self._tally.recognise(self._names[place], pattern, cells)

    def _shown(self, place: int, source: pl.DataFrame, target: pl.DataFrame) -> _Pair:
        name = carried(place)
        return (
            self._columns[Side.SOURCE][place].shown(source[name]),
            self._columns[Side.TARGET][place].shown(target[name]),
        )


def _swapped(shown: dict[int, _Pair], masks: Masks) -> dict[int, pl.Series]:
    """The cells that hold on one side what another mismatched cell of the row holds on the other."""
    found = {
        place: pl.repeat(value=False, n=len(mask), dtype=pl.Boolean, eager=True)
        for place, mask in masks.items()
    }
    for one, other in combinations(masks, 2):
        both = masks[one] & masks[other]
        if both.any():
            crossed = (
                both & shown[one][0].eq_missing(shown[other][1]) & shown[other][0].eq_missing(shown[one][1])
            )
            found[one] |= crossed
            found[other] |= crossed
    return found
