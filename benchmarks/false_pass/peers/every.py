"""All programs by name, in the order of the page."""

from benchmarks.false_pass.finding import Program
from benchmarks.false_pass.peers.csv_dicts import CSV_DIFF, CSVDIFF
from benchmarks.false_pass.peers.daff_tables import DAFF
from benchmarks.false_pass.peers.datacompy_frames import PANDAS_COMPARE, POLARS_COMPARE
from benchmarks.false_pass.peers.duckdb_queries import EXCEPT_ALL, FULL_JOIN
from benchmarks.false_pass.peers.frames import PANDAS, POLARS
from benchmarks.false_pass.peers.reladiff_hashes import RELADIFF
from benchmarks.false_pass.peers.smoke import SMOKE

PROGRAMS: dict[str, Program] = {
    one.name: one
    for one in (
        SMOKE,
        PANDAS_COMPARE,
        POLARS_COMPARE,
        RELADIFF,
        FULL_JOIN,
        EXCEPT_ALL,
        CSV_DIFF,
        CSVDIFF,
        DAFF,
        PANDAS,
        POLARS,
    )
}
