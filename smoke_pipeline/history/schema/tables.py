"""The `mcp_smoke` tables as they are now; how they came to be is in `migrations`.

    test_sessions <- test_files
                  <- comparison_results <- mismatch_details

What hangs on a session goes with it. JSON is kept as it was written (`json`, not `jsonb`): it alone holds
every text a file may contain, and the order of its keys.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    desc,
)

from smoke_pipeline.comparison.result import DifferenceKind, Verdict
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.snapshots.manifest import Side

SCHEMA = "mcp_smoke"

metadata = MetaData(schema=SCHEMA)

_Time = DateTime(timezone=True)
_Json = JSON(none_as_null=True)


def _one_of(column: str, values: type[Status | Step | Side | Verdict | DifferenceKind]) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"ck_{column}")


test_sessions = Table(
    "test_sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("test_type", Text, nullable=False),
    Column("test_name", Text, nullable=False),
    Column("preset", Text, nullable=False),
    Column("spec", _Json, nullable=False),
    Column("test_folder", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("created_at", _Time, nullable=False),
    Column("updated_at", _Time, nullable=False),
    Column("completed_at", _Time),
    Column("failure", _Json),
    _one_of("status", Status),
    _one_of("step", Step),
)
Index("idx_test_sessions_status", test_sessions.c.status)
Index("idx_test_sessions_created", desc(test_sessions.c.created_at))

test_files = Table(
    "test_files",
    metadata,
    Column("file_id", BigInteger, Identity(always=True), primary_key=True),
    Column("session_id", Text, ForeignKey(test_sessions.c.session_id, ondelete="CASCADE"), nullable=False),
    Column("file_role", Text, nullable=False),
    Column("file_path", Text, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("file_size_mb", Double, nullable=False),
    Column("manifest", _Json, nullable=False),
    Column("downloaded_at", _Time, nullable=False),
    _one_of("file_role", Side),
)
Index("idx_test_files_session", test_files.c.session_id)

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
    Column("mismatch_by_column", _Json, nullable=False),
    Column("comparison_time_seconds", Double, nullable=False),
    Column("memory_used_mb", Double, nullable=False),
    Column("summary", _Json, nullable=False),
    Column("zip_package_path", Text),
    Column("created_at", _Time, nullable=False),
    _one_of("verdict", Verdict),
)
Index("idx_comparison_results_session", comparison_results.c.session_id)

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
    Column("row_key", _Json, nullable=False),
    Column("source_row", BigInteger),
    Column("target_row", BigInteger),
    Column("column_name", Text),
    Column("source_value", Text),
    Column("target_value", Text),
    Column("row_values", _Json),
    Column("exact_cell", _Json),
    _one_of("difference_type", DifferenceKind),
)
