"""What the mismatched cells of aligned rows show, noted by column."""

from collections.abc import Iterator

import polars as pl

from smoke_pipeline.comparison.columns import carried, side_columns
from smoke_pipeline.comparison.explanation.sightings import notes_of, sightings
from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.patterns.swaps import partners
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

_ROWS, _CELLS = 32_768, 400_000
"""Rows, and cells of them, that are looked at in one go; they bound the memory."""


class Explainer:
    """Looks at every mismatched cell; what it finds is in the tally."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._columns = {side: side_columns(plan, side) for side in Side}
        self._tally = tally

    def explain(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Note what aligned rows show; `masks` says which cells differ."""
        rows = max(1, min(_ROWS, _CELLS // max(1, len(masks))))
        for first in range(0, source.height, rows):
            here = slice(first, first + rows)
            self._explain(source[here], target[here], {place: mask[here] for place, mask in masks.items()})

    def _explain(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        for place, cells in self._cells(source, target, masks):
            column = self._plan.columns[place]
            for (pattern, detail), note in notes_of(sightings(cells, column)).items():
                self._tally.recognise(column.name, pattern, detail, note)

    def _cells(
        self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """The mismatched cells of each column that has any, as `sightings` takes them."""
        places = [place for place, mask in masks.items() if mask.any()]
        shown = {
            place: [
                self._columns[side][place].shown(frame[carried(place)])
                for side, frame in zip(Side, (source, target), strict=True)
            ]
            for place in places
        }
        names = pl.Series([self._plan.columns[place].name for place in places], dtype=pl.String)
        nobody = pl.repeat(None, source.height, dtype=pl.UInt32, eager=True)
        found = partners([(one, other) for one, other in shown.values()], [masks[place] for place in places])
        for place, partner in zip(places, found, strict=True):
            cells = {
                "source": shown[place][0],
                "target": shown[place][1],
                "own source": source[carried(place)],
                "own target": target[carried(place)],
                "partner": names.gather(nobody if partner is None else partner),
            }
            yield place, pl.DataFrame(cells).filter(masks[place])
