"""pandas and polars themselves: both tables sorted, then `DataFrame.equals`."""

from pathlib import Path

import pandas as pd
import polars as pl

from benchmarks.false_pass.finding import Finding, Program, require_suffix
from benchmarks.false_pass.written import Pair

PANDAS_READS = (".csv", ".csv.gz", ".zip", ".parquet")
POLARS_READS = (".csv", ".csv.gz", ".parquet")


def pandas_frame(path: Path) -> pd.DataFrame:
    """A file as pandas reads it: the cells of a CSV as text, and no word taken for NULL."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def polars_frame(path: Path) -> pl.DataFrame:
    """A file as polars reads it: the cells of a CSV as text."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False)


def _pandas(pair: Pair) -> Finding:
    require_suffix(pair, PANDAS_READS)
    source, target = map(pandas_frame, pair.paths)
    if sorted(source.columns) != sorted(target.columns):
        return Finding(is_same=False)
    columns = list(source.columns)
    sides = [one[columns].sort_values(columns, ignore_index=True) for one in (source, target)]
    return Finding(is_same=bool(sides[0].equals(sides[1])))


def _polars(pair: Pair) -> Finding:
    require_suffix(pair, POLARS_READS)
    source, target = map(polars_frame, pair.paths)
    if sorted(source.columns) != sorted(target.columns):
        return Finding(is_same=False)
    sides = [one.select(source.columns).sort(source.columns) for one in (source, target)]
    return Finding(is_same=sides[0].equals(sides[1]))


PANDAS = Program(
    name="pandas",
    package="pandas",
    how="`DataFrame.equals` of both tables, sorted by all columns; `read_csv(dtype=str, "
    "keep_default_na=False)`; says only whether they are equal",
    ask=_pandas,
)
POLARS = Program(
    name="polars",
    package="polars",
    how="`DataFrame.equals` of both tables, sorted by all columns; `read_csv(infer_schema=False)`; "
    "says only whether they are equal",
    ask=_polars,
)
