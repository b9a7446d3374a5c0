"""The right reader for a table, by the database it is in."""

from contextlib import AbstractContextManager

from smoke_pipeline.errors import InvalidOptionError, SettingsError
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.tables.segments.base import SegmentedTable
from smoke_pipeline.settings.connections import Database, MySql, Oracle, Postgres


def opened_table(database: Database, request: TableRequest) -> AbstractContextManager[Reader]:
    """What the rows are read with, inside `with`: one transaction that can only read.

    Args:
        database: How it is reached.
        request: Which table or query is meant, and which of its rows.

    Raises:
        ReadError: The database does not answer, does not let us in, or refuses what it is asked.
        SettingsError: There is no reader for that database, or a file that the settings name cannot be read.
        OptionError: The request names a column that does not exist, or contradicts itself.
    """
    match database:
        case MySql():
            from smoke_pipeline.readers.tables.mysql import reader as mysql  # noqa: PLC0415 - slow

            return mysql.opened(database, request)
        case Postgres():
            from smoke_pipeline.readers.tables.postgres import reader as postgres  # noqa: PLC0415 - slow

            return postgres.opened(database, request)
        case Oracle():
            from smoke_pipeline.readers.tables.oracle import reader as oracle  # noqa: PLC0415 - slow

            return oracle.opened(database, request)
        case _:
            raise SettingsError(f"There is no reader for a {type(database).__name__}.")


def opened_pair(
    database: Database, requests: tuple[TableRequest, TableRequest]
) -> AbstractContextManager[tuple[SegmentedTable, SegmentedTable]]:
    """What two tables are summed up and read with, inside `with`: one transaction that can only read.

    Raises:
        ReadError: The database does not answer, does not let us in, or refuses what it is asked.
        SettingsError: A file that the settings name cannot be read.
        InvalidOptionError: No checksums are taken in that database.
    """
    match database:
        case MySql():
            from smoke_pipeline.readers.tables.mysql import segments as mysql  # noqa: PLC0415 - slow

            return mysql.opened_pair(database, requests)
        case Postgres():
            from smoke_pipeline.readers.tables.postgres import segments as postgres  # noqa: PLC0415 - slow

            return postgres.opened_pair(database, requests)
        case _:
            raise InvalidOptionError(
                f"Tables of {type(database).__name__} are not compared in the database.",
                suggestions=("Read them: --engine local.",),
            )
