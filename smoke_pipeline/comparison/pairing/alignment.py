"""Which row of one side belongs to which row of the other."""

from dataclasses import dataclass

import polars as pl

_OCCURRENCE = "occurrence"


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of rows by their places in two frames, and the places that are left over."""

    source: pl.Series
    target: pl.Series
    source_rest: pl.Series
    target_rest: pl.Series


def align(source: pl.DataFrame, target: pl.DataFrame) -> Alignment:
    """Pair the rows of two frames of keys; each key stands at most once on a side. NULL equals NULL."""
    on = source.columns
    pairs = source.with_row_index("i").join(target.with_row_index("j"), on=on, how="inner", nulls_equal=True)
    pairs = pairs.sort("i")
    return _alignment(pairs["i"], pairs["j"], source.height, target.height)


def align_equal(source: pl.DataFrame, target: pl.DataFrame) -> Alignment:
    """Pair equal rows of two frames as multisets: the first with the first of its like, and so on."""
    return align(_numbered(source), _numbered(target))


def align_equal_in_order(
    source: pl.DataFrame, target: pl.DataFrame, source_order: pl.DataFrame, target_order: pl.DataFrame
) -> Alignment:
    """As `align_equal`, where what is first among equals is settled by the values of the order frames.

    Position decides nothing then: shuffled rows find partners of the same values.
    """
    places = [
        frame.hstack(order.rename(lambda name: f"order {name}"))
        .with_row_index("place")
        .sort([*frame.columns, *(f"order {name}" for name in order.columns)])["place"]
        for frame, order in ((source, source_order), (target, target_order))
    ]
    found = align_equal(source[places[0]], target[places[1]])
    return _alignment(
        places[0].gather(found.source), places[1].gather(found.target), source.height, target.height
    )


def repeated_keys(source: pl.DataFrame, target: pl.DataFrame) -> pl.DataFrame:
    """The keys that stand on more than one row of a side, with their `source` and `target` counts."""
    on = source.columns
    counts = [
        frame.group_by(on).len(name) for frame, name in ((source, "source rows"), (target, "target rows"))
    ]
    repeated = pl.concat([count.filter(pl.last() > 1).select(on) for count in counts]).unique()
    for count in counts:
        repeated = repeated.join(count, on=on, how="left", nulls_equal=True)
    return repeated.with_columns(pl.col("source rows", "target rows").fill_null(0))


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).over(frame.columns).alias(_OCCURRENCE))


def _alignment(source: pl.Series, target: pl.Series, source_rows: int, target_rows: int) -> Alignment:
    return Alignment(source, target, _others(source, source_rows), _others(target, target_rows))


def _others(places: pl.Series, rows: int) -> pl.Series:
    is_free = pl.repeat(value=True, n=rows, dtype=pl.Boolean, eager=True)
    return is_free.scatter(places, values=False).arg_true()
