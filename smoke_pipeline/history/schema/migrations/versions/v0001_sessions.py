"""Sessions, their snapshots, results and kept differences."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the four tables and the view over them."""
    _make_sessions()
    _make_files()
    _make_results()
    _make_details()
    op.execute(VIEW)


def downgrade() -> None:
    """Remove them, with all they hold."""
    op.execute(f"DROP VIEW {SCHEMA}.v_test_sessions")
    for table in ("mismatch_details", "comparison_results", "test_files", "test_sessions"):
        op.drop_table(table, schema=SCHEMA)


def _make_sessions() -> None:
    op.create_table(
        "test_sessions",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("test_type", sa.Text, nullable=False),
        sa.Column("test_name", sa.Text, nullable=False),
        sa.Column("preset", sa.Text, nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
        sa.Column("test_folder", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("completed_at", TIME),
        sa.Column("failure", sa.JSON),
        sa.CheckConstraint(
            "status IN ('active', 'completed', 'failed', 'cancelled', 'expired', 'archived')",
            name="ck_status",
        ),
        sa.CheckConstraint(
            "step IN ('awaiting_source', 'awaiting_etl', 'awaiting_comparison', 'awaiting_report', 'done')",
            name="ck_step",
        ),
        schema=SCHEMA,
    )
    op.create_index("idx_test_sessions_status", "test_sessions", ["status"], schema=SCHEMA)
    op.create_index("idx_test_sessions_created", "test_sessions", [sa.text("created_at DESC")], schema=SCHEMA)


def _make_files() -> None:
    op.create_table(
        "test_files",
        sa.Column("file_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _session_id(),
        sa.Column("file_role", sa.Text, nullable=False),
        sa.Column("file_path", sa.Text, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("file_size_mb", sa.Double, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("downloaded_at", TIME, nullable=False),
        sa.CheckConstraint("file_role IN ('source', 'target')", name="ck_file_role"),
        schema=SCHEMA,
    )
    op.create_index("idx_test_files_session", "test_files", ["session_id"], schema=SCHEMA)


def _make_results() -> None:
    counts = (
        "total_rows_source",
        "total_rows_target",
        "matched_rows",
        "mismatched_rows",
        "source_only_rows",
        "target_only_rows",
    )
    op.create_table(
        "comparison_results",
        sa.Column("result_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _session_id(),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("match_score", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in counts),
        sa.Column("mismatch_by_column", sa.JSON, nullable=False),
        sa.Column("comparison_time_seconds", sa.Double, nullable=False),
        sa.Column("memory_used_mb", sa.Double, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("zip_package_path", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("verdict IN ('passed', 'failed', 'unproven')", name="ck_verdict"),
        schema=SCHEMA,
    )
    op.create_index(
        "idx_comparison_results_session",
        "comparison_results",
        ["session_id", sa.text("result_id DESC")],
        schema=SCHEMA,
    )


def _make_details() -> None:
    op.create_table(
        "mismatch_details",
        sa.Column(
            "result_id",
            sa.BigInteger,
            sa.ForeignKey(f"{SCHEMA}.comparison_results.result_id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cell_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("difference_type", sa.Text, nullable=False),
        sa.Column("row_key", sa.JSON, nullable=False),
        sa.Column("source_row", sa.BigInteger),
        sa.Column("target_row", sa.BigInteger),
        sa.Column("column_name", sa.Text),
        sa.Column("source_value", sa.Text),
        sa.Column("target_value", sa.Text),
        sa.Column("row_values", sa.JSON),
        sa.Column("exact_cell", sa.JSON),
        sa.CheckConstraint(
            "difference_type IN ('mismatched', 'source_only', 'target_only')", name="ck_difference_type"
        ),
        schema=SCHEMA,
    )


def _session_id() -> sa.Column[str]:
    session = sa.ForeignKey(f"{SCHEMA}.test_sessions.session_id", ondelete="CASCADE")
    return sa.Column("session_id", sa.Text, session, nullable=False)


VIEW = """
CREATE VIEW mcp_smoke.v_test_sessions AS
SELECT s.session_id, s.test_type, s.test_name, s.preset, s.status, s.step, s.client_id, s.test_folder,
       s.created_at, s.updated_at, s.completed_at,
       source.file_path AS source_file_path, target.file_path AS target_file_path,
       r.verdict, r.match_score, r.matched_rows, r.mismatched_rows, r.source_only_rows, r.target_only_rows,
       r.zip_package_path, r.zip_package_path || '#report.html' AS html_report_path
FROM mcp_smoke.test_sessions s
LEFT JOIN LATERAL (
    SELECT file_path FROM mcp_smoke.test_files
    WHERE session_id = s.session_id AND file_role = 'source' ORDER BY file_id DESC LIMIT 1
) source ON true
LEFT JOIN LATERAL (
    SELECT file_path FROM mcp_smoke.test_files
    WHERE session_id = s.session_id AND file_role = 'target' ORDER BY file_id DESC LIMIT 1
) target ON true
LEFT JOIN LATERAL (
    SELECT * FROM mcp_smoke.comparison_results
    WHERE session_id = s.session_id ORDER BY result_id DESC LIMIT 1
) r ON true
"""
