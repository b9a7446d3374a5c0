"""DuckDB, with the queries somebody writes who knows it well."""

from pathlib import Path

import duckdb

from benchmarks.false_pass.finding import Finding, Program, require_key, require_suffix
from benchmarks.false_pass.written import Pair

READS = (".csv", ".csv.gz", ".parquet")
SIDES = ("source", "target")


def table_of(path: Path) -> str:
    """The SQL that reads a file, every cell of a CSV as text."""
    literal = str(path).replace("'", "''")
    if path.suffix == ".parquet":
        return f"read_parquet('{literal}')"
    return f"read_csv('{literal}', all_varchar = true, header = true)"


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def loaded(pair: Pair) -> tuple[duckdb.DuckDBPyConnection, tuple[list[str], list[str]]]:
    """A database with both tables, and their columns."""
    connection = duckdb.connect()
    columns = []
    for side, path in zip(SIDES, pair.paths, strict=True):
        connection.execute(f"CREATE TABLE {side} AS SELECT * FROM {table_of(path)}")
        columns.append([row[0] for row in connection.execute(f"DESCRIBE {side}").fetchall()])
    return connection, (columns[0], columns[1])


def _except_all(pair: Pair) -> Finding:
    require_suffix(pair, READS)
    connection, (columns, others) = loaded(pair)
    if sorted(columns) != sorted(others):
        return Finding(is_same=False)
    names = ", ".join(map(quoted, columns))
    left = []
    for one, other in (SIDES, SIDES[::-1]):
        query = f"SELECT count(*) FROM (SELECT {names} FROM {one} EXCEPT ALL SELECT {names} FROM {other})"
        left.append(_row(connection, query)[0])
    return Finding(is_same=left == [0, 0], source_left=left[0], target_left=left[1])


def _full_join(pair: Pair) -> Finding:
    require_suffix(pair, READS)
    require_key(pair, most=99)
    connection, (columns, others) = loaded(pair)
    if sorted(columns) != sorted(others):
        return Finding(is_same=False)
    compared = [name for name in columns if name not in pair.key]
    source_only, target_only, mismatched, *cells = _row(connection, join_query(pair.key, compared))
    return Finding(
        is_same=not (source_only or target_only or mismatched),
        mismatched=mismatched,
        source_only=source_only,
        target_only=target_only,
        by_column={name: count for name, count in zip(compared, cells, strict=True) if count},
    )


def join_query(key: tuple[str, ...], compared: list[str]) -> str:
    """One pass over the FULL JOIN that counts rows and, per column, cells."""
    on = " AND ".join(f"s.{quoted(name)} IS NOT DISTINCT FROM t.{quoted(name)}" for name in key)
    differs = [f"s.{quoted(name)} IS DISTINCT FROM t.{quoted(name)}" for name in compared]
    both = "in_source AND in_target"
    counts = [
        "count(*) FILTER (in_target IS NULL)",
        "count(*) FILTER (in_source IS NULL)",
        f"count(*) FILTER ({both} AND ({' OR '.join(differs) or 'false'}))",
        *(f"count(*) FILTER ({both} AND {one})" for one in differs),
    ]
    return (
        f"SELECT {', '.join(counts)} FROM (SELECT *, true AS in_source FROM source) s "
        f"FULL JOIN (SELECT *, true AS in_target FROM target) t ON {on}"
    )


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple:
    row = connection.execute(query).fetchone()
    assert row
    return row


FULL_JOIN = Program(
    name="DuckDB FULL JOIN",
    package="duckdb",
    how="a `FULL JOIN` on `IS NOT DISTINCT FROM` of the key that counts `IS DISTINCT FROM` per column; "
    "`read_csv(all_varchar = true)`; columns compared by name first",
    ask=_full_join,
)
EXCEPT_ALL = Program(
    name="DuckDB EXCEPT ALL",
    package="duckdb",
    how="`EXCEPT ALL` both ways over the columns by name; `read_csv(all_varchar = true)`; "
    "held to the rows left over",
    ask=_except_all,
)
