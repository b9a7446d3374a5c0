"""Pairs of files whose differences are known.

    source.csv              the data before
    target.csv              the data after: some rows changed in one cell, some missing, some new; same order
    shuffled.csv            the rows of target.csv in another order
    respelled.csv           the rows of target.csv, one column of amounts with four decimals instead of two
    semicolon.csv           target.csv with another delimiter; semicolon_shuffled.csv in another order too
    drifted.csv             the rows of source.csv, one amount of each changed; drifted_shuffled.csv likewise
    source.parquet          source.csv with types; target.parquet likewise

`python -m benchmarks.data FOLDER ROWS` makes them, and `expected.json` with the counts that are right.
"""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.statements import changed, drifted, respelled, statements, typed

SEED = 20_260_204
SLICE_ROWS = 250_000
"""Written at once; polars holds a copy of them."""


def make_pair(folder: Path, rows: int) -> None:
    """Write the files into `folder`, and last of all what is expected of them."""
    folder.mkdir(parents=True, exist_ok=True)
    source = statements(np.random.default_rng(SEED), first=0, rows=rows)
    write(source, folder / "source.csv")
    pq.write_table(typed(source), folder / "source.parquet")
    drift, expected_drift = drifted(source)
    write(drift, folder / "drifted.csv")
    write(shuffled(drift), folder / "drifted_shuffled.csv")
    del drift
    target, expected = changed(source, np.random.default_rng(SEED + 1))
    del source
    write(target, folder / "target.csv")
    pq.write_table(typed(target), folder / "target.parquet")
    write(target, folder / "semicolon.csv", delimiter=";")
    write(respelled(target), folder / "respelled.csv")
    target = shuffled(target)
    write(target, folder / "shuffled.csv")
    write(target, folder / "semicolon_shuffled.csv", delimiter=";")
    answers = {"target": expected, "drifted": expected_drift}
    (folder / "expected.json").write_text(json.dumps(answers) + "\n", encoding="utf-8")


def shuffled(table: pa.Table) -> pa.Table:
    """The rows in another order."""
    return table.take(pa.array(np.random.default_rng(SEED + 2).permutation(table.num_rows)))


def write(table: pa.Table, path: Path, delimiter: str = ",") -> None:
    """Write a CSV that quotes only what must be quoted; an empty remark is an empty field."""
    remark = pl.col("remark").replace("", None)
    with path.open("wb") as file:
        for first in range(0, table.num_rows, SLICE_ROWS):
            frame = pl.DataFrame(pl.from_arrow(table.slice(first, SLICE_ROWS))).with_columns(remark)
            frame.write_csv(file, include_header=not first, separator=delimiter, quote_style="necessary")


if __name__ == "__main__":
    make_pair(Path(sys.argv[1]), int(sys.argv[2]))
