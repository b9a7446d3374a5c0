"""DuckDB's FULL JOIN straight over the files, every cell of a CSV as text, with counts per column.

`python -m benchmarks.peers.duckdb_join SOURCE TARGET KEY [--ignore COLUMN] [--memory SIZE]`
"""

import argparse
import json
import tempfile
from pathlib import Path

import duckdb

from benchmarks.false_pass.peers.duckdb_queries import join_query, quoted
from benchmarks.peers.dialect import delimiter_of


def main() -> None:
    """Join, count, print."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = '{folder}'")
        connection.execute("SET preserve_insertion_order = false")
        if asked.memory:
            connection.execute(f"SET memory_limit = '{asked.memory}'")
        for side in ("source", "target"):
            connection.execute(f"CREATE VIEW {side} AS SELECT * FROM {_reading(getattr(asked, side))}")
        columns = [row[0] for row in connection.execute("DESCRIBE source").fetchall()]
        compared = [name for name in columns if name not in (asked.key, asked.ignore)]
        row = connection.execute(join_query((asked.key,), compared)).fetchone()
    assert row
    source_only, target_only, mismatched, *cells = row
    by_column = {name: count for name, count in zip(compared, cells, strict=True) if count}
    print(
        json.dumps(
            {
                "mismatched": mismatched,
                "source_only": source_only,
                "target_only": target_only,
                "mismatch_by_column": by_column,
            }
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("key")
    parser.add_argument("--ignore", default="")
    parser.add_argument("--memory", default="")
    return parser.parse_args()


def _reading(path: Path) -> str:
    """Names, types and dialect are said, so that nothing is guessed and nothing read twice."""
    if path.suffix == ".parquet":
        return f"read_parquet('{path}')"
    with path.open(encoding="utf-8") as file:
        header = next(file).rstrip("\n")
    delimiter = delimiter_of(path)
    types = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in header.split(delimiter))
    return (
        f"read_csv('{path}', auto_detect = false, header = true, delim = '{delimiter}', quote = '\"', "
        f"escape = '\"', columns = {{{types}}})"
    )


if __name__ == "__main__":
    main()
