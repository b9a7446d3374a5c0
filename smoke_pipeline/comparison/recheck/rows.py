"""The rows of some keys: out of a snapshot, or read anew from the table that it was taken of."""

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.columns import frame_of
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.recheck.keys import Key, keys_of, native_values, of_key_alone
from smoke_pipeline.errors import ObjectChangedError
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.keys import KEYS_TOGETHER, WantedKeys
from smoke_pipeline.readers.tables.rows import TableReader
from smoke_pipeline.snapshots.base import Snapshot, SomeRows
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.store import kept_schema

Portion = tuple[tuple[Key, ...], Callable[[int], Iterator[pa.RecordBatch]]]
"""Some keys, and what gives rows among which all of theirs are."""


class RowsOfKeys(SomeRows):
    """What one side has of some keys, in the form of the side's whole snapshot."""

    def __init__(self, whole: Snapshot, side: Side, plan: Plan, keys: tuple[Key, ...]) -> None:
        super().__init__(whole)
        self._side = side
        self._plan = of_key_alone(plan)
        self._keys = keys
        self._rows = 0

    @property
    def rows(self) -> int:
        """How many rows the keys have."""
        return self._rows

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of these keys alone."""
        self._rows = 0
        for keys, read in self._portions():
            wanted = pl.DataFrame(keys, schema=self._key_schema, orient="row")
            for batch in read(chunk_rows):
                found = self._of_keys(batch, wanted)
                self._rows += found.num_rows
                if found.num_rows:
                    yield found

    def _portions(self) -> Iterator[Portion]:
        yield self._keys, self._whole.batches

    @property
    def _key_schema(self) -> dict[str, type[pl.String]]:
        return dict.fromkeys((f"k{place}" for place, _ in enumerate(self._plan.key)), pl.String)

    def _of_keys(self, batch: pa.RecordBatch, wanted: pl.DataFrame) -> pa.RecordBatch:
        keys = keys_of(frame_of(batch, self._plan, self._side, 1), self._plan, self._side)
        keys.columns = list(self._key_schema)
        on = keys.columns
        found = keys.with_row_index("place").join(wanted, on=on, how="semi", nulls_equal=True)
        return batch.take(found["place"].sort().to_arrow())


class RowsReadAgain(RowsOfKeys):
    """What a table has of some keys now."""

    def __init__(
        self, whole: Snapshot, side: Side, plan: Plan, keys: tuple[Key, ...], *, reader: Reader
    ) -> None:
        """Get ready to read.

        Raises:
            ObjectChangedError: The table's columns are others than when its snapshot was taken.
        """
        super().__init__(whole, side, plan, keys)
        assert isinstance(reader, TableReader)  # noqa: S101 - what a table is read with
        if kept_schema(reader.schema) != whole.schema:
            raise ObjectChangedError(
                f"The columns of {whole.origin} changed since it was read.",
                suggestions=("Compare the whole tables again.",),
            )
        self._reader = reader

    @property
    def schema(self) -> pa.Schema:
        """The columns as the database has them."""
        return self._reader.schema

    def _portions(self) -> Iterator[Portion]:
        """A few hundred keys a statement; what the database finds beside them is left out at once."""
        columns = {column.name: column for column in self._plan.columns}
        names = tuple(self.schema.names[columns[one].position_of(self._side)] for one in self._plan.key)
        merged = frozenset(
            name
            for name, one in zip(names, self._plan.key, strict=True)
            if columns[one].empty_is_null and pa.types.is_string(columns[one].type_of(self._side))
        )
        for start in range(0, len(self._keys), KEYS_TOGETHER):
            keys = self._keys[start : start + KEYS_TOGETHER]
            values = [native_values(key, self._plan, self._side) for key in keys]
            askable = [one for one in values if one is not None]
            if askable:
                wanted = WantedKeys(columns=names, values=askable, empty_is_null=merged)
                yield keys, partial(self._reader.read, wanted=wanted)
