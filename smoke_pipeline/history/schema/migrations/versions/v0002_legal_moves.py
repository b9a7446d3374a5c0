"""Sessions move legally or not at all, and are found by client, by test and by file."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"


def upgrade() -> None:
    """Hold the legal moves in the database, too, and add what questions are answered by."""
    for name, rule in CHECKS.items():
        op.create_check_constraint(name, "test_sessions", rule, schema=SCHEMA)
    op.execute(LEGAL_MOVE)
    op.execute(TRIGGER)
    op.add_column("test_files", sa.Column("origin", sa.Text), schema=SCHEMA)
    op.execute("UPDATE mcp_smoke.test_files SET origin = coalesce(manifest ->> 'origin', file_path)")
    op.alter_column("test_files", "origin", nullable=False, schema=SCHEMA)
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, [sa.text(column) for column in columns], schema=SCHEMA)
    op.create_index(
        "idx_test_sessions_active",
        "test_sessions",
        ["client_id", sa.text("created_at DESC")],
        schema=SCHEMA,
        postgresql_where=sa.text("status = 'active'"),
    )


def downgrade() -> None:
    """Let every move happen again."""
    op.drop_index("idx_test_sessions_active", "test_sessions", schema=SCHEMA)
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table, schema=SCHEMA)
    op.drop_column("test_files", "origin", schema=SCHEMA)
    op.execute(f"DROP TRIGGER legal_move ON {SCHEMA}.test_sessions")
    op.execute(f"DROP FUNCTION {SCHEMA}.legal_move()")
    for name in CHECKS:
        op.drop_constraint(name, "test_sessions", schema=SCHEMA)


CHECKS = {
    "ck_completed_is_done": "(status = 'completed') <= (step = 'done')",
    "ck_active_is_not_done": "(status = 'active') <= (step <> 'done')",
}

INDEXES = {
    "idx_test_sessions_client": ("test_sessions", ["client_id", "created_at DESC"]),
    "idx_test_sessions_name": ("test_sessions", ["test_name", "created_at DESC"]),
    "idx_test_files_downloaded": ("test_files", ["downloaded_at DESC"]),
    "idx_comparison_results_created": ("comparison_results", ["created_at DESC"]),
}

LEGAL_MOVE = """
CREATE FUNCTION mcp_smoke.legal_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    IF NEW.session_id <> OLD.session_id THEN
        wrong := ' keeps its id';
    ELSIF (NEW.status, NEW.step) <> (OLD.status, OLD.step) AND NEW.version <> OLD.version + 1 THEN
        wrong := ' goes from version ' || OLD.version || ' to the next, not to ' || NEW.version;
    ELSIF NEW.status <> OLD.status AND NOT (
        CASE OLD.status
            WHEN 'active' THEN NEW.status IN ('completed', 'failed', 'cancelled', 'expired')
            WHEN 'failed' THEN NEW.status IN ('active', 'completed', 'cancelled', 'expired', 'archived')
            WHEN 'completed' THEN NEW.status IN ('active', 'failed', 'archived')
            WHEN 'cancelled' THEN NEW.status = 'archived'
            WHEN 'expired' THEN NEW.status = 'archived'
            ELSE false
        END
    ) THEN
        wrong := ' cannot go from ' || OLD.status || ' to ' || NEW.status;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE check_violation USING MESSAGE = 'session ' || OLD.session_id || wrong;
    END IF;
    RETURN NEW;
END $$
"""

TRIGGER = """
CREATE TRIGGER legal_move BEFORE UPDATE ON mcp_smoke.test_sessions
FOR EACH ROW EXECUTE FUNCTION mcp_smoke.legal_move()
"""
