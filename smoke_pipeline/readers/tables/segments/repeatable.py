"""Whether a request means the same rows each time it is asked; those of checksums are asked for twice."""

from itertools import pairwise

from smoke_pipeline.readers.tables.guard_words import DatabaseKind, tokens_of
from smoke_pipeline.readers.tables.request import TableRequest

_ANY_ROWS = ("LIMIT", "OFFSET", "FETCH", "TOP", "OVER", "ROWNUM", "LISTAGG", "STRING_AGG", "GROUP_CONCAT")
"""Words that take some rows of several, or put them in an order that nobody named."""
_NOW = (
    "NOW", "CURDATE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "SYSDATE", "UTC_DATE", "UTC_TIMESTAMP",
    "UNIX_TIMESTAMP",
)  # fmt: skip
"""Words for the time, which MySQL tells of each statement, and PostgreSQL of the transaction."""


def not_repeatable(request: TableRequest, dialect: DatabaseKind) -> str | None:
    """What in a user's SQL may give other rows each time, as a sentence; None where nothing does.

    Raises:
        QueryRefusedError: It holds what could be read in another way.
    """
    asked = [(request.query, True), (request.where_clause, False)]
    asked += [(cast, False) for cast in request.casts.values()]
    words = (*_ANY_ROWS, *_NOW) if dialect == "mysql" else _ANY_ROWS
    for text, is_query in asked:
        tokens = [] if text is None else tokens_of(text, dialect, is_query=is_query)
        found = next((one.value for one in tokens if one.kind == "word" and one.value in words), None)
        if any((one.value, after.value) == ("DISTINCT", "ON") for one, after in pairwise(tokens)):
            found = "DISTINCT ON"
        if found is not None:
            return f"What is read is said with {found}, which may give other rows each time."
    return None
