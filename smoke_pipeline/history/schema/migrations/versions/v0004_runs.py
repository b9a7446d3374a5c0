"""Runs and how far they have come, files, sums that outlive sessions, and a cache."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"
TIME = sa.DateTime(timezone=True)
TABLES = ("metadata_cache", "metrics", "files", "run_progress", "jobs")


def upgrade() -> None:
    """Make the five tables."""
    _make_jobs()
    _make_progress()
    _make_files()
    _make_metrics()
    _make_cache()


def downgrade() -> None:
    """Remove them, with all they hold."""
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _make_jobs() -> None:
    statuses = "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')"
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text, primary_key=True),
        _session_id(),
        sa.Column("job_name", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, unique=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("failure", sa.JSON),
        sa.CheckConstraint(statuses, name="ck_status"),
        schema=SCHEMA,
    )
    op.create_index("idx_jobs_session", "jobs", ["session_id", sa.text("requested_at DESC")], schema=SCHEMA)
    op.create_index(
        "idx_jobs_idempotency", "jobs", ["client_id", "idempotency_key"], unique=True, schema=SCHEMA
    )


def _make_progress() -> None:
    amounts = ("rows_done", "rows_total", "bytes_done", "bytes_total")
    op.create_table(
        "run_progress",
        _session_id(is_key=True),
        sa.Column("run_id", sa.Text),
        sa.Column("stage", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in amounts),
        sa.Column("updated_at", TIME, nullable=False),
        schema=SCHEMA,
    )


def _make_files() -> None:
    op.create_table(
        "files",
        sa.Column("file_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _session_id(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.CheckConstraint("kind IN ('upload', 'report')", name="ck_kind"),
        sa.CheckConstraint("size_bytes >= 0", name="ck_size_bytes"),
        schema=SCHEMA,
    )
    op.create_index("idx_files_session", "files", ["session_id"], schema=SCHEMA)
    op.create_index("idx_files_expires", "files", ["expires_at"], schema=SCHEMA)


def _make_metrics() -> None:
    names = ("test_name", "test_type", "preset", "client_id")
    counts = ("sessions", "passed", "failed", "unproven", "without_verdict")
    op.create_table(
        "metrics",
        sa.Column("day", sa.Date, primary_key=True),
        *(sa.Column(name, sa.Text, primary_key=True) for name in names),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in counts),
        sa.Column("match_score_sum", sa.Double, nullable=False),
        sa.Column("match_score_least", sa.Double),
        sa.Column("rows_compared", sa.BigInteger, nullable=False),
        sa.Column("rows_differing", sa.BigInteger, nullable=False),
        sa.Column("comparison_seconds", sa.Double, nullable=False),
        sa.Column("files_mb", sa.Double, nullable=False),
        schema=SCHEMA,
    )


def _make_cache() -> None:
    op.create_table(
        "metadata_cache",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("idx_metadata_cache_expires", "metadata_cache", ["expires_at"], schema=SCHEMA)


def _session_id(*, is_key: bool = False) -> sa.Column[str]:
    session = sa.ForeignKey(f"{SCHEMA}.test_sessions.session_id", ondelete="CASCADE")
    return sa.Column("session_id", sa.Text, session, primary_key=is_key)
