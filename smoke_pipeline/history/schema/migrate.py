"""Bring the `mcp_smoke` schema to a revision; works from an installed wheel, without a configuration file."""

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select, text
from sqlalchemy.schema import CreateSchema

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.schema.tables import SCHEMA

_LOCK = 0x736D6F6B65  # "smoke"; any number that nobody else uses


def migrate(connection: Connection, revision: str = "head") -> None:
    """Make the schema and its tables, or bring them up to `revision`; within the transaction under way.

    Raises:
        HistoryError: The schema is newer than this program.
    """
    _hold_alone(connection)
    # Asked first: IF NOT EXISTS needs the right to create schemas even where there is nothing to create.
    if not inspect(connection).has_schema(SCHEMA):
        connection.execute(CreateSchema(SCHEMA))
    try:
        command.upgrade(_config(connection), revision)
    except CommandError as error:
        raise HistoryError(
            f"The schema {SCHEMA} is of a newer version than this program.", ("Install the newer version.",)
        ) from error


def migrate_down(connection: Connection, revision: str = "base") -> None:
    """Take the tables back to `revision`, with the loss of what came later."""
    _hold_alone(connection)
    command.downgrade(_config(connection), revision)


def current_revision(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    version = Table("alembic_version", MetaData(schema=SCHEMA), Column("version_num", Text))
    if not inspect(connection).has_table(version.name, schema=SCHEMA):
        return None
    return connection.execute(select(version.c.version_num)).scalar_one_or_none()


def known_revisions() -> frozenset[str]:
    """The revisions that this program can bring tables to."""
    return frozenset(
        script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()
    )


def schema_sql() -> str:
    """The schema as the SQL that a database administrator may run instead."""
    written = io.StringIO()
    config = _config(None)
    config.output_buffer = written
    command.upgrade(config, "head", sql=True)
    return f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};\n\n{written.getvalue()}"


def _hold_alone(connection: Connection) -> None:
    """Wait for whoever else migrates now; PostgreSQL lets go of the lock with the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def _config(connection: Connection | None) -> Config:
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
