"""What the mismatched cells of aligned rows show, noted by column."""

import polars as pl

from smoke_pipeline.comparison.columns import carried, side_columns, slices
from smoke_pipeline.comparison.explanation.sightings import notes_of, sightings
from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.patterns.swaps import partners
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side


class Explainer:
    """Looks at every mismatched cell; what it finds is in the tally."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._columns = {side: side_columns(plan, side) for side in Side}
        self._tally = tally

    def explain(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Note what aligned rows show; `masks` says which cells differ."""
        for here in slices(source.height, len(masks)):
            self._explain(source[here], target[here], {place: mask[here] for place, mask in masks.items()})

    def _explain(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        def own(place: int, rows: pl.Series) -> tuple[pl.Series, pl.Series]:
            return source[carried(place)].gather(rows), target[carried(place)].gather(rows)

        cells = self._cells(source, target, masks)
        if cells is None:
            return
        seen = sightings(cells, self._plan.columns, own)
        for (place, pattern, detail), note in notes_of(seen).items():
            self._tally.recognise(self._plan.columns[place].name, pattern, detail, note)

    def _cells(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> pl.DataFrame | None:
        """The mismatched cells of all columns, as `sightings` takes them."""
        places = [place for place, mask in masks.items() if mask.any()]
        shown = [
            (
                self._columns[Side.SOURCE][place].shown(source[carried(place)]),
                self._columns[Side.TARGET][place].shown(target[carried(place)]),
            )
            for place in places
        ]
        names = pl.Series([self._plan.columns[place].name for place in places], dtype=pl.String)
        found = partners(shown, [masks[place] for place in places])
        cells = [
            _mismatched(place, masks[place], *pair, None if partner is None else names.gather(partner))
            for place, pair, partner in zip(places, shown, found, strict=True)
        ]
        return pl.concat(cells) if cells else None


def _mismatched(
    place: int, mask: pl.Series, source: pl.Series, target: pl.Series, partner: pl.Series | None
) -> pl.DataFrame:
    rows = mask.arg_true()
    cells = {"row": rows, "source": source.gather(rows), "target": target.gather(rows)}
    return pl.DataFrame(cells).with_columns(
        pl.lit(place, dtype=pl.UInt32).alias("place"),
        (pl.lit(None, dtype=pl.String) if partner is None else partner.gather(rows)).alias("partner"),
    )
