"""A baseline tells how was compared, and whose sessions it holds for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"


def upgrade() -> None:
    """Add both; a person's own baseline may be active beside everybody's."""
    whose = sa.Column("holds_for", sa.Text, nullable=False, server_default="")
    how = sa.Column("options", sa.JSON, nullable=False, server_default=sa.text("'{}'"))
    for column in (whose, how):
        op.add_column("baselines", column, schema=SCHEMA)
    _make_index("test_name", "holds_for")


def downgrade() -> None:
    """Remove both; only everybody's baselines stay active."""
    op.execute(f"UPDATE {SCHEMA}.baselines SET active = false WHERE holds_for <> ''")  # noqa: S608 - a constant
    _make_index("test_name")
    for column in ("options", "holds_for"):
        op.drop_column("baselines", column, schema=SCHEMA)


def _make_index(*columns: str) -> None:
    op.drop_index("idx_baselines_active", table_name="baselines", schema=SCHEMA)
    op.create_index(
        "idx_baselines_active",
        "baselines",
        [*columns],
        unique=True,
        postgresql_where=sa.text("active"),
        schema=SCHEMA,
    )
