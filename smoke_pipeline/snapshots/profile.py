"""What the columns of one side hold: looked at once, from the first row to the last."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.hashes import Hashes, different

EXAMPLES = 3
"""Values that are shown of each column."""
_SEED = 404
_SHARE_OF_DISTINCT = 4
"""The hashes of distinct values get one part in so many of the memory."""
_HASH_BYTES = 8
_FEW_DISTINCT = 100_000
"""A column that repeats values is counted so far at least."""
_TOGETHER_BYTES = 32 * 1024**2
"""So much, or so many rows as asked for, is looked at together."""
_KINDS = {
    "integer": r"^[+-]?[0-9]+$",
    "decimal": r"^[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)$",
    "exponent": r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "timestamp": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?$",
    "boolean": r"^(?i:true|false)$",
    "empty": r"^$",
    "blank": r"^\s+$",
}
"""What a text looks like; the first that fits counts, and what fits none is text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What one column holds."""

    name: str
    type: str
    """Its Arrow type; a CSV's is always `string`."""
    nulls: int
    distinct: int
    """Different values that are not NULL, told apart by a hash of 64 bits."""
    has_more_distinct: bool
    """Whether there are more of them than were counted."""
    is_unique: bool | None
    """Whether no value stands twice and none is NULL; None where that was too much to find out."""
    kinds: Mapping[str, int]
    """What its texts look like: `integer`, `decimal`, `date`, … and `text` -> how many."""
    least: str | None
    """The least value; of texts by code points."""
    most: str | None
    shortest: int | None
    """Length of the shortest text, in characters."""
    longest: int | None
    examples: tuple[str, ...]
    """The first different values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one side holds."""

    rows: int
    columns: tuple[ColumnProfile, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that identify a row by themselves."""
        return tuple(column.name for column in self.columns if column.is_unique and self.rows)


def profile(
    snapshot: Snapshot, *, chunk_rows: int, memory_bytes: int, on_progress: OnProgress | None = None
) -> Profile:
    """Look at every row once.

    Args:
        snapshot: The side.
        chunk_rows: Rows that are looked at together.
        memory_bytes: How much memory may be planned with.
        on_progress: Told how many rows were looked at.

    Raises:
        SmokePipelineError: The rows cannot be read.
    """
    rows, room = 0, _Room(memory_bytes // _SHARE_OF_DISTINCT // _HASH_BYTES)
    columns = [_Column(one, room) for one in snapshot.schema]
    for table in _together(snapshot.batches(chunk_rows), chunk_rows):
        for column, values in zip(columns, table.columns, strict=True):
            column.add(values.combine_chunks())
        rows += table.num_rows
        if on_progress:
            on_progress(Progress(stage="Looking at every row", rows=rows))
    return Profile(rows=rows, columns=tuple(column.profile(rows) for column in columns))


def _together(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The same rows, small batches in one, for every look at one costs time."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(one.num_rows for one in held) >= rows or sum(one.nbytes for one in held) >= _TOGETHER_BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


@dataclass
class _Column:
    """What is known of a column so far."""

    field: pa.Field
    room: "_Room"
    nulls: int = 0
    distinct: "_Distinct" = field(init=False)
    kinds: Counter[str] = field(default_factory=Counter)
    least: pa.Scalar | None = None
    greatest: pa.Scalar | None = None
    lengths: tuple[int, int] | None = None
    examples: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.distinct = _Distinct(self.room)

    def add(self, array: pa.Array) -> None:
        """Look at more values."""
        self.nulls += array.null_count
        values = array.drop_null()
        if not len(values):
            return
        texts = _texts(values)
        self.distinct.add(texts.hash(seed=_SEED).to_numpy())
        self._order(values)
        if len(self.examples) < EXAMPLES:
            found = texts.unique(maintain_order=True).head(2 * EXAMPLES)  # some may be known already
            self.examples = list(dict.fromkeys([*self.examples, *found]))[:EXAMPLES]
        if pt.is_string(self.field.type) or pt.is_large_string(self.field.type):
            self._look_at_texts(texts)

    def profile(self, rows: int) -> ColumnProfile:
        """What was found in so many rows."""
        distinct = self.distinct
        return ColumnProfile(
            name=self.field.name,
            type=str(self.field.type),
            nulls=self.nulls,
            distinct=distinct.count,
            has_more_distinct=distinct.gave_up,
            is_unique=None if distinct.may_be_unique and not self.nulls else self._is_unique(rows),
            kinds={name: count for name, count in self.kinds.most_common() if count},
            least=_shown(self.least),
            most=_shown(self.greatest),
            shortest=self.lengths[0] if self.lengths else None,
            longest=self.lengths[1] if self.lengths else None,
            examples=tuple(self.examples),
        )

    def _is_unique(self, rows: int) -> bool:
        return rows > 0 and not (self.nulls or self.distinct.has_twice or self.distinct.gave_up)

    def _order(self, values: pa.Array) -> None:
        try:
            both = pc.min_max(values)
        except pa.ArrowNotImplementedError:  # a type without an order
            return
        least, greatest = both["min"], both["max"]
        if self.least is None or least.as_py() < self.least.as_py():
            self.least = least
        if self.greatest is None or greatest.as_py() > self.greatest.as_py():
            self.greatest = greatest

    def _look_at_texts(self, texts: pl.Series) -> None:
        sizes = texts.str.len_chars()
        shortest, longest = int(sizes.min()), int(sizes.max())  # type: ignore[arg-type]
        before = self.lengths or (shortest, longest)
        self.lengths = min(before[0], shortest), max(before[1], longest)
        different = texts.alias("text").value_counts()
        for name, pattern in _KINDS.items():
            fits = different["text"].str.contains(pattern)
            self.kinds[name] += int(different["count"].filter(fits).sum())
            different = different.filter(~fits)
        self.kinds["text"] += int(different["count"].sum())


class _Room:
    """How many different values may be remembered of all columns together.

    A column that repeats a value is no key, so its count is of less use than that of the others.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._columns: list[_Distinct] = []

    def enter(self, column: "_Distinct") -> None:
        """Share the room with one more column."""
        self._columns.append(column)

    def most_of(self, column: "_Distinct") -> int:
        """How many different values of a column may be remembered now."""
        if column.has_twice:
            return min(_FEW_DISTINCT, self._most // len(self._columns))
        return self._most // sum(not (one.has_twice or one.gave_up) for one in self._columns)


class _Distinct:
    """Counts different values by their hashes, as long as they may be remembered."""

    def __init__(self, room: _Room) -> None:
        self.has_twice = False
        """Whether a value stands twice."""
        self.gave_up = False
        self._room = room
        room.enter(self)
        self._known: Hashes = np.empty(0, np.uint64)
        self._new: list[Hashes] = []
        self._waiting = self._counted = 0

    @property
    def may_be_unique(self) -> bool:
        """Whether no value stood twice before there were too many to remember."""
        self._settle()
        return self.gave_up and not self.has_twice

    @property
    def count(self) -> int:
        """Different values so far."""
        self._settle()
        return self._counted if self.gave_up else len(self._known)

    def add(self, hashes: Hashes) -> None:
        """Take more values."""
        if self.gave_up:
            return
        self._new.append(hashes)
        self._waiting += len(hashes)
        if self._waiting > max(len(self._known), _FEW_DISTINCT):  # so that each is sorted but a few times
            self._settle()

    def _settle(self) -> None:
        if not self._new:
            return
        every = np.concatenate([self._known, *self._new])
        self._new, self._waiting = [], 0
        self._known = different(every)
        self.has_twice = self.has_twice or len(self._known) < len(every)
        if len(self._known) > self._room.most_of(self):
            self.gave_up, self._known, self._counted = True, self._known[:0], len(self._known)


def _texts(values: pa.Array) -> pl.Series:
    """Values as a person reads them, none of them NULL."""
    kind = values.type
    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind):
        return pl.Series(pl.from_arrow(values.cast(pa.large_binary()))).bin.encode("hex")
    try:
        return pl.Series(pl.from_arrow(values.cast(pa.large_string())))
    except pa.ArrowNotImplementedError:
        return pl.Series([str(value) for value in values.to_pylist()], dtype=pl.String)


def _shown(value: pa.Scalar | None) -> str | None:
    if value is None:
        return None
    shown: str = _texts(pa.array([value.as_py()], value.type))[0]
    return shown
