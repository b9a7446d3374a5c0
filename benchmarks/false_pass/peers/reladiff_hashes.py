"""reladiff between two DuckDB databases, as between a source and a target system."""

import tempfile
from pathlib import Path

import duckdb
import reladiff

from benchmarks.false_pass.finding import Finding, Program, require_key, require_suffix
from benchmarks.false_pass.peers.duckdb_queries import READS, table_of
from benchmarks.false_pass.written import Pair


def _ask(pair: Pair) -> Finding:
    require_suffix(pair, READS)
    require_key(pair, most=99)
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / f"{side}.duckdb" for side in ("source", "target")]
        columns = [_load(path, place) for path, place in zip(pair.paths, places, strict=True)]
        if sorted(columns[0]) != sorted(columns[1]):
            return Finding(is_same=False)
        tables = [reladiff.connect_to_table(f"duckdb://x@/{place}", "rows", pair.key) for place in places]
        rest = tuple(name for name in columns[0] if name not in pair.key)
        options = {"allow_empty_tables": True, "skip_sort_results": True}  # it cannot sort beside NULL
        rows = list(reladiff.diff_tables(*tables, extra_columns=rest, **options))
    left = [sum(1 for sign, _ in rows if sign == one) for one in ("-", "+")]
    return Finding(is_same=not rows, source_left=left[0], target_left=left[1])


def _load(path: Path, place: Path) -> list[str]:
    with duckdb.connect(str(place)) as connection:
        connection.execute(f"CREATE TABLE rows AS SELECT * FROM {table_of(path)}")
        return [row[0] for row in connection.execute("DESCRIBE rows").fetchall()]


RELADIFF = Program(
    name="reladiff",
    package="reladiff",
    how="`diff_tables` between two DuckDB databases with the key and every other column, "
    "`allow_empty_tables=True`, `skip_sort_results=True`; every cell of a CSV as VARCHAR; "
    "held to the rows it lists",
    ask=_ask,
)
