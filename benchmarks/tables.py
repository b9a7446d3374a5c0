"""`python -m benchmarks.tables`: a table of twenty columns taken as a snapshot, against plain drivers.

    ours       `opened_table`, then `take_snapshot`, with the digest of the rows
    the peers  PyMySQL's SSCursor and psycopg's server cursor, their values written as Parquet

A private MariaDB and an embedded PostgreSQL are started for it; every run is a process of its own.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Limits, Run, run

BATCH_ROWS = 50_000
MYSQL = """
    CREATE TABLE t AS SELECT CAST(seq AS SIGNED) AS id, CAST(seq % 97 AS SIGNED) AS i1, seq * 7 AS i2,
    seq * 1000003 AS i3, CAST(IF(seq % 10 = 0, NULL, seq) AS SIGNED) AS i4,
    CAST(seq / 100 AS DECIMAL(18,2)) AS d1, CAST(seq / 7 AS DECIMAL(18,4)) AS d2,
    CAST(-seq AS DECIMAL(18,2)) AS d3, CAST(IF(seq % 5 = 0, NULL, seq * 3) AS DECIMAL(12,2)) AS d4,
    CAST(CONCAT('name of ', seq) AS CHAR(40)) AS s1, CAST(MD5(seq) AS CHAR(32)) AS s2,
    CAST(IF(seq % 3 = 0, NULL, 'open') AS CHAR(8)) AS s3, CAST(CONCAT('Straße ', seq % 300) AS CHAR(40)) s4,
    CAST(DATE_ADD('2020-01-01', INTERVAL seq % 2000 DAY) AS DATE) AS t1,
    CAST(DATE_ADD('2021-01-01', INTERVAL seq % 1000 DAY) AS DATE) AS t2,
    CAST(DATE_ADD('2022-01-01', INTERVAL seq SECOND) AS DATETIME) AS m1,
    CAST(DATE_ADD('2023-01-01', INTERVAL seq * 17 MICROSECOND) AS DATETIME(6)) AS m2,
    seq * 1.1e0 AS f1, seq / 3e0 AS f2, CAST(seq % 2 AS SIGNED) AS b1 FROM seq_1_to_{rows}
"""
POSTGRES = """
    CREATE TABLE t AS SELECT n::bigint AS id, (n % 97)::int AS i1, n::bigint * 7 AS i2,
    n::bigint * 1000003 AS i3, CASE WHEN n % 10 = 0 THEN NULL ELSE n::bigint END AS i4,
    (n / 100.0)::numeric(18,2) AS d1, (n / 7.0)::numeric(18,4) AS d2,
    (-n)::numeric(18,2) AS d3, CASE WHEN n % 5 = 0 THEN NULL ELSE n * 3 END::numeric(12,2) AS d4,
    ('name of ' || n)::varchar(40) AS s1, md5(n::text)::varchar(32) AS s2,
    CASE WHEN n % 3 = 0 THEN NULL ELSE 'open' END::varchar(8) AS s3, ('Straße ' || n % 300)::varchar(40) s4,
    date '2020-01-01' + (n % 2000) AS t1, date '2021-01-01' + (n % 1000) AS t2,
    timestamp '2022-01-01' + n * interval '1 second' AS m1,
    timestamp '2023-01-01' + n * interval '17 microseconds' AS m2,
    n * 1.1::float8 AS f1, n / 3::float8 AS f2, n % 2 = 0 AS b1 FROM generate_series(1, {rows}) AS n
"""


def main() -> None:
    """Start the servers, fill a table in each, and run all in turns."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(f"{asked.rows:,} rows of 20 columns, median of {asked.runs}\n")
    print("| database | program | s | against the peer | peak MB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="smoke-benchmark-") as folder:
        Path(folder).chmod(0o711)
        with mysql_with(asked.rows, Path(folder)) as port:
            compared("MariaDB", "PyMySQL SSCursor", ["mysql", str(port)], asked.runs)
        with postgres_with(asked.rows, Path(folder)) as place:
            compared("PostgreSQL", "psycopg server cursor", ["postgres", place], asked.runs)


def compared(database: str, peer: str, place: list[str], runs: int) -> None:
    """Run both programs in turns and print two rows."""
    taken: dict[str, list[Run]] = {"ours": [], "peer": []}
    for _ in range(runs):
        for program, found in taken.items():
            found.append(run([sys.executable, "-m", "benchmarks.tables_run", program, *place], Limits()))
            if found[-1].status:
                sys.exit(found[-1].output)
    wall_s = {program: statistics.median(one.wall_s for one in found) for program, found in taken.items()}
    peak_mb = {program: max(one.peak_mb for one in found) for program, found in taken.items()}
    for program, name in (("ours", "opened_table, take_snapshot"), ("peer", peer)):
        ratio = wall_s["peer"] / wall_s[program]
        print(f"| {database} | {name} | {wall_s[program]:.1f} | {ratio:.2f} | {peak_mb[program]:,.0f} |")


@contextmanager
def mysql_with(rows: int, folder: Path) -> Iterator[int]:
    """The port of a MariaDB with the table."""
    from smoke_pipeline_tests.readers.tables.servers import as_owner, mariadb

    with mariadb(folder / "mariadb", innodb_buffer_pool_size="1G") as settings:
        with as_owner(settings.port) as connection, connection.cursor() as cursor:
            cursor.execute(MYSQL.format(rows=rows))
        yield settings.port


@contextmanager
def postgres_with(rows: int, folder: Path) -> Iterator[str]:
    """The folder of the socket of a PostgreSQL with the table."""
    import psycopg

    from smoke_pipeline.history.server.embedded import start_embedded, stop_embedded

    url = start_embedded(folder / "postgres")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(POSTGRES.format(rows=rows))
            connection.execute("VACUUM ANALYZE t")
            yield str(connection.info.host)
    finally:
        stop_embedded(folder / "postgres")


if __name__ == "__main__":
    main()
