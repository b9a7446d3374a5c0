"""Tests that have a name, and the differences that were accepted for them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "test_definitions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    _make_baselines()
    _make_rows()


def downgrade() -> None:
    """Remove them, with all they hold."""
    for table in ("baseline_rows", "baselines", "test_definitions"):
        op.drop_table(table, schema=SCHEMA)


def _make_baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column("baseline_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("test_name", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("result_id", sa.BigInteger, nullable=False),
        sa.Column("accepted_by", sa.Text, nullable=False),
        sa.Column("accepted_at", TIME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        schema=SCHEMA,
    )
    op.create_index(
        "idx_baselines_active",
        "baselines",
        ["test_name"],
        unique=True,
        postgresql_where=sa.text("active"),
        schema=SCHEMA,
    )
    op.create_index(
        "idx_baselines_test", "baselines", ["test_name", sa.text("accepted_at DESC")], schema=SCHEMA
    )


def _make_rows() -> None:
    baseline = sa.ForeignKey(f"{SCHEMA}.baselines.baseline_id", ondelete="CASCADE")
    op.create_table(
        "baseline_rows",
        sa.Column("baseline_id", sa.BigInteger, baseline, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.LargeBinary, primary_key=True),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.CheckConstraint("length(fingerprint) = 32", name="ck_fingerprint"),
        sa.CheckConstraint("times > 0", name="ck_times"),
        schema=SCHEMA,
    )
