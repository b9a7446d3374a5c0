"""The kept differences of a result, a page at a time."""

from itertools import groupby

from sqlalchemy import Select, any_, func, select

from smoke_pipeline.comparison.result import DifferenceKind
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.filters import is_storable
from smoke_pipeline.history.answers.paging import page_of
from smoke_pipeline.history.answers.records import NumberedDifference, Page
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.rows import differences_of
from smoke_pipeline.history.schema.sessions import mismatch_details

LARGEST = 2**31 - 1


def differences_page(
    database: Database,
    result_id: int,
    *,
    kind: DifferenceKind | None = None,
    column: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[NumberedDifference]:
    """Kept differing rows of a result, in the order in which they were found, each with all its cells.

    Args:
        database: The history.
        result_id: The result; whose it is was looked at before.
        kind: Only rows of this kind.
        column: Only rows that differ in this column.
        limit: How many rows at most.
        cursor: Where the page before ended.

    Raises:
        InvalidOptionError: The cursor cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if column is not None and not is_storable(column):
        return Page(items=(), next_cursor=None)
    after = -1 if cursor is None else _position(cursor)
    query = differences_query(result_id, kind=kind, column=column, limit=limit + 1, after=after)
    with database.transaction() as connection:
        cells = connection.execute(query).mappings()
        rows = [
            NumberedDifference(row_index=index, row=differences_of(group)[0])
            for index, group in groupby(cells, key=lambda cell: cell["row_index"])
        ]
    return page_of(rows, limit, lambda row: str(row.row_index))


def count_differences(
    database: Database, result_id: int, *, kind: DifferenceKind | None = None, column: str | None = None
) -> int:
    """How many kept differing rows of a result are meant; the arguments are those of `differences_page`.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if column is not None and not is_storable(column):
        return 0
    meant = _meant(result_id, kind, column).distinct().subquery()
    with database.transaction() as connection:
        return connection.scalar(select(func.count()).select_from(meant)) or 0


def differences_query(
    result_id: int,
    *,
    kind: DifferenceKind | None = None,
    column: str | None = None,
    limit: int,
    after: int = -1,
) -> Select:
    """The query of `differences_page`: all cells of the rows that are asked for."""
    columns = mismatch_details.c
    chosen = _meant(result_id, kind, column).where(columns.row_index > after)
    chosen = chosen.distinct().order_by(columns.row_index).limit(limit).correlate(None)
    # An array is found first, and then its rows by the index; of a join, all rows might be looked at twice.
    indexes = any_(func.array(chosen.scalar_subquery()))
    query = select(mismatch_details).where(columns.result_id == result_id, columns.row_index == indexes)
    return query.order_by(columns.row_index, columns.cell_index)


def _meant(result_id: int, kind: DifferenceKind | None, column: str | None) -> Select:
    """The place of each row that is meant, once for each of its cells that are."""
    columns = mismatch_details.c
    chosen = select(columns.row_index).where(columns.result_id == result_id)
    if kind is not None:
        chosen = chosen.where(columns.difference_type == kind.value)
    return chosen if column is None else chosen.where(columns.column_name == column)


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 10 and int(cursor) <= LARGEST):
        raise InvalidOptionError(
            "The cursor is not one that this list gave.", ("Ask without a cursor for the first page.",)
        )
    return int(cursor)
