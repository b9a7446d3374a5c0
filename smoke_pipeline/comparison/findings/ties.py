"""Which rows of one key come first: settled by their values, natively, however many there are."""

from collections.abc import Callable

import polars as pl

from smoke_pipeline.comparison.columns import carried, shown_frame, shown_key_frame
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

Ties = Callable[[pl.Series], pl.DataFrame]
"""From the places of rows to columns that put them in order, NULL first."""
_ENDED, _WRONG, _LATER = 0, 1, 2


def first_of_tied(tied: pl.Series, ties: Ties, room: int) -> pl.Series:
    """The first `room` of the tied places; rows without a difference are interchangeable."""
    if len(tied) <= room:
        return tied
    order = ties(tied)
    return tied.gather(order.with_row_index("place").sort(order.columns)["place"].head(room))


def ties_of_rows(plan: Plan, rows: pl.DataFrame, side: Side, places: pl.Series) -> pl.DataFrame:
    """What orders one-sided rows of one key: the key as it is read, then every value by column name."""
    tied = rows[places]
    key = shown_key_frame(tied, plan, side).rename(lambda name: f"key {name}")
    return key.hstack(shown_frame(tied, plan, side, range(len(plan.columns))))


def ties_of_cells(
    plan: Plan, rows: tuple[pl.DataFrame, pl.DataFrame], is_wrong: pl.DataFrame, places: pl.Series
) -> pl.DataFrame:
    """What orders mismatched rows of one key: the key as it is read, then the differing cells by column name.

    The lists of differing cells are compared as lists are: cell by cell, and one that has ended comes first.
    """
    source, target, is_wrong = rows[0][places], rows[1][places], is_wrong[places]
    columns = shown_key_frame(source, plan, Side.SOURCE).rename(lambda name: f"key {name}").get_columns()
    wrong_places = [place for place in range(len(plan.columns)) if carried(place) in is_wrong.columns]
    shown = [
        shown_frame(frame, plan, side, wrong_places)
        for frame, side in ((source, Side.SOURCE), (target, Side.TARGET))
    ]
    rest = is_wrong
    for name in is_wrong.columns:
        here, rest = is_wrong[name], rest.drop(name)
        goes_on = rest.select(pl.any_horizontal(pl.all())).to_series() if rest.width else ~here & here
        columns.append(_state(here, goes_on).alias(f"state {name}"))
        for side, frame in zip(Side, shown, strict=True):
            columns.append(frame[name].set(~here, None).alias(f"{side} {name}"))
    return pl.DataFrame(columns)


def _state(here: pl.Series, goes_on: pl.Series) -> pl.Series:
    """Whether a row's list has ended before this column, has a cell here, or goes on later."""
    later = goes_on.cast(pl.UInt8) * _LATER
    return later.set(here, _WRONG)
