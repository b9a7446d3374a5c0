"""`python -m benchmarks.pushdown`: two tables of one database, compared there and by reading them.

Both are `smoke compare` as whole processes: `--engine pushdown`, and the local engine, which reads.
A private MariaDB and an embedded PostgreSQL are started for it, each with two tables of ten columns.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from benchmarks.measure import Limits, Run, run

POSTGRES = """
    CREATE TABLE {name} AS SELECT n::bigint AS id, (n % 97)::int AS i1, n::bigint * 1000003 AS i2,
    (n / 100.0)::numeric(18,2) AS d1, CASE WHEN n % 5 = 0 THEN NULL ELSE n * 3 END::numeric(12,2) AS d2,
    ('name of ' || n)::varchar(40) AS s1, CASE WHEN n % 3 = 0 THEN NULL ELSE 'open' END::varchar(8) AS s2,
    date '2020-01-01' + (n % 2000) AS t1, timestamp '2023-01-01' + n * interval '17 microseconds' AS m1,
    n / 3::float8 AS f1 FROM generate_series(1, {rows}) AS n
"""
MYSQL = """
    CREATE TABLE {name} AS SELECT CAST(seq AS SIGNED) AS id, CAST(seq % 97 AS SIGNED) AS i1,
    seq * 1000003 AS i2, CAST(seq / 100 AS DECIMAL(18,2)) AS d1,
    CAST(IF(seq % 5 = 0, NULL, seq * 3) AS DECIMAL(12,2)) AS d2,
    CAST(CONCAT('name of ', seq) AS CHAR(40)) AS s1,
    CAST(IF(seq % 3 = 0, NULL, 'open') AS CHAR(8)) AS s2,
    CAST(DATE_ADD('2020-01-01', INTERVAL seq % 2000 DAY) AS DATE) AS t1,
    CAST(DATE_ADD('2023-01-01', INTERVAL seq * 17 MICROSECOND) AS DATETIME(6)) AS m1,
    seq / 3e0 AS f1 FROM seq_1_to_{rows}
"""
CHANGE = "UPDATE b SET s1 = 'changed' WHERE id % {step} = 0"
WAYS = ("pushdown", "local")


def main() -> None:
    """Start the servers, fill two tables in each, and compare them in turns."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pushdown", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--differences", type=int, default=100)
    asked = parser.parse_args()
    print(f"{asked.rows:,} rows of 10 columns a side, median of {asked.runs}\n")
    print("| database | differences | engine | s | CPU-s here | CPU-s there | peak MB here | rows read |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="smoke-benchmark-") as folder:
        Path(folder).chmod(0o711)
        for served in (postgres_with, mysql_with):
            with served(asked.rows, Path(folder)) as server:
                settings = Path(folder) / f"{server.name}.yaml"
                presets = {"development": {server.kind: {"a": server.place}}}
                settings.write_text(yaml.safe_dump({"presets": presets}))
                os.environ["SMOKE_SETTINGS"] = str(settings)
                compared(server, asked.runs)
                server.change(CHANGE.format(step=asked.rows // asked.differences))
                compared(server, asked.runs)


@dataclass(frozen=True)
class Server:
    """A database with the two tables."""

    name: str
    kind: str
    place: dict[str, Any]
    """How it is reached, as the settings say it."""
    change: Callable[[str], Any]
    """Changes something in it."""
    pid: int

    @property
    def cpu_s(self) -> float:
        """How long it has kept a core busy, with all connections that ended."""
        return sum(psutil.Process(self.pid).cpu_times()[:4])


def compared(server: Server, runs: int) -> None:
    """Compare both ways in turns and print a row for each."""
    taken: dict[str, list[Run]] = {way: [] for way in WAYS}
    served_s: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(runs):
        for way, found in taken.items():
            sides, before = [f"{server.kind}.a:a", f"{server.kind}.a:b"], server.cpu_s
            options = ["--key", "id", "--engine", way, "--format", "json"]
            found.append(
                run([sys.executable, "-m", "smoke_pipeline.cli", "compare", *sides, *options], Limits())
            )
            if found[-1].status not in (0, 1):
                sys.exit(found[-1].output)
            served_s[way].append(server.cpu_s - before)
    for way, found in taken.items():
        answer = json.loads(found[-1].output)
        differences = answer["mismatched"] + answer["source_only"] + answer["target_only"]
        medians = (
            statistics.median(one.wall_s for one in found),
            statistics.median(one.cpu_s for one in found),
            statistics.median(served_s[way]),
        )
        peak_mb = max(one.peak_mb for one in found)
        rows = (
            answer["engine"]["rows_read"]
            if way == "pushdown"
            else answer["rows_source"] + answer["rows_target"]
        )
        shown = " | ".join(f"{one:.1f}" for one in medians)
        print(f"| {server.name} | {differences} | {way} | {shown} | {peak_mb:,.0f} | {rows:,} |", flush=True)


@contextmanager
def mysql_with(rows: int, folder: Path) -> Iterator[Server]:
    """A MariaDB with the two tables."""
    from smoke_pipeline_tests.readers.tables.servers import as_owner, mariadb

    with (
        mariadb(folder / "mariadb", innodb_buffer_pool_size="1G") as settings,
        as_owner(settings.port) as connection,
        connection.cursor() as cursor,
    ):
        for name in ("a", "b"):
            cursor.execute(MYSQL.format(name=name, rows=rows))
            cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (id)")
            cursor.execute(f"ANALYZE TABLE {name}")
        place = settings.model_dump(mode="json") | {"password": settings.password.get_secret_value()}
        pid = int((folder / "mariadb" / "pid").read_text())
        yield Server("MariaDB", "mysql", place, cursor.execute, pid)


@contextmanager
def postgres_with(rows: int, folder: Path) -> Iterator[Server]:
    """A PostgreSQL with the two tables."""
    import psycopg

    from smoke_pipeline.history.server.embedded import start_embedded, stop_embedded

    url = start_embedded(folder / "postgres")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for name in ("a", "b"):
                connection.execute(POSTGRES.format(name=name, rows=rows))
                connection.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (id)")
                connection.execute(f"VACUUM ANALYZE {name}")
            place = {"host": str(connection.info.host), "user": "postgres", "database": "postgres"}
            pid = int((folder / "postgres" / "pgdata" / "postmaster.pid").read_text().split()[0])
            yield Server("PostgreSQL", "postgres", place, connection.execute, pid)
    finally:
        stop_embedded(folder / "postgres")


if __name__ == "__main__":
    main()
