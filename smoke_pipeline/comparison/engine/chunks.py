"""One chunk: its rows aligned, compared, counted, and the differing ones offered for keeping."""

import polars as pl

from smoke_pipeline.comparison.columns import carried, key_frame
from smoke_pipeline.comparison.findings.cells import Cells
from smoke_pipeline.comparison.findings.explainer import Explainer
from smoke_pipeline.comparison.findings.keeper import Keeper
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.pairing.alignment import align, repeated_keys
from smoke_pipeline.comparison.pairing.groups import Groups
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.snapshots.manifest import Side

_Rows = tuple[pl.DataFrame, pl.DataFrame]
"""Rows of the source and of the target."""


class Chunks:
    """Compares chunks; what it finds is in the tally and in the keeper."""

    def __init__(self, plan: Plan, tally: Tally, keeper: Keeper) -> None:
        self.approximate: frozenset[tuple[object, ...]] = frozenset()
        """Keys of groups that were too large for the best pairing."""
        self._plan = plan
        self._tally = tally
        self._keeper = keeper
        self._cells = Cells(plan, tally)
        self._groups = Groups(plan)
        self._explainer = Explainer(plan, tally)

    @property
    def differences(self) -> int:
        """Differing rows found so far."""
        return self._tally.differences

    def compare(self, source: pl.DataFrame, target: pl.DataFrame) -> None:
        """Compare every row of a chunk."""
        if not self._plan.key:
            self._whole_rows(source, target)
            return
        if not self._plan.has_symmetric_key:
            source, target = self._identical_first(source, target)
        keys = key_frame(source, self._plan, Side.SOURCE), key_frame(target, self._plan, Side.TARGET)
        self._one_sided(*self._by_key(source, target, keys))

    def compare_pairs(self, source: pl.DataFrame, target: pl.DataFrame) -> None:
        """Compare aligned rows whose keys no other row has."""
        self._pairs(source, target)

    def _identical_first(self, source: pl.DataFrame, target: pl.DataFrame) -> _Rows:
        """Settle identical rows, then identical keys that the rules pull apart; the rest comes back.

        Identical values always match, whatever the rules of a side make of them. Identical rows go first, as
        they do where they meet while they are read, so that it makes no difference whether they did.
        """
        rows, _ = self._groups.equal_rows(source, target)
        self._pairs(source[rows.source], target[rows.target])
        source, target = source[rows.source_rest], target[rows.target_rest]
        keys = [
            key_frame(frame, self._plan, side, exact=True)
            for frame, side in zip((source, target), Side, strict=True)
        ]
        apart = self._pulled_apart(source, target, keys)
        rest, shared = zip(*(_split(key, apart) for key in keys), strict=True)
        left = self._by_key(source[shared[0]], target[shared[1]], (keys[0][shared[0]], keys[1][shared[1]]))
        return pl.concat([source[rest[0]], left[0]]), pl.concat([target[rest[1]], left[1]])

    def _pulled_apart(
        self, source: pl.DataFrame, target: pl.DataFrame, keys: list[pl.DataFrame]
    ) -> pl.DataFrame:
        """The identical keys of both sides that are no longer equal under the rules."""
        on = keys[0].columns
        ours, theirs = (
            key.hstack(key_frame(frame, self._plan, side).rename(lambda name: f"ruled {name}")).unique()
            for key, frame, side in zip(keys, (source, target), Side, strict=True)
        )
        common = ours.join(theirs, on=on, how="semi", nulls_equal=True)
        return common.join(theirs, on=ours.columns, how="anti", nulls_equal=True).select(on)

    def _by_key(
        self, source: pl.DataFrame, target: pl.DataFrame, keys: tuple[pl.DataFrame, pl.DataFrame]
    ) -> _Rows:
        """Settle the rows that find a partner of their key; the others come back."""
        repeated = repeated_keys(*keys)
        left: _Rows = source.clear(), target.clear()
        if not repeated.is_empty():
            single, several = zip(*(_split(key, repeated.select(key.columns)) for key in keys), strict=True)
            left = self._repeated(
                (source[several[0]], target[several[1]]), (keys[0][several[0]], keys[1][several[1]])
            )
            source, target = source[single[0]], target[single[1]]
            keys = keys[0][single[0]], keys[1][single[1]]
        found = align(*keys)
        self._pairs(source[found.source], target[found.target])
        return (
            pl.concat([source[found.source_rest], left[0]], rechunk=True),
            pl.concat([target[found.target_rest], left[1]], rechunk=True),
        )

    def _repeated(self, rows: _Rows, keys: _Rows) -> _Rows:
        found = self._groups.pair(*rows, *keys)
        for pairs in (*found.equal, found.changed):
            self._pairs(rows[0][pairs.source], rows[1][pairs.target])
        large = key_frame(rows[0][found.approximate], self._plan, Side.SOURCE)
        self.approximate |= frozenset(large.iter_rows())
        self._tally.approximate_groups += large.height
        return rows[0][found.changed.source_rest], rows[1][found.changed.target_rest]

    def _whole_rows(self, source: pl.DataFrame, target: pl.DataFrame) -> None:
        exact, ruled = self._groups.equal_rows(source, target)
        self._tally.matched += len(exact.source)
        if self._cells.counts_readings:
            self._cells.compare(source[exact.source], target[exact.target])
        self._pairs(source[ruled.source], target[ruled.target])
        self._one_sided(source[ruled.source_rest], target[ruled.target_rest])

    def _pairs(self, source: pl.DataFrame, target: pl.DataFrame) -> None:
        """Settle aligned rows: each is a match or a mismatch."""
        masks = self._cells.compare(source, target)
        wrong = 0
        if masks:
            is_wrong = pl.DataFrame([mask.alias(carried(place)) for place, mask in masks.items()])
            wrong = int(is_wrong.select(pl.any_horizontal(pl.all()).sum()).item())
            for place, mask in masks.items():
                self._tally.mismatch_by_column[self._plan.columns[place].name] += int(mask.sum())
            self._explainer.explain(source, target, masks)
            self._keeper.mismatched(source, target, masks)
        self._tally.matched += source.height - wrong
        self._tally.mismatched += wrong

    def _one_sided(self, source: pl.DataFrame, target: pl.DataFrame) -> None:
        self._tally.source_only += source.height
        self._tally.target_only += target.height
        for rows, side in ((source, Side.SOURCE), (target, Side.TARGET)):
            if rows.height:
                self._keeper.one_sided(rows, side)


def _split(keys: pl.DataFrame, repeated: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The places of rows whose key is unique, and of rows whose key is repeated."""
    numbered = keys.with_row_index("place")
    several = numbered.join(repeated, on=keys.columns, how="semi", nulls_equal=True)["place"].sort()
    is_single = pl.repeat(value=True, n=keys.height, dtype=pl.Boolean, eager=True)
    return is_single.scatter(several, values=False).arg_true(), several
