"""The first differences by key, or as was asked for, whatever the order in which they are found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from smoke_pipeline.comparison.columns import ROW, carried, order_frame, shown_keys, side_columns
from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.comparison.findings.found import Rank, Ranked
from smoke_pipeline.comparison.findings.listening import Listener
from smoke_pipeline.comparison.findings.ties import Ties, first_of_tied, ties_of_cells, ties_of_rows
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.result import (
    CellDifference,
    DifferenceKind,
    DuplicateGroup,
    RowDifference,
)
from smoke_pipeline.comparison.values.ordering import as_sortable_text
from smoke_pipeline.snapshots.manifest import Side

_KIND = {Side.SOURCE: DifferenceKind.SOURCE_ONLY, Side.TARGET: DifferenceKind.TARGET_ONLY}
_Rank = tuple[tuple[bool, Any], ...]
Key = tuple[object, ...]


def shown_name(name: str) -> str:
    """What the readable form of a column is carried as, beside the canonical one."""
    return f"shown {name}"


@dataclass(frozen=True, slots=True)
class _Kept:
    rank: _Rank
    """The row's place in canonical order, NULL first; its key is part of it."""
    ties: tuple[Any, ...]
    """What settles the order of rows of one key, by value."""
    difference: Any


class _First:
    """The first so many of what is offered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[_Kept] = []
        self.limit: _Rank | None = None
        """Beyond this rank nothing is kept any more."""

    def offer(self, found: Iterable[_Kept]) -> None:
        self._kept.extend(found)
        if len(self._kept) > 2 * self._most or (self.limit is None and len(self._kept) >= self._most):
            self._cut()

    def in_order(self) -> list[_Kept]:
        self._cut()
        return self._kept

    def _cut(self) -> None:
        self._kept.sort(key=lambda kept: (kept.rank, kept.ties))
        del self._kept[self._most :]
        if self._kept and len(self._kept) == self._most:
            self.limit = self._kept[-1].rank


class Keeper:
    """Keeps differing rows and repeated keys for people to look at."""

    def __init__(self, plan: Plan, most: int, listeners: Sequence[Listener] = ()) -> None:
        """Keep `most` of each; `listeners` hear of those as well that are not kept."""
        self._plan = plan
        self._most = most
        self._listeners = listeners
        self._mismatched, self._one_sided, self._groups = _First(most), _First(most), _First(most)
        self._columns = {side: side_columns(plan, side) for side in Side}

    def mismatched(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Take aligned rows, at least some of which differ."""
        for listener in self._listeners:
            listener.mismatched(source, target, masks)
        is_wrong = pl.DataFrame([mask.alias(carried(place)) for place, mask in masks.items()])
        places = is_wrong.select(pl.any_horizontal(pl.all())).to_series().arg_true()
        places = self._near_the_first(source, Side.SOURCE, places, self._mismatched.limit)
        wrong_rows = source[places], target[places]
        ties = partial(ties_of_cells, self._plan, wrong_rows, is_wrong[places])
        first, ranks = self._candidates(wrong_rows[0], Side.SOURCE, self._mismatched, ties)
        places = places.gather(first)
        rows = {Side.SOURCE: source[places], Side.TARGET: target[places]}
        wrong = {place: mask.gather(places).to_list() for place, mask in masks.items()}
        cells = self._cells(rows, wrong)
        keys = shown_keys(rows[Side.SOURCE], self._plan, Side.SOURCE)
        numbers = zip(rows[Side.SOURCE][ROW].to_list(), rows[Side.TARGET][ROW].to_list(), strict=True)
        self._mismatched.offer(
            _kept(
                rank,
                RowDifference(
                    kind=DifferenceKind.MISMATCHED, key=key, source_row=one, target_row=other, cells=found
                ),
            )
            for rank, key, (one, other), found in zip(ranks, keys, numbers, cells, strict=True)
        )

    def one_sided(self, rows: pl.DataFrame, side: Side) -> None:
        """Take rows that stand on one side alone."""
        for listener in self._listeners:
            listener.one_sided(rows, side)
        every = pl.arange(rows.height, eager=True)
        rows = rows[self._near_the_first(rows, side, every, self._one_sided.limit)]
        ties = partial(ties_of_rows, self._plan, rows, side)
        first, ranks = self._candidates(rows, side, self._one_sided, ties)
        rows = rows[first]
        names = [column.name for column in self._plan.columns]
        shown = [column.shown(rows[carried(place)]) for place, column in enumerate(self._columns[side])]
        values = pl.DataFrame([one.alias(carried(place)) for place, one in enumerate(shown)]).iter_rows()
        keys, numbers = shown_keys(rows, self._plan, side), rows[ROW].to_list()
        is_source = side is Side.SOURCE
        self._one_sided.offer(
            _kept(
                rank,
                RowDifference(
                    kind=_KIND[side],
                    key=key,
                    source_row=number if is_source else None,
                    target_row=None if is_source else number,
                    values=dict(zip(names, row, strict=True)),
                ),
            )
            for rank, key, number, row in zip(ranks, keys, numbers, values, strict=True)
        )

    def repeated(self, groups: pl.DataFrame, spelled: pl.DataFrame, approximate: frozenset[Key]) -> None:
        """Take repeated keys.

        Args:
            groups: Canonical keys, with the `source rows` and `target rows` of each.
            spelled: The same keys and possibly more, with how a person reads them (`shown_name`).
            approximate: Those of groups too large for the best pairing.
        """
        names = [carried(place) for place in self._plan.aligning_places]
        ranks = self._in_order(groups.select(names))
        places = self._first_places(ranks, lambda tied: tied.to_frame())
        first = groups[places].join(spelled, on=names, how="left", nulls_equal=True, maintain_order="left")
        found = [
            DuplicateGroup(key=key, source_count=ours, target_count=theirs, is_approximate=own in approximate)
            for key, own, ours, theirs in zip(
                first.select(map(shown_name, names)).iter_rows(),
                first.select(names).iter_rows(),
                first["source rows"],
                first["target rows"],
                strict=True,
            )
        ]
        self._groups.offer(
            _Kept(rank, (group.source_count, group.target_count), group)
            for rank, group in zip(_ranked(ranks[places]), found, strict=True)
        )

    def differences(self) -> tuple[Ranked[RowDifference], ...]:
        """The kept rows in order: mismatched ones first have room, then one-sided ones."""
        mismatched = self._mismatched.in_order()
        one_sided = self._one_sided.in_order()[: self._most - len(mismatched)]
        kept = sorted([*mismatched, *one_sided], key=lambda kept: (kept.rank, kept.ties))
        return tuple(Ranked(_as_texts(one.rank), one.difference) for one in kept)

    def duplicate_groups(self) -> tuple[Ranked[DuplicateGroup], ...]:
        """The kept repeated keys in key order."""
        return tuple(Ranked(_as_texts(one.rank), one.difference) for one in self._groups.in_order())

    def _near_the_first(
        self, rows: pl.DataFrame, side: Side, places: pl.Series, limit: _Rank | None
    ) -> pl.Series:
        """The places of those rows that the first column of their order does not rule out already."""
        if limit is None:
            return places
        place, (is_value, most) = self._plan.ordering_places[0], limit[0]
        first = order_frame(rows.select(carried(place))[places], self._plan, side, (place,)).to_series()
        if not is_value:
            return places.filter(first.is_null())
        # As an expression, for a series knows no order of truth values and takes bytes for a list.
        is_near = first.to_frame("first").select(pl.col("first") <= pl.lit(most, first.dtype)).to_series()
        return places.filter(is_near.fill_null(value=True))

    def _candidates(
        self, rows: pl.DataFrame, side: Side, kept: _First, ties: Ties
    ) -> tuple[pl.Series, list[_Rank]]:
        """The places of the rows that may be among the first, and their ranks."""
        order = order_frame(rows, self._plan, side, self._plan.ordering_places)
        places = self._first_places(order, ties)
        ranks = _ranked(order[places])
        if kept.limit is None:
            return places, ranks
        good = [number for number, rank in enumerate(ranks) if rank <= kept.limit]
        return places.gather(good), [ranks[number] for number in good]

    def _in_order(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Something that sorts as the canonical keys do."""
        columns = [self._columns[Side.SOURCE][place] for place in self._plan.aligning_places]
        return pl.DataFrame(
            [column.order(key).alias(key.name) for column, key in zip(columns, keys, strict=True)]
        )

    def _first_places(self, ranks: pl.DataFrame, ties: Ties) -> pl.Series:
        """The places of the first rows; `ties` settles which of those of one rank are."""
        order = ranks.with_row_index("place").sort(ranks.columns)
        if ranks.height <= self._most or not self._most:
            return order["place"].head(self._most)
        last = order[self._most - 1].select(ranks.columns)
        tied = order.join(last, on=ranks.columns, how="semi", nulls_equal=True)["place"]
        before = order.head(self._most).join(last, on=ranks.columns, how="anti", nulls_equal=True)["place"]
        return pl.concat([before, first_of_tied(tied, ties, self._most - len(before))])

    def _cells(
        self, rows: dict[Side, pl.DataFrame], wrong: dict[int, list[bool]]
    ) -> list[tuple[CellDifference, ...]]:
        """The differing cells of each row, by column name."""
        found: list[list[CellDifference]] = [[] for _ in range(rows[Side.SOURCE].height)]
        for place, is_wrong in wrong.items():
            source, target = (
                self._columns[side][place].shown(rows[side][carried(place)]).to_list() for side in Side
            )
            name = self._plan.columns[place].name
            for row, is_different in enumerate(is_wrong):
                if is_different:
                    found[row].append(CellDifference(column=name, source=source[row], target=target[row]))
        return [tuple(cells) for cells in found]


def _kept(rank: _Rank, difference: RowDifference) -> _Kept:
    cells = tuple(
        (cell.column, _nulls_first(cell.source), _nulls_first(cell.target)) for cell in difference.cells
    )
    values = tuple((column, _nulls_first(value)) for column, value in difference.values.items())
    return _Kept(rank, (difference.kind, tuple(map(_nulls_first, difference.key)), cells, values), difference)


def _ranked(ranks: pl.DataFrame) -> list[_Rank]:
    return [tuple(_nulls_first(value) for value in row) for row in ranks.iter_rows()]


def _as_texts(rank: _Rank) -> Rank:
    """The rank in a form that can leave this process."""
    return tuple(as_sortable_text(value) if is_value else None for is_value, value in rank)


def _nulls_first(value: Any) -> tuple[bool, Any]:
    return (value is not None, "" if value is None else value)
