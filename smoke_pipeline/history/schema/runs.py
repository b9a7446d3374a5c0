"""Runs that work on a session, and how far they have come."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, desc

from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.schema.base import JSON_TEXT, TIME, metadata, one_of
from smoke_pipeline.history.schema.sessions import test_sessions

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("session_id", Text, ForeignKey(test_sessions.c.session_id, ondelete="CASCADE")),
    Column("job_name", Text, nullable=False),
    Column("run_id", Text, unique=True),
    Column("status", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("idempotency_key", Text),
    Column("requested_at", TIME, nullable=False),
    Column("updated_at", TIME, nullable=False),
    Column("ended_at", TIME),
    Column("failure", JSON_TEXT),
    one_of("status", JobStatus),
)
Index("idx_jobs_session", jobs.c.session_id, desc(jobs.c.requested_at))
Index("idx_jobs_idempotency", jobs.c.client_id, jobs.c.idempotency_key, unique=True)

run_progress = Table(
    "run_progress",
    metadata,
    Column(
        "session_id",
        Text,
        ForeignKey(test_sessions.c.session_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("run_id", Text),
    Column("stage", Text, nullable=False),
    Column("rows_done", BigInteger),
    Column("rows_total", BigInteger),
    Column("bytes_done", BigInteger),
    Column("bytes_total", BigInteger),
    Column("updated_at", TIME, nullable=False),
)
