"""datacompy's comparisons of pandas and polars frames."""

import datacompy

from benchmarks.false_pass.finding import Finding, Program, require_key, require_suffix
from benchmarks.false_pass.peers.frames import PANDAS_READS, POLARS_READS, pandas_frame, polars_frame
from benchmarks.false_pass.written import Pair


def _pandas(pair: Pair) -> Finding:
    require_suffix(pair, PANDAS_READS)
    require_key(pair, most=99)
    source, target = map(pandas_frame, pair.paths)
    return _finding(datacompy.PandasCompare(source, target, join_columns=list(pair.key)))


def _polars(pair: Pair) -> Finding:
    require_suffix(pair, POLARS_READS)
    require_key(pair, most=99)
    source, target = map(polars_frame, pair.paths)
    return _finding(datacompy.PolarsCompare(source, target, join_columns=list(pair.key)))


def _finding(compare: datacompy.PandasCompare | datacompy.PolarsCompare) -> Finding:
    unequal = {one["column"]: one["unequal_cnt"] for one in compare.column_stats if one["unequal_cnt"]}
    return Finding(
        is_same=bool(compare.matches()),
        mismatched=len(compare.intersect_rows) - compare.count_matching_rows(),
        source_only=len(compare.df1_unq_rows),
        target_only=len(compare.df2_unq_rows),
        by_column={name: int(count) for name, count in unequal.items() if name not in compare.join_columns},
    )


PANDAS_COMPARE = Program(
    name="datacompy, pandas",
    package="datacompy",
    how="`PandasCompare(source, target, join_columns=key)`; "
    "`read_csv(dtype=str, keep_default_na=False)`, `read_parquet`",
    ask=_pandas,
)
POLARS_COMPARE = Program(
    name="datacompy, polars",
    package="datacompy",
    how="`PolarsCompare(source, target, join_columns=key)`; `read_csv(infer_schema=False)`, `read_parquet`",
    ask=_polars,
)
