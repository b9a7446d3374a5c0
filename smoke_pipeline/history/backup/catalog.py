"""The tables of the schema as PostgreSQL itself knows them, at whatever revision they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, inspect

from smoke_pipeline.history.schema.base import SCHEMA

VERSION_TABLE = "alembic_version"
KEYS_TABLE = "api_keys"
LOG_TABLE = "audit_log"

_SEQUENCES = """
SELECT t.relname, a.attname, s.relname
FROM pg_class s
JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('i', 'a')
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S' AND s.relnamespace = %s::regnamespace
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTable:
    """A table and its columns."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSequence:
    """Where a column takes its numbers from."""

    table: str
    column: str
    name: str


def tables_of(connection: Connection) -> Sequence[CatalogTable]:
    """The tables, each after those that it refers to; the one that names the revision is left out."""
    found = inspect(connection)
    return tuple(
        CatalogTable(
            name=name, columns=tuple(str(column["name"]) for column in found.get_columns(name, schema=SCHEMA))
        )
        for name, _ in found.get_sorted_table_and_fkc_names(schema=SCHEMA)
        if name is not None and name != VERSION_TABLE
    )


def sequences_of(connection: Connection) -> Sequence[CatalogSequence]:
    """What gives numbers to the rows of the tables."""
    found = driver_of(connection).execute(_SEQUENCES, (SCHEMA,)).fetchall()
    return tuple(CatalogSequence(table=table, column=column, name=name) for table, column, name in found)


def driver_of(connection: Connection) -> psycopg.Connection:
    """The connection as psycopg sees it, for COPY.

    Raises:
        TypeError: It is of another driver.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(driver).__name__}.")
    return driver
