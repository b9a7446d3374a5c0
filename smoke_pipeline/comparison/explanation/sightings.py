"""The mismatched cells of one column, looked at: pattern, detail, and whether a rule would forgive each."""

import polars as pl

from smoke_pipeline.comparison.explanation.notes import NO_DETAIL, NO_PATTERN, Note
from smoke_pipeline.comparison.explanation.remedies import holds, is_proved, remedies, split_ways
from smoke_pipeline.comparison.patterns.details import BETWEEN_WAYS
from smoke_pipeline.comparison.patterns.native import FEW, recognised
from smoke_pipeline.comparison.patterns.one_pair import FORGIVEN_BY, SWAPPED
from smoke_pipeline.comparison.plan import PlannedColumn

_KIND = ("pattern", "detail")


def sightings(cells: pl.DataFrame, column: PlannedColumn) -> pl.DataFrame:
    """What each mismatched cell of a column shows.

    Args:
        cells: Columns `source` and `target` as a person reads them, `own source` and `own target` as they are
            carried, and `partner`, the name of the column with which a cell is swapped, or NULL.
        column: The column.

    Returns:
        Columns `pattern`, `detail` and `is_forgiven` beside the cells.
    """
    partner = cells["partner"]
    found = recognised(cells.select("source", "target"))
    pattern = found["pattern"].fill_null(NO_PATTERN).set(partner.is_not_null(), SWAPPED)
    detail = partner.zip_with(partner.is_not_null(), found["detail"].fill_null(NO_DETAIL))
    seen = pl.DataFrame({"pattern": pattern, "detail": detail}).hstack(cells.drop("partner"))
    patterns = set(pattern.unique()) & set(FORGIVEN_BY)
    proved = {name for name in patterns if is_proved(name, column)}
    seen = seen.with_columns(pattern.is_in(sorted(proved)).alias("is_forgiven"))
    return _put_to_the_test(seen, patterns - proved, column) if patterns - proved else seen


def notes_of(seen: pl.DataFrame) -> dict[tuple[str, str], Note]:
    """The sightings by pattern and detail: counts, and the shortest example."""
    if seen.height <= FEW:
        return _notes_of_few(seen)
    counts = seen.group_by(_KIND).agg(pl.len(), pl.col("is_forgiven").sum())
    examples = _shortest(seen)
    return {
        (pattern, detail): min(
            (
                Note(cells=cells, forgiven=forgiven, source=source, target=target)
                for source, target in examples[pattern, detail]
            ),
            key=Note.rank,
        )
        for pattern, detail, cells, forgiven in counts.iter_rows()
    }


def _notes_of_few(seen: pl.DataFrame) -> dict[tuple[str, str], Note]:
    notes: dict[tuple[str, str], Note] = {}
    for pattern, detail, is_forgiven, source, target in seen.select(
        *_KIND, "is_forgiven", "source", "target"
    ).iter_rows():
        note = Note(cells=1, forgiven=int(is_forgiven), source=source, target=target)
        known = notes.get((pattern, detail))
        notes[pattern, detail] = known + note if known else note
    return notes


def _put_to_the_test(seen: pl.DataFrame, patterns: set[str], column: PlannedColumn) -> pl.DataFrame:
    """Find out, cell by cell, which remedies hold for some patterns; of several ways those stay that do."""
    parts = [seen.filter(~pl.col("pattern").is_in(sorted(patterns)))]
    for (pattern, detail), part in seen.filter(pl.col("pattern").is_in(sorted(patterns))).group_by(_KIND):
        found = {
            way: holds(remedy, column, part["own source"], part["own target"])
            for way, remedy in remedies(str(pattern), str(detail), column)
        }
        if found:
            part = part.with_columns(is_forgiven=pl.any_horizontal(*found.values()))  # noqa: PLW2901
        if pattern == "date_format":
            needs, _ = split_ways(str(detail))
            kept = [pl.when(mask).then(pl.lit(way)) for way, mask in found.items()]
            ways = pl.concat_str(kept, separator=BETWEEN_WAYS, ignore_nulls=True)
            part = part.with_columns(detail=pl.lit(needs) + ways)  # noqa: PLW2901
        parts.append(part)
    return pl.concat(parts)


def _shortest(seen: pl.DataFrame) -> dict[tuple[str, str], list[tuple[str | None, str | None]]]:
    """Few examples of each kind, the one among them that comes first whatever the order of the cells."""
    sides = [pl.col(side) for side in ("source", "target")]
    size = pl.sum_horizontal(side.str.len_chars().fill_null(0) for side in sides)
    low = pl.min_horizontal((pl.lit("1") + side).fill_null("0") for side in sides)
    few = seen.select(*_KIND, *sides)
    for measure in (size, low):
        few = few.with_columns(measure=measure)
        few = few.filter(pl.col("measure") == pl.col("measure").min().over(_KIND)).drop("measure")
    found: dict[tuple[str, str], list[tuple[str | None, str | None]]] = {}
    for pattern, detail, source, target in few.unique().iter_rows():
        found.setdefault((pattern, detail), []).append((source, target))
    return found
