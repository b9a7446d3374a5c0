"""`python -m benchmarks.history`: 100,000 sessions and 5,000,000 differences, and how soon they answer.

Each question is asked `--runs` times: as `EXPLAIN ANALYZE`, whose execution time is that of PostgreSQL alone,
and through the function that commands call, with the way there and back and the making of records.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import ClauseElement, Executable, Select, select
from sqlalchemy.ext.compiler import compiles

from benchmarks.sections import HEADING, with_section
from smoke_pipeline.comparison.result import DifferenceKind, Verdict
from smoke_pipeline.history.answers import differences, files, sessions, summaries, trends
from smoke_pipeline.history.answers.filters import SessionFilter
from smoke_pipeline.history.answers.stats import stats
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Status
from smoke_pipeline.history.schema.sessions import test_sessions
from smoke_pipeline.history.server.embedded import start_embedded, stop_embedded

RESULTS = Path(__file__).with_name("RESULTS.md")
ONE_MS, LIST_MS, SUM_MS = 2.0, 5.0, 10.0
"""What is aimed at: one row, a list or page, a sum."""

SESSIONS = """
INSERT INTO mcp_smoke.test_sessions
SELECT 'upload_' || n, (ARRAY['upload', 'statement', 'invoice', 'gl'])[1 + n % 4], 'test_' || n % 200,
       CASE WHEN n % 10 = 0 THEN 'production' ELSE 'development' END,
       json_build_object('source', json_build_object('kind', 'path', 'path', '/data/' || n || '.csv')),
       'tests/upload_' || n,
       CASE WHEN n % 50 = 0 THEN 'active' WHEN n % 25 = 1 THEN 'failed' ELSE 'completed' END,
       CASE WHEN n % 50 = 0 THEN 'awaiting_etl' WHEN n % 25 = 1 THEN 'awaiting_comparison' ELSE 'done' END,
       4, 'client_' || abs(hashtext('client' || n)) % 50, began, began,
       CASE WHEN n % 50 <> 0 THEN began + interval '5 minutes' END,
       CASE WHEN n % 25 = 1 THEN '{"error_type": "ReadError"}'::json END
FROM (SELECT n, now() - (:sessions - n) * interval '365 days' / :sessions AS began
      FROM generate_series(1, :sessions) n) numbered
"""
FILES = """
INSERT INTO mcp_smoke.test_files (session_id, file_role, file_path, origin, row_count, file_size_mb, manifest,
                                  downloaded_at)
SELECT session_id, role, role || '.parquet',
       '/data/' || (ARRAY['customer', 'orders', 'ledger', 'invoices'])[1 + abs(hashtext(session_id)) % 4]
       || '_' || session_id || '.csv', 1000 + abs(hashtext(session_id)) % 5000000, 12.5,
       json_build_object('origin', session_id, 'columns', repeat('x', 800)), created_at + interval '1 minute'
FROM mcp_smoke.test_sessions, unnest(ARRAY['source', 'target']) role
ORDER BY created_at
"""
FOUND = """
INSERT INTO mcp_smoke.comparison_results (session_id, verdict, passed, match_score, threshold,
    total_rows_source, total_rows_target, matched_rows, mismatched_rows, source_only_rows, target_only_rows,
    mismatch_by_column, comparison_time_seconds, memory_used_mb, summary, zip_package_path, created_at)
SELECT session_id, (ARRAY['passed', 'passed', 'passed', 'failed', 'unproven'])[1 + score % 5], score % 5 < 3,
       100 - score % 30, 95, rows, rows, rows - 10, 10, 0, 0, '{"amount": 10}', rows / 400000.0 + 0.5, 300,
       json_build_object('source', repeat('x', 1500)), 'comparison_' || session_id || '.zip', created_at
FROM (SELECT *, abs(hashtext(session_id || 'score')) AS score,
             1000 + abs(hashtext(session_id)) % 5000000 AS rows FROM mcp_smoke.test_sessions) sized
WHERE status = 'completed' ORDER BY created_at
"""
DETAILS = """
INSERT INTO mcp_smoke.mismatch_details (result_id, row_index, cell_index, difference_type, row_key,
    source_row, target_row, column_name, source_value, target_value)
SELECT result_id, n, 0, 'mismatched', json_build_array(n::text), n, n, 'column_' || n % 8, 'a' || n, 'b' || n
FROM (SELECT result_id FROM mcp_smoke.comparison_results ORDER BY hashint8(result_id)
      LIMIT :details / 5000) chosen, generate_series(0, 4999) n
ORDER BY result_id, n
"""
"""The rows of a result lie together, as a session writes them."""
SUMS = """
INSERT INTO mcp_smoke.metrics
SELECT current_date - 365 - day, 'test_' || test, 'upload', 'development', 'client_' || test % 50,
       3, 2, 1, 0, 0, 290, 90, 3000000, 30, 9.5, 40
