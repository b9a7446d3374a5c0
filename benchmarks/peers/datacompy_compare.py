"""datacompy on pandas or polars frames, the cells of a CSV as text; counts alone, without its report.

`python -m benchmarks.peers.datacompy_compare polars|pandas SOURCE TARGET KEY`
"""

import json
import sys
from pathlib import Path

import datacompy
import pandas as pd
import polars as pl

from benchmarks.peers.dialect import delimiter_of


def main() -> None:
    """Compare, count, print."""
    library, source, target, key = sys.argv[1:]
    read, kind = {
        "polars": (_polars, datacompy.PolarsCompare),
        "pandas": (_pandas, datacompy.PandasCompare),
    }[library]
    compare = kind(read(Path(source)), read(Path(target)), join_columns=key)
    unequal = {one["column"]: int(one["unequal_cnt"]) for one in compare.column_stats if one["unequal_cnt"]}
    print(
        json.dumps(
            {
                "mismatched": int(len(compare.intersect_rows) - compare.count_matching_rows()),
                "source_only": len(compare.df1_unq_rows),
                "target_only": len(compare.df2_unq_rows),
                "mismatch_by_column": unequal,
            }
        )
    )


def _polars(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False, separator=delimiter_of(path))


def _pandas(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False, sep=delimiter_of(path))


if __name__ == "__main__":
    main()
