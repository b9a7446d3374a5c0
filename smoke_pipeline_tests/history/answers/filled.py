"""Histories with sessions in them, written straight into the tables, and drawn by hypothesis."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
from sqlalchemy import delete, insert, select

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.schema.keeping import metrics
from smoke_pipeline.history.schema.sessions import (
    comparison_results,
    mismatch_details,
    test_files,
    test_sessions,
)
from smoke_pipeline_tests.history.samples import NOON, manifest

Row = dict[str, Any]


def session_row(session_id: str, *, at: datetime = NOON, **changes: Any) -> Row:
    """A completed session."""
    return {
        "session_id": session_id,
        "test_type": "upload",
        "test_name": "regions",
        "preset": "development",
        "spec": {},
        "test_folder": f"tests/{session_id}",
        "status": "completed",
        "step": "done",
        "version": 4,
        "client_id": "local",
        "created_at": at,
        "updated_at": at,
        "completed_at": at,
        "failure": None,
    } | changes


def result_row(session_id: str, *, at: datetime = NOON, **changes: Any) -> Row:
    """A passed comparison of 100 rows."""
    return {
        "session_id": session_id,
        "verdict": "passed",
        "passed": True,
        "match_score": 100.0,
        "threshold": 100.0,
        "total_rows_source": 100,
        "total_rows_target": 100,
        "matched_rows": 100,
        "mismatched_rows": 0,
        "source_only_rows": 0,
        "target_only_rows": 0,
        "mismatch_by_column": {},
        "comparison_time_seconds": 1.0,
        "memory_used_mb": 100.0,
        "summary": {},
        "zip_package_path": None,
        "created_at": at,
    } | changes


def file_row(session_id: str, origin: str, *, at: datetime = NOON, **changes: Any) -> Row:
    """A taken source."""
    return {
        "session_id": session_id,
        "file_role": "source",
        "file_path": "source.parquet",
        "origin": origin,
        "row_count": 100,
        "file_size_mb": 2.0,
        "manifest": manifest().to_dict(),
        "downloaded_at": at,
    } | changes


def metric_row(day: datetime, **changes: Any) -> Row:
    """The sums of a day over three deleted sessions."""
    return {
        "day": day.date(),
        "test_name": "regions",
        "test_type": "upload",
        "preset": "development",
        "client_id": "local",
        "sessions": 3,
        "passed": 1,
        "failed": 1,
        "unproven": 0,
        "without_verdict": 1,
        "match_score_sum": 150.0,
        "match_score_least": 50.0,
        "rows_compared": 200,
        "rows_differing": 50,
        "comparison_seconds": 3.5,
        "files_mb": 1.0,
    } | changes


TABLES = {
    "sessions": test_sessions,
    "results": comparison_results,
    "files": test_files,
    "metrics": metrics,
    "details": mismatch_details,
}


def fill(database: Database, **rows: Iterable[Row]) -> None:
    """Write rows into the tables; each must have the same columns."""
    with database.transaction() as connection:
        for name, table in TABLES.items():
            for row in rows.get(name, ()):
                connection.execute(insert(table).values(row))


def empty(database: Database) -> None:
    """Forget every session and sum."""
    with database.transaction() as connection:
        connection.execute(delete(test_sessions))
        connection.execute(delete(metrics))


def result_ids(database: Database, session_id: str) -> list[int]:
    """The numbers of the results of a session, the oldest first."""
    columns = comparison_results.c
    query = select(columns.result_id).where(columns.session_id == session_id).order_by(columns.result_id)
    with database.transaction() as connection:
        return list(connection.scalars(query))


NAMES = st.sampled_from(["regions", "re_ions", "100%", "a*b", "a\\b", "Ä"])
STATES = st.sampled_from(
    [
        ("active", "awaiting_etl"),
        ("active", "awaiting_report"),
        ("completed", "done"),
        ("completed", "done"),
        ("failed", "done"),
        ("archived", "done"),
        ("archived", "awaiting_etl"),
        ("cancelled", "awaiting_etl"),
    ]
)
ORIGINS = st.sampled_from(["/in/customer_1.csv", "/in/customerX1.csv", "s3://b/100%.csv", "C:\\in\\a.csv"])
VERDICTS = st.sampled_from(["passed", "failed", "unproven"])
HOURS = st.integers(0, 6).map(lambda hours: NOON + timedelta(hours=hours))


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> Mapping[str, list[Row]]:
    """Sessions of a few names and states, some at the same moment, with files and results."""
    found: dict[str, list[Row]] = {"sessions": [], "results": [], "files": []}
    for number in range(draw(st.integers(0, most))):
        session_id, at = f"upload_{number}", draw(HOURS)
        status, step = draw(STATES)
        found["sessions"].append(
            session_row(
                session_id,
                at=at,
                status=status,
                step=step,
                failure={"error_type": "ReadError"} if status == "failed" else None,
                test_name=draw(NAMES),
                test_type=draw(st.sampled_from(["upload", "statement"])),
                preset=draw(st.sampled_from(["development", "production"])),
                client_id=draw(st.sampled_from(["local", "anna", "bert"])),
            )
        )
        for verdict in draw(st.lists(VERDICTS, max_size=2)):
            score = draw(st.sampled_from([0.0, 79.9, 80.0, 95.0, 95.1, 100.0]))
            seconds = draw(st.sampled_from([0.0, 0.5, 2.0]))
            found["results"].append(
                result_row(
                    session_id, verdict=verdict, match_score=score, comparison_time_seconds=seconds, at=at
                )
            )
        for origin in draw(st.lists(ORIGINS, max_size=2)):
            found["files"].append(file_row(session_id, origin, at=draw(HOURS)))
    return found
