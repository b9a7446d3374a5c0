"""Two tables of one database, opened in one transaction."""

from contextlib import AbstractContextManager

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.tables.segments.base import SegmentedTable
from smoke_pipeline.settings.connections import Database, MySql, Postgres

Requests = tuple[TableRequest, TableRequest]
Tables = tuple[SegmentedTable, SegmentedTable]


def opened_pair(database: Database, requests: Requests) -> AbstractContextManager[Tables]:
    """What both tables are summed up and read with, inside `with`: one transaction that can only read.

    Raises:
        ReadError: The database does not answer, does not let us in, or refuses what it is asked.
        SettingsError: A file that the settings name cannot be read.
        InvalidOptionError: No checksums can be taken in that database.
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
                f"Tables of {type(database).__name__} cannot be compared in the database.",
                suggestions=("Read them: --engine local.",),
            )
