"""Mismatched cells looked at: pattern, detail, and whether a rule would forgive each."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from smoke_pipeline.comparison.explanation.notes import NO_DETAIL, NO_PATTERN, Note
from smoke_pipeline.comparison.explanation.remedies import holds, proved_patterns, remedies, split_ways
from smoke_pipeline.comparison.patterns.details import BETWEEN_WAYS
from smoke_pipeline.comparison.patterns.native import FEW, recognised
from smoke_pipeline.comparison.patterns.one_pair import FORGIVEN_BY, SWAPPED
from smoke_pipeline.comparison.plan import PlannedColumn

Kind = tuple[int, str, str]
"""Place of a column, pattern and detail."""
Own = Callable[[int, pl.Series], tuple[pl.Series, pl.Series]]
"""From the place of a column and the numbers of rows to the values of both sides as they are carried."""
_KIND = ("place", "pattern", "detail")
_SIDES = (pl.col("source"), pl.col("target"))


def sightings(cells: pl.DataFrame, columns: Sequence[PlannedColumn], own: Own) -> pl.DataFrame:
    """What each mismatched cell shows.

    Args:
        cells: Of any columns the `place` of the column, `row`, `source` and `target` as a person reads them,
            and `partner`, the name of the column with which the cell is swapped, or NULL.
        columns: The columns by place.
        own: What the cells are carried as.

    Returns:
        Columns `place`, `pattern`, `detail`, `is_forgiven`, `source` and `target`.
    """
    partner = cells["partner"]
    found = recognised(cells.select("source", "target"))
    seen = cells.select("place", "row", "source", "target").with_columns(
        found["pattern"].fill_null(NO_PATTERN).set(partner.is_not_null(), SWAPPED),
        partner.zip_with(partner.is_not_null(), found["detail"].fill_null(NO_DETAIL)).alias("detail"),
    )
    proved = pl.DataFrame(
        [(place, name) for place in seen["place"].unique() for name in proved_patterns(columns[place])],
        schema={"place": pl.UInt32, "pattern": pl.String},
        orient="row",
    )
    is_proved = proved.with_columns(is_forgiven=pl.lit(value=True))
    seen = seen.join(is_proved, on=["place", "pattern"], how="left").with_columns(
        pl.col("is_forgiven").fill_null(value=False)
    )
    is_in_doubt = pl.col("pattern").is_in(sorted(FORGIVEN_BY)) & ~pl.col("is_forgiven")
    doubtful = seen.filter(is_in_doubt)
    if doubtful.is_empty():
        return seen
    return pl.concat([seen.filter(~is_in_doubt), *_put_to_the_test(doubtful, columns, own)])


def notes_of(seen: pl.DataFrame) -> Mapping[Kind, Note]:
    """The sightings by column, pattern and detail: counts, and the shortest example."""
    if seen.height <= FEW:
        return _notes_of_few(seen)
    is_short = pl.col("size") == pl.col("size").min()
    kinds = (
        seen.with_columns(size=pl.sum_horizontal(side.str.len_chars().fill_null(0) for side in _SIDES))
        .group_by(_KIND)
        .agg(pl.len(), pl.col("is_forgiven").sum(), *(side.filter(is_short) for side in _SIDES))
    )
    examples = _shortest(
        kinds.select(*_KIND, "source", "target").explode("source", "target", empty_as_null=False)
    )
    return {
        (place, pattern, detail): min(
            (
                Note(cells=cells, forgiven=forgiven, source=source, target=target)
                for source, target in examples[place, pattern, detail]
            ),
            key=Note.rank,
        )
        for place, pattern, detail, cells, forgiven in kinds.drop("source", "target").iter_rows()
    }


def _notes_of_few(seen: pl.DataFrame) -> dict[Kind, Note]:
    notes: dict[Kind, Note] = {}
    rows = seen.select(*_KIND, "is_forgiven", "source", "target").iter_rows()
    for place, pattern, detail, is_forgiven, source, target in rows:
        note = Note(cells=1, forgiven=int(is_forgiven), source=source, target=target)
        known = notes.get((place, pattern, detail))
        notes[place, pattern, detail] = known + note if known else note
    return notes


def _put_to_the_test(seen: pl.DataFrame, columns: Sequence[PlannedColumn], own: Own) -> list[pl.DataFrame]:
    """Find out, cell by cell, which remedies hold; of several ways to read a date those stay that do."""
    parts = []
    for (place, pattern, detail), part in seen.partition_by(_KIND, as_dict=True).items():
        source, target = own(place, part["row"])
        found = {
            way: holds(remedy, columns[place], source, target)
            for way, remedy in remedies(pattern, detail, columns[place])
        }
        changed = {"is_forgiven": pl.any_horizontal(*found.values())} if found else {}
        if pattern == "date_format":
            kept = [pl.when(mask).then(pl.lit(way)) for way, mask in found.items()]
            ways = pl.concat_str(kept, separator=BETWEEN_WAYS, ignore_nulls=True)
            changed["detail"] = pl.lit(split_ways(detail)[0]) + ways
        parts.append(part.with_columns(**changed))
    return parts


def _shortest(few: pl.DataFrame) -> dict[Kind, list[tuple[str | None, str | None]]]:
    """Of the examples of each kind those that may come first, whatever the order of the cells."""
    low = pl.min_horizontal((pl.lit("1") + side).fill_null("0") for side in _SIDES)
    few = few.with_columns(low=low).filter(pl.col("low") == pl.col("low").min().over(_KIND)).drop("low")
    found: dict[Kind, list[tuple[str | None, str | None]]] = {}
    for place, pattern, detail, source, target in few.unique().iter_rows():
        found.setdefault((place, pattern, detail), []).append((source, target))
    return found
