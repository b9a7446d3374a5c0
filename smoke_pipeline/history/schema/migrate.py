"""Bring the `mcp_smoke` schema to a revision; works from an installed wheel, without a configuration file.

Alembic is imported where there is something to do: every process opens the history, and hardly any migrates.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, Table, Text, func, inspect, select, text
from sqlalchemy.schema import CreateSchema

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.schema.base import SCHEMA

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x736D6F6B65  # "smoke"; any number that nobody else uses


def migrate(connection: Connection, revision: str = "head") -> None:
    """Make the schema and its tables, or bring them up to `revision`; within the transaction under way.

    Raises:
        HistoryError: The schema is newer than this program.
    """
    if revision == "head" and current_revision(connection) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415 - slow
    from alembic.util import CommandError  # noqa: PLC0415 - slow

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
    from alembic import command  # noqa: PLC0415 - slow

    _hold_alone(connection)
    command.downgrade(_config(connection), revision)


def current_revision(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    version = Table("alembic_version", MetaData(schema=SCHEMA), Column("version_num", Text))
    if connection.execute(select(func.to_regclass(version.fullname))).scalar_one() is None:
        return None
    return connection.execute(select(version.c.version_num)).scalar_one_or_none()


def newest_revision() -> str:
    """The revision that this program works with, as the files of the migrations are numbered."""
    newest = max(one.stem for one in (_MIGRATIONS / "versions").glob("v[0-9]*_*.py"))
    return newest.partition("_")[0].removeprefix("v")


def known_revisions() -> frozenset[str]:
    """The revisions that this program can bring tables to."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow

    return frozenset(
        script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()
    )


def schema_sql() -> str:
    """The schema as the SQL that a database administrator may run instead."""
    from alembic import command  # noqa: PLC0415 - slow

    written = io.StringIO()
    config = _config(None)
    config.output_buffer = written
    command.upgrade(config, "head", sql=True)
    return f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};\n\n{written.getvalue()}"


def _hold_alone(connection: Connection) -> None:
    """Wait for whoever else migrates now; PostgreSQL lets go of the lock with the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})


def _config(connection: Connection | None) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - slow

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
