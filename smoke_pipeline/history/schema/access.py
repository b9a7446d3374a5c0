"""Who may do what, and who did: keys and the log of what was done with them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    desc,
)

from smoke_pipeline.history.records import Role
from smoke_pipeline.history.schema.base import JSON_TEXT, TIME, metadata, one_of

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("permissions", JSON_TEXT),
    Column("shown_prefix", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("rate_per_minute", Integer),
    Column("active", Boolean, nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", TIME),
    Column("revoked_at", TIME),
    Column("replaces", BigInteger, ForeignKey("mcp_smoke.api_keys.key_id", ondelete="SET NULL")),
    Column("last_used_at", TIME),
    Column("usage_count", BigInteger, nullable=False),
    Column("window_started_at", TIME),
    Column("window_count", Integer, nullable=False),
    one_of("role", Role),
    CheckConstraint("length(key_hash) = 64", name="ck_key_hash"),
    CheckConstraint("rate_per_minute > 0", name="ck_rate_per_minute"),
    CheckConstraint("active <= (revoked_at IS NULL)", name="ck_revoked_is_not_active"),
)
Index("idx_api_keys_client", api_keys.c.client_id)

audit_log = Table(
    "audit_log",
    metadata,
    Column("audit_id", BigInteger, Identity(always=True), primary_key=True),
    Column("happened_at", TIME, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("client_role", Text),
    Column("key_id", BigInteger),
    Column("tool_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("session_id", Text),
    Column("preset", Text),
    Column("success", Boolean, nullable=False),
    Column("error_class", Text),
    Column("execution_time_ms", Integer, nullable=False),
    Column("origin", Text, nullable=False),
    Column("details", JSON_TEXT),
    one_of("client_role", Role),
    CheckConstraint("success = (error_class IS NULL)", name="ck_error_class"),
)
Index("idx_audit_log_happened", desc(audit_log.c.happened_at))
Index("idx_audit_log_client", audit_log.c.client_id, desc(audit_log.c.happened_at))
Index("idx_audit_log_session", audit_log.c.session_id)