FROM generate_series(0, 99) day, generate_series(0, 199) test
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that is asked."""

    name: str
    target_ms: float | None
    query: Select | None
    """What PostgreSQL is timed at; None where it is more than one."""
    ask: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What asking took, in milliseconds."""

    question: Question
    at_database: Sequence[float]
    there_and_back: Sequence[float]


class Explained(Executable, ClauseElement):
    """A query with its plan and times in place of its rows."""

    inherit_cache = False

    def __init__(self, query: Select) -> None:
        self.query = query


@compiles(Explained)
def _explained(element, compiler, **options):
    return f"EXPLAIN (ANALYZE, FORMAT JSON) {compiler.process(element.query, **options)}"


def main() -> None:
    """Fill a history, ask, print the table, and save it where that was asked for."""
    asked = _arguments()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="smoke-history-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    try:
        url = start_embedded(folder / "postgres")
        with Database(url) as database:
            seconds = _fill(database, url, asked.sessions, asked.differences)
            load = os.getloadavg()[0]
            figures = [_measured(database, one, asked.runs) for one in questions(database)]
            section = f"{HEADING}\n\n{_about(database, asked.runs, seconds, load)}\n\n{_table(figures)}\n"
    finally:
        stop_embedded(folder / "postgres")
        if asked.folder is None:
            shutil.rmtree(folder)
    print(section)
    if asked.save:
        RESULTS.write_text(with_section(RESULTS.read_text(encoding="utf-8"), section), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    add = parser.add_argument
    add("--sessions", type=int, default=100_000, help="sessions over a year; default 100000")
    add("--differences", type=int, default=5_000_000, help="kept differing rows; default 5000000")
    add("--runs", type=int, default=20, help="times that each question is asked; default 20")
    add("--folder", type=Path, help="where the server lies, and stays; default: a temporary folder")
    add("--save", action="store_true", help="write the section on the history of benchmarks/RESULTS.md")
    return parser.parse_args()


def _fill(database: Database, url: str, sessions_: int, differences_: int) -> float:
    """Make the rows inside PostgreSQL, unless they are there; how many seconds that took."""
    database.migrate()
    started = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM mcp_smoke.test_sessions").fetchone()
        if found and found[0]:
            return 0.0
        for statement in (SESSIONS, FILES, FOUND, DETAILS, SUMS):
            connection.execute(
                statement.replace(":sessions", str(sessions_)).replace(":details", str(differences_))
            )
        connection.execute("VACUUM ANALYZE")
    return time.monotonic() - started


def questions(database: Database) -> Sequence[Question]:
    """The questions of the history, the small ones first."""
    return (*_questions_of_one(database), *_questions_of_lists(database), *_questions_of_sums(database))


def _questions_of_one(database: Database) -> Sequence[Question]:
    history, some = PostgresHistory(database), "upload_4321"
    by_id = select(test_sessions).where(test_sessions.c.session_id == some)
    return (
        Question(name="session by id", target_ms=ONE_MS, query=by_id, ask=lambda: history.session(some)),
        Question(
            name="files of a session",
            target_ms=ONE_MS,
            query=files.session_files_query(some),
            ask=lambda: files.session_files(database, some),
        ),
    )


def _questions_of_lists(database: Database) -> Sequence[Question]:
    result_id = _a_large_result(database)
    filters = {
        "newest 50 sessions": SessionFilter(),
        "active sessions of a client": SessionFilter(status=Status.ACTIVE, client_id="client_7"),
        "unproven sessions of a client": SessionFilter(verdict=Verdict.UNPROVEN, client_id="client_7"),
        "sessions of tests like `test_1*`, failed": SessionFilter(
            test_name="test_1*", verdict=Verdict.FAILED
        ),
    }
    deep = _deep_cursor(database)
    lists = [
        Question(
            name=name,
            target_ms=LIST_MS,
            query=sessions.sessions_query(asked, limit=51),
            ask=lambda asked=asked: sessions.sessions_page(database, asked),
        )
        for name, asked in filters.items()
    ]
    lists.append(
        Question(
            name="50 sessions half way down",
            target_ms=LIST_MS,
            query=sessions.sessions_query(SessionFilter(), limit=51, cursor=deep),
            ask=lambda: sessions.sessions_page(database, cursor=deep),
        )
    )
    like = files.FileFilter(like="*customer*", since=datetime.now(UTC) - timedelta(days=7))
    pages = {
        "first 50 differences of a result": {"after": -1},
        "50 differences after the 4,000th": {"after": 4000},
        "50 differences in one column": {"column": "column_3"},
        "differences of a kind there is none of": {"kind": DifferenceKind.SOURCE_ONLY},
    }
    for name, asked in pages.items():
        given = {key: value for key, value in asked.items() if key != "after"}
        if asked.get("after", -1) >= 0:
            given["cursor"] = str(asked["after"])
        lists.append(
            Question(
                name=name,
                target_ms=LIST_MS,
                query=differences.differences_query(result_id, limit=51, **asked),
                ask=lambda given=given: differences.differences_page(database, result_id, **given),
            )
        )
    lists.append(
        Question(
            name="files like `*customer*` of 7 days, 50 of them",
            target_ms=LIST_MS,
            query=files.touched_files_query(like, limit=51),
            ask=lambda: files.touched_files(database, like),
        )
    )
    return lists


def _questions_of_sums(database: Database) -> Sequence[Question]:
    week, month = (datetime.now(UTC) - timedelta(days=days) for days in (7, 30))
    return (
        Question(
            name="sums of 7 days",
            target_ms=SUM_MS,
            query=summaries.summary_query(week),
            ask=lambda: summaries.summary(database, since=week),
        ),
        Question(
            name="sums of 7 days of a client",
            target_ms=SUM_MS,
            query=summaries.summary_query(week, "client_7"),
            ask=lambda: summaries.summary(database, since=week, client_id="client_7"),
        ),
        Question(
            name="performance by size over 7 days",
            target_ms=SUM_MS,
            query=summaries.performance_query(week),
            ask=lambda: summaries.performance(database, since=week),
        ),
        Question(
            name="performance by size over 30 days",
            target_ms=None,
            query=summaries.performance_query(month),
            ask=lambda: summaries.performance(database, since=month),
        ),
        Question(
            name="trend of a test, 200 points",
            target_ms=SUM_MS,
            query=trends.trend_query("test_7", 200),
            ask=lambda: trends.trend(database, "test_7"),
        ),
        Question(
            name="slow comparisons of 7 days",
            target_ms=None,
            query=None,
            ask=lambda: trends.slow_comparisons(database, since=week),
        ),
        Question(name="sizes, every row counted", target_ms=None, query=None, ask=lambda: stats(database)),
    )


def _a_large_result(database: Database) -> int:
    with database.transaction() as connection:
        found = connection.exec_driver_sql("SELECT max(result_id) FROM mcp_smoke.mismatch_details")
        return int(found.scalar_one())


def _deep_cursor(database: Database) -> str:
    query = (
        "SELECT created_at, session_id FROM mcp_smoke.test_sessions"
        " ORDER BY created_at DESC, session_id DESC"
        " OFFSET (SELECT count(*) / 2 FROM mcp_smoke.test_sessions) LIMIT 1"
    )
    with database.transaction() as connection:
        row = connection.exec_driver_sql(query).first()
    return sessions.cursor_after(*row) if row else ""


def _measured(database: Database, question: Question, runs: int) -> Figures:
    at_database, there_and_back = [], []
    for _ in range(runs):
        started = time.perf_counter()
        question.ask()
        there_and_back.append(1000 * (time.perf_counter() - started))
        if question.query is not None:
            with database.transaction() as connection:
                plan = connection.execute(Explained(question.query)).scalar_one()
            at_database.append(plan[0]["Execution Time"])
    return Figures(question=question, at_database=at_database, there_and_back=there_and_back)


def _about(database: Database, runs: int, seconds: float, load: float) -> str:
    found = stats(database)
    rows = {table.name: table.rows for table in found.tables}
    memory = psutil.virtual_memory().total / 1024**3
    return (
        f"{rows['test_sessions']:,} sessions of a year, {rows['test_files']:,} files, "
        f"{rows['comparison_results']:,} results, {rows['mismatch_details']:,} kept differences; "
        f"the database takes {found.database_bytes / 1024**2:,.0f} MB and was filled in {seconds:,.0f} s.\n"
        f"The embedded PostgreSQL with its own settings, {psutil.cpu_count()} cores, {memory:.0f} GB; "
        f"{load:.1f} programs wanted a core in the minute before, so with more than the cores, much of the "
        f"spread is theirs.\n"
        f"Each question was asked {runs} times; at the database is the execution time of `EXPLAIN ANALYZE`, "
        f"there and back is the whole call of the function behind the command, in milliseconds.\n"
        f"`python -m benchmarks.history --save` writes this section."
    )


def _table(figures: Sequence[Figures]) -> str:
    lines = [
        "| question | aimed at | at the database: min / median / max | | there and back: median |",
        "|---|---:|---|---|---:|",
    ]
    for one in figures:
        target, times = one.question.target_ms, sorted(one.at_database)
        spread = (
            f"{times[0]:.2f} / {statistics.median(times):.2f} / {times[-1]:.2f}"
            if times
            else "several queries"
        )
        met = "" if target is None or not times else _met(statistics.median(times), target)
        aim = "" if target is None else f"{target:g}"
        back = statistics.median(one.there_and_back)
        lines.append(f"| {one.question.name} | {aim} | {spread} | {met} | {back:,.1f} |")
    return "\n".join(lines)


def _met(found: float, target: float) -> str:
    return "met" if found <= target else f"missed by {100 * (found / target - 1):.0f} %"


if __name__ == "__main__":
    main()
