"""Which table of which database is meant, and which of its rows."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from smoke_pipeline.settings.model import Model


class TableRequest(Model):
    """The rows of one table, or of one query."""

    database: Annotated[str, Field(pattern=r"^(mysql|postgres|oracle)\.[^\s.]+$")]
    """Kind and name of a database of the preset, such as `mysql.warehouse`."""
    table: str | None = None
    """Name of the table, or `schema.table`; taken as it is, and never as SQL."""
    query: str | None = None
    """One SELECT, in place of a table."""
    columns: tuple[str, ...] = ()
    """The columns to read; default: all of them."""
    where_clause: str | None = None
    """A condition on the table's columns, in the SQL of the database."""
    casts: Mapping[str, str] = {}
    """Column -> an expression that is read in its place, for a type that has no exact home."""
    max_rows: Annotated[int, Field(ge=1)] | None = None
    """More rows than this are an error."""
    confirm_large: bool = False
    """Read a table although it is larger than `large_rows`."""

    @model_validator(mode="after")
    def _names_one_table(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("name either the table or the query")
        if self.query is not None and (self.columns or self.where_clause or self.casts):
            raise ValueError("columns, where_clause and casts belong to a table, not to a query")
        return self
