"""What every table of the schema `mcp_smoke` is made with."""

from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, DateTime, MetaData

SCHEMA = "mcp_smoke"

metadata = MetaData(schema=SCHEMA)

TIME = DateTime(timezone=True)

JSON_TEXT = JSON(none_as_null=True)
"""JSON as it was written (`json`, not `jsonb`): it alone holds every text a file may contain, and the order
of its keys."""


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The rule that a column holds one of the values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"ck_{column}")
