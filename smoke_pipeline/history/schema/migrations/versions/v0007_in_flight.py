"""Differing rows tell whether a recheck found them in flight."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "mcp_smoke"


def upgrade() -> None:
    """Add the column; what was found before was not looked at again."""
    column = sa.Column("in_flight", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("mismatch_details", column, schema=SCHEMA)


def downgrade() -> None:
    """Remove it."""
    op.drop_column("mismatch_details", "in_flight", schema=SCHEMA)
