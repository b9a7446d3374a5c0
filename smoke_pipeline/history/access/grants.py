"""The rights that a role of PostgreSQL needs to work with the history, and not one more."""

from psycopg import sql

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.schema.access import audit_log
from smoke_pipeline.history.schema.base import SCHEMA
from smoke_pipeline.history.schema.tables import metadata

LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""


def grants_sql(role: str) -> str:
    """SQL for the owner of the schema to run; the role must exist.

    The role can read and write rows, only add to the audit log, and make or change no table.

    Raises:
        InvalidOptionError: No role can have that name.
    """
    if not role or "\0" in role or len(role.encode("utf-8", "replace")) > LONGEST_NAME:
        raise InvalidOptionError(
            "A role's name has 1 to 63 bytes and no NUL.", ("Name a role of the server.",)
        )
    quoted = sql.Identifier(role).as_string()
    written = [table.name for table in metadata.sorted_tables if table is not audit_log]
    lines = [
        f"REVOKE ALL ON SCHEMA {SCHEMA} FROM {quoted};",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {quoted};",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {quoted};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {quoted};",
        *(f"GRANT INSERT, UPDATE, DELETE ON {SCHEMA}.{name} TO {quoted};" for name in written),
        f"GRANT INSERT ON {SCHEMA}.{audit_log.name} TO {quoted};",
    ]
    return "\n".join(lines) + "\n"
