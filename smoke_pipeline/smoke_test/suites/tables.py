"""The tables of a database whose names fit a pattern."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from smoke_pipeline.errors import ObjectNotFoundError
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import Database, MySql, Oracle, Postgres
from smoke_pipeline.settings.presets import database
from smoke_pipeline.smoke_test.places import Whereabouts
from smoke_pipeline.smoke_test.suites.definition import Tables

MOST_TABLES = 100_000
_CATALOGUE = (
    "SELECT table_schema AS s, table_name AS n FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
)
_ORACLE_CATALOGUE = "SELECT owner AS s, table_name AS n FROM all_tables"


def tables_like(wanted: Tables, where: Whereabouts) -> Sequence[str]:
    """The tables by name, those of the default schema without it.

    The whole catalogue is asked for, and the pattern is held against it here: no text of a user is SQL.

    Raises:
        ObjectNotFoundError: No table fits.
        ReadError: The database does not answer, does not let us in, or refuses.
        SettingsError: The settings do not know the database.
    """
    place = database(where.preset, wanted.database)
    own = _default_schema(place)
    named = (
        name if schema == own else f"{schema}.{name}" for schema, name in _catalogue(place, wanted.database)
    )
    found = sorted(name for name in named if _fits(name, wanted))
    if not found:
        raise ObjectNotFoundError(
            f"No table of {wanted.database} fits {wanted.like!r}.",
            ("Check the pattern, the schema and the rights of the user.",),
        )
    return found


def _fits(name: str, wanted: Tables) -> bool:
    is_left_out = any(fnmatchcase(name, pattern) for pattern in wanted.leave_out)
    has_schema = "." in name
    return fnmatchcase(name, wanted.like) and has_schema == ("." in wanted.like) and not is_left_out


def _catalogue(place: Database, name: str) -> Iterator[tuple[str, str]]:
    from smoke_pipeline.readers.tables.reader import opened_table  # noqa: PLC0415 - slow

    query = _ORACLE_CATALOGUE if isinstance(place, Oracle) else _CATALOGUE
    with opened_table(place, TableRequest(database=name, query=query, max_rows=MOST_TABLES)) as reader:
        for batch in reader.batches(1000):
            for row in batch.to_pylist():
                schema, table = row.values()
                yield str(schema), str(table)


def _default_schema(place: Database) -> str:
    match place:
        case MySql():
            return place.database
        case Postgres():
            return place.db_schema
        case Oracle():
            return place.db_schema or place.user.upper()
        case _:
            return ""
