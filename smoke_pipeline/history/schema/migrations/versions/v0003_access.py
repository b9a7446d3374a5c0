"""Keys and roles, and a log of what was done that nobody can change."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables."""
    _make_keys()
    _make_audit()
    op.execute(APPEND_ONLY)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Remove them, with all they hold."""
    op.drop_table("audit_log", schema=SCHEMA)
    op.execute(f"DROP FUNCTION {SCHEMA}.append_only()")
    op.drop_table("api_keys", schema=SCHEMA)


def _make_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("permissions", sa.JSON),
        sa.Column("shown_prefix", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False, unique=True),
        sa.Column("rate_per_minute", sa.Integer),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.Column("replaces", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.api_keys.key_id", ondelete="SET NULL")),
        sa.Column("last_used_at", TIME),
        sa.Column("usage_count", sa.BigInteger, nullable=False),
        sa.Column("window_started_at", TIME),
        sa.Column("window_count", sa.Integer, nullable=False),
        sa.CheckConstraint("role IN ('admin', 'dba', 'user', 'billing')", name="ck_role"),
        sa.CheckConstraint("length(key_hash) = 64", name="ck_key_hash"),
        sa.CheckConstraint("rate_per_minute > 0", name="ck_rate_per_minute"),
        sa.CheckConstraint("active <= (revoked_at IS NULL)", name="ck_revoked_is_not_active"),
        schema=SCHEMA,
    )
    op.create_index("idx_api_keys_client", "api_keys", ["client_id"], schema=SCHEMA)


def _make_audit() -> None:
    op.create_table(
        "audit_log",
        sa.Column("audit_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("happened_at", TIME, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("client_role", sa.Text),
        sa.Column("key_id", sa.BigInteger),
        sa.Column("tool_name", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text),
        sa.Column("preset", sa.Text),
        sa.Column("success", sa.Boolean, nullable=False),
        sa.Column("error_class", sa.Text),
        sa.Column("execution_time_ms", sa.Integer, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("details", sa.JSON),
        sa.CheckConstraint("client_role IN ('admin', 'dba', 'user', 'billing')", name="ck_client_role"),
        sa.CheckConstraint("success = (error_class IS NULL)", name="ck_error_class"),
        schema=SCHEMA,
    )
    by = {"idx_audit_log_happened": [], "idx_audit_log_client": ["client_id"]}
    for name, columns in by.items():
        op.create_index(name, "audit_log", [*columns, sa.text("happened_at DESC")], schema=SCHEMA)
    op.create_index("idx_audit_log_session", "audit_log", ["session_id"], schema=SCHEMA)


APPEND_ONLY = """
CREATE FUNCTION mcp_smoke.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'the audit log is only ever added to';
END $$
"""

TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mcp_smoke.audit_log
FOR EACH STATEMENT EXECUTE FUNCTION mcp_smoke.append_only()
"""
