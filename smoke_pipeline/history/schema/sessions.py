"""Sessions, their snapshots, results and kept differences.

    test_sessions <- test_files
                  <- comparison_results <- mismatch_details

What hangs on a session goes with it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    desc,
    false,
)

from smoke_pipeline.comparison.result import DifferenceKind, Verdict
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.history.schema.base import JSON_TEXT, TIME, metadata, one_of
from smoke_pipeline.snapshots.manifest import Side

test_sessions = Table(
    "test_sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("test_type", Text, nullable=False),
    Column("test_name", Text, nullable=False),
    Column("preset", Text, nullable=False),
    Column("spec", JSON_TEXT, nullable=False),
    Column("test_folder", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("updated_at", TIME, nullable=False),
    Column("completed_at", TIME),
    Column("failure", JSON_TEXT),
    one_of("status", Status),
    one_of("step", Step),
    CheckConstraint("(status = 'completed') <= (step = 'done')", name="ck_completed_is_done"),
    CheckConstraint("(status = 'active') <= (step <> 'done')", name="ck_active_is_not_done"),
)
Index("idx_test_sessions_status", test_sessions.c.status)
Index("idx_test_sessions_created", desc(test_sessions.c.created_at))
Index("idx_test_sessions_client", test_sessions.c.client_id, desc(test_sessions.c.created_at))
Index(
    "idx_test_sessions_active",
    test_sessions.c.client_id,
    desc(test_sessions.c.created_at),
    postgresql_where=test_sessions.c.status == "active",
)
Index("idx_test_sessions_name", test_sessions.c.test_name, desc(test_sessions.c.created_at))

test_files = Table(
    "test_files",
    metadata,
    Column("file_id", BigInteger, Identity(always=True), primary_key=True),
    Column("session_id", Text, ForeignKey(test_sessions.c.session_id, ondelete="CASCADE"), nullable=False),
    Column("file_role", Text, nullable=False),
    Column("file_path", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("file_size_mb", Double, nullable=False),
    Column("manifest", JSON_TEXT, nullable=False),
    Column("downloaded_at", TIME, nullable=False),
    one_of("file_role", Side),
)
Index("idx_test_files_session", test_files.c.session_id)
Index("idx_test_files_downloaded", desc(test_files.c.downloaded_at))

comparison_results = Table(
    "comparison_results",
    metadata,
    Column("result_id", BigInteger, Identity(always=True), primary_key=True),
    Column("session_id", Text, ForeignKey(test_sessions.c.session_id, ondelete="CASCADE"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("match_score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("total_rows_source", BigInteger, nullable=False),
    Column("total_rows_target", BigInteger, nullable=False),
    Column("matched_rows", BigInteger, nullable=False),
    Column("mismatched_rows", BigInteger, nullable=False),
    Column("source_only_rows", BigInteger, nullable=False),
    Column("target_only_rows", BigInteger, nullable=False),
    Column("mismatch_by_column", JSON_TEXT, nullable=False),
    Column("comparison_time_seconds", Double, nullable=False),
    Column("memory_used_mb", Double, nullable=False),
    Column("summary", JSON_TEXT, nullable=False),
    Column("zip_package_path", Text),
    Column("created_at", TIME, nullable=False),
    one_of("verdict", Verdict),
)
Index("idx_comparison_results_session", comparison_results.c.session_id, desc(comparison_results.c.result_id))
Index("idx_comparison_results_created", desc(comparison_results.c.created_at))

mismatch_details = Table(
    "mismatch_details",
    metadata,
    Column(
        "result_id",
        BigInteger,
        ForeignKey(comparison_results.c.result_id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("row_index", Integer, primary_key=True, autoincrement=False),
    Column("cell_index", Integer, primary_key=True, autoincrement=False),
    Column("difference_type", Text, nullable=False),
    Column("row_key", JSON_TEXT, nullable=False),
    Column("source_row", BigInteger),
    Column("target_row", BigInteger),
    Column("column_name", Text),
    Column("source_value", Text),
    Column("target_value", Text),
    Column("row_values", JSON_TEXT),
    Column("exact_cell", JSON_TEXT),
    Column("in_flight", Boolean, nullable=False, server_default=false()),
    one_of("difference_type", DifferenceKind),
)
