"""Which columns of one side may be columns of the other under another name: by what they hold, and by name.

A guess for people, from a look at the first rows of each side; it never changes what is compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.values.canonical import load, shown
from smoke_pipeline.comparison.values.numbers import spell
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.readers.types import is_comparable
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.columns import ColumnDifference

_ROWS = 2_000
"""Rows of each side that are looked at."""
_MOST_COLUMNS = 100
"""Columns of each side that are looked at, the first by position."""
_LEAST_VALUES, _LEAST_SIGNS = 4, 20
"""Distinct values that two columns must share, and their characters in all; flags say too little."""
_ALIKE = 0.5
"""The part of both columns' distinct values that must be common to both."""
_LONGEST = 200
"""Characters of a value that are looked at."""

Values = Mapping[str, frozenset[str]]
"""Column -> its distinct values, NULL and the empty text left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyRename:
    """A column of the target that may be one of the source."""

    new: str
    """Its name in the target."""
    old: str
    common: int = 0
    """Distinct values that both hold in the rows that were looked at; 0 where only the names are alike."""
    of: int = 0
    """Distinct values that either holds there."""

    @property
    def suggestion(self) -> str:
        """What a person may do, and why."""
        if not self.common:
            return f"If {self.new!r} is {self.old!r} renamed, say --rename {self.new}={self.old}."
        return (
            f"{self.new!r} holds what {self.old!r} holds "
            f"({self.common:,} of {self.of:,} distinct values of the first rows); "
            f"if it is renamed, say --rename {self.new}={self.old}."
        )


def likely_renames(
    source: Snapshot, target: Snapshot, found: ColumnDifference, renames: Mapping[str, str]
) -> tuple[LikelyRename, ...]:
    """The likely renames, those with the best evidence first; each column once.

    Args:
        source: The source; its first rows are read.
        target: The target.
        found: The columns of each side alone, under their names after `renames`.
        renames: Target name -> source name, as far as they are known.
    """
    if not (found.only_source and found.only_target):
        return ()
    written = {renamed: name for name, renamed in renames.items()}
    ours = _look(source, {name: name for name in found.only_source})
    theirs = _look(target, {written.get(name, name): name for name in found.only_target})
    return ranked(ours, theirs, found.likely_renames)


def ranked(
    source: Values, target: Values, by_name: Sequence[tuple[str, str]] = ()
) -> tuple[LikelyRename, ...]:
    """Pairs of columns by what they share, then those whose names are alike, each column once.

    Args:
        source: The values of the columns that only the source has.
        target: Those of the target.
        by_name: Pairs of target name and source name that look alike, the most alike first.
    """
    alike = set(by_name)
    pairs = [
        rename
        for (old, ours), (new, theirs) in product(source.items(), target.items())
        if (rename := _shared(new, old, ours, theirs))
    ]
    pairs.sort(key=lambda one: (-one.common / one.of, (one.new, one.old) not in alike, one.old, one.new))
    return tuple(_each_once([*pairs, *(LikelyRename(new=new, old=old) for new, old in by_name)]))


def _shared(new: str, old: str, ours: frozenset[str], theirs: frozenset[str]) -> LikelyRename | None:
    common, either = ours & theirs, len(ours | theirs)
    if len(common) < _LEAST_VALUES or sum(map(len, common)) < _LEAST_SIGNS or len(common) < _ALIKE * either:
        return None
    return LikelyRename(new=new, old=old, common=len(common), of=either)


def _each_once(renames: Iterable[LikelyRename]) -> Iterable[LikelyRename]:
    new: set[str] = set()
    old: set[str] = set()
    for rename in renames:
        if rename.new not in new and rename.old not in old:
            new.add(rename.new)
            old.add(rename.old)
            yield rename


def _look(snapshot: Snapshot, names: Mapping[str, str]) -> Values:
    """The distinct values of some columns in the first rows; none where the rows cannot be read."""
    wanted = [name for name in names if is_comparable(snapshot.schema.field(name))][:_MOST_COLUMNS]
    values: dict[str, set[str]] = {names[name]: set() for name in wanted}
    rows = 0
    try:
        for batch in snapshot.batches(_ROWS):
            first = batch.slice(0, _ROWS - rows)
            for name in wanted:
                values[names[name]] |= _distinct(first.column(first.schema.get_field_index(name)))
            rows += first.num_rows
            if rows >= _ROWS:
                break
    except (SmokePipelineError, pa.ArrowException):
        return {}  # what is wrong with the rows is said when they are compared
    return {name: frozenset(held) for name, held in values.items()}


def _distinct(array: pa.Array) -> set[str]:
    loaded = load(array, empty_is_null=True)
    texts = shown(loaded, array.type).cast(pl.String).drop_nulls().unique().str.slice(0, _LONGEST)
    return {spell(text) or text for text in texts}
