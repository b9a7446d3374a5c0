"""Rows whose session, result or test is gone; the database allows none, and this proves it."""

from collections.abc import Iterator

from sqlalchemy import Table, and_, func, select

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.schema.tables import metadata


def orphan_rows(database: Database) -> Iterator[tuple[str, str, int]]:
    """Table, the table it hangs on, and how many of its rows hang on nothing; only where there are some.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    with database.transaction() as connection:
        for table in metadata.sorted_tables:
            for constraint in table.foreign_key_constraints:
                above = constraint.referred_table.alias("above")
                pairs = [(key.parent, above.c[key.column.name]) for key in constraint.elements]
                hangs = and_(*(own.is_not(None) for own, _ in pairs))
                met = select(above).where(*(own == other for own, other in pairs)).exists()
                count = connection.scalar(select(func.count()).select_from(table).where(hangs, ~met))
                if count:
                    yield _named(table), _named(constraint.referred_table), count


def _named(table: Table) -> str:
    return str(table.name)
