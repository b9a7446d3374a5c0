"""Parse both files and do nothing else: less than this no comparison of parsed files can take.

`python -m benchmarks.peers.parse_only HOW SOURCE TARGET`. The cells of a CSV become text, and each column is
asked how many are NULL, or a lazy reader would leave out what nobody looks at.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers.dialect import delimiter_of


def polars_read(path: str) -> int:
    import polars as pl

    read = pl.read_parquet if path.endswith(".parquet") else _polars_csv
    return read(path).height


def _polars_csv(path: str):
    import polars as pl

    return pl.read_csv(path, infer_schema=False, separator=delimiter_of(Path(path)))


def polars_stream(path: str) -> int:
    import polars as pl

    if path.endswith(".parquet"):
        frame = pl.scan_parquet(path)
    else:
        frame = pl.scan_csv(path, infer_schema=False, separator=delimiter_of(Path(path)))
    counts = frame.select(pl.len().alias("rows"), pl.all().null_count()).collect(engine="streaming")
    return counts["rows"][0]


WAYS: dict[str, Callable[[str], int]] = {
    "polars-read": polars_read,
    "polars-stream": polars_stream,
}

if __name__ == "__main__":
    for path in sys.argv[2:]:
        print(f"{WAYS[sys.argv[1]](path):,} rows")
