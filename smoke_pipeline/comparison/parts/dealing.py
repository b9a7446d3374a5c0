"""Which rows of a snapshot belong to which part: rows that may be paired fall into one part."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from smoke_pipeline.comparison.columns import frame_of
from smoke_pipeline.comparison.engine.run import dealt_by
from smoke_pipeline.comparison.parts.numbering import Places
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.snapshots.base import Snapshot, SomeRows
from smoke_pipeline.snapshots.manifest import Side

_SEED = 70_111
"""Not that by which rows are dealt into chunks: those of one part would all fall into few of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of several parts of a comparison; the first has number 1."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise InvalidOptionError(f"There is no part {self.number} of {self.of}.")

    def __str__(self) -> str:
        return f"{self.number} of {self.of}"


class Dealer:
    """Tells to which part the rows of a side belong, from the columns that rows are aligned by."""

    def __init__(self, plan: Plan, side: Side) -> None:
        aligning = tuple(plan.columns[place] for place in plan.aligning_places)
        self._plan = replace(plan, columns=tuple(sorted(aligning, key=lambda column: column.name)))
        self._side = side
        self._dealt_by = dealt_by(self._plan)

    def numbers(self, batch: pa.RecordBatch, of: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """The number of the part of each row, from 0."""
        values = self._dealt_by(frame_of(batch, self._plan, self._side, first_row=1), self._side)
        if values is None:  # nothing keeps rows apart, so all are together in the first part
            return np.zeros(batch.num_rows, np.int64)
        return (values.hash_rows(seed=_SEED).to_numpy() % np.uint64(of)).astype(np.int64)


class PartSnapshot(SomeRows):
    """The rows of a snapshot that belong to a part."""

    def __init__(self, whole: Snapshot, part: Part, dealer: Dealer, places: Places) -> None:
        super().__init__(whole)
        self._part = part
        self._dealer = dealer
        self._places = places

    @property
    def rows(self) -> int:
        """How many rows the part has."""
        return self._places.rows

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of the part, in the order of the whole."""
        self._places.begin()
        for batch in self._whole.batches(chunk_rows):
            is_mine = self._dealer.numbers(batch, self._part.of) == self._part.number - 1
            self._places.add(is_mine)
            if is_mine.any():
                yield batch.filter(pa.array(is_mine))
