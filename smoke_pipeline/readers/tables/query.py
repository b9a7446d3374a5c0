"""What a database is asked: a table by its exact name, its columns, and the SELECT that reads them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from smoke_pipeline.errors import (
    InvalidOptionError,
    ObjectNotFoundError,
    QueryRefusedError,
    UnknownColumnError,
)
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.readers.types import require_distinct

SqlDialect = Literal["mysql", "postgres", "oracle"]


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL with places for values: `parts[0]`, the first value, `parts[1]`, and so on."""

    parts: tuple[str, ...]
    values: tuple[Any, ...] = ()

    def __add__(self, other: "Sql | str") -> "Sql":
        more = Sql((other,)) if isinstance(other, str) else other
        seam = self.parts[-1] + more.parts[0]
        return Sql((*self.parts[:-1], seam, *more.parts[1:]), self.values + more.values)


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as the catalogue has it."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which columns are read, each by an expression, from where, and which rows."""

    dialect: SqlDialect
    place: str
    """The quoted table, or the query in brackets."""
    expressions: Mapping[str, Sql]
    """Column -> what is read under its name; empty for all columns of a query, before they are known."""
    condition: Sql | None = None

    def statement(self, around: Mapping[str, tuple[str, str]] | None = None) -> Sql:
        """The SELECT.

        Args:
            around: Column -> SQL before and after its expression, so that it is written exactly.
        """
        listed = []
        for name, expression in self.expressions.items():
            before, after = (around or {}).get(name, ("", ""))
            listed.append(Sql((before,)) + expression + f"{after} AS {quoted(name, self.dialect)}")
        return self.of(listed or [Sql(("*",))])

    def narrowed(self, condition: Sql | None) -> "Selection":
        """The rows of these for which a condition holds besides; all of them without one."""
        if condition is None:
            return self
        return replace(self, condition=self.condition + " AND " + condition if self.condition else condition)

    def of(self, listed: Sequence[Sql]) -> Sql:
        """A SELECT of something else from the same rows."""
        whole = Sql(("SELECT ",)) + listed[0]
        for one in listed[1:]:
            whole = whole + ", " + one
        whole = whole + f" FROM {self.place}"
        return whole + " WHERE " + self.condition if self.condition else whole


def quoted(name: str, dialect: SqlDialect) -> str:
    """A name as an identifier of the database."""
    mark = "`" if dialect == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def tables_meant(text: str, default_schema: str) -> tuple[TableName, ...]:
    """The tables that a name could mean: one of the default schema, or `schema.table` at any of its dots."""
    dots = [place for place, sign in enumerate(text) if sign == "."]
    split = (TableName(text[:dot], text[dot + 1 :]) for dot in dots)
    return (TableName(default_schema, text), *(one for one in split if one.schema and one.name))


def table_of(text: str, default_schema: str, known: Collection[TableName]) -> TableName:
    """The one table that a name means, letter by letter.

    Args:
        text: The name as a person wrote it.
        default_schema: Schema of names without one.
        known: The tables of all schemas that the name could mean.

    Raises:
        ObjectNotFoundError: There is none; those with near names are suggested.
        InvalidOptionError: There are several.
    """
    found = [one for one in tables_meant(text, default_schema) if one in known]
    if len(found) == 1:
        return found[0]
    if found:
        meanings = " or ".join(f"{one.name!r} of schema {one.schema!r}" for one in found)
        raise InvalidOptionError(
            f"The table {text!r} can be {meanings}.",
            suggestions=("Read it with a query that quotes the names.",),
            context={"table": text},
        )
    names = {one.name if one.schema == default_schema else f"{one.schema}.{one.name}" for one in known}
    raise ObjectNotFoundError(
        f"There is no table {text!r} that this user can see; names without a schema are those of "
        f"{default_schema!r}.",
        suggestions=_near(text, names) or ("Check the name and its schema, and the rights of the user.",),
        context={"table": text},
    )


def selection_of_table(
    request: TableRequest, table: TableName, known: Sequence[str], *, dialect: SqlDialect
) -> Selection:
    """What a request for a table reads.

    Args:
        request: What a person asked for.
        table: The table that is meant.
        known: Its columns, as the catalogue has them.
        dialect: Whose SQL is written.

    Raises:
        UnknownColumnError: The table has no such column; the nearest one is suggested.
        InvalidOptionError: A column is named twice, or cast and not read.
        QueryRefusedError: The condition or a cast asks for more than a reader may do, or there is no column.
    """
    names = _columns_of(request, table, known)
    whole = Selection(
        dialect=dialect,
        place=f"{quoted(table.schema, dialect)}.{quoted(table.name, dialect)}",
        expressions={name: Sql((quoted(name, dialect),)) for name in names},
    )
    is_whole = request.where_clause is None and not request.casts
    return whole if is_whole else _with_sql_of_users(whole, request, known)


def selection_of_query(text: str, names: Sequence[str] = (), *, dialect: SqlDialect) -> Selection:
    """What a query reads; without names all of its columns.

    Raises:
        QueryRefusedError: It is not one SELECT that only reads.
        DuplicateColumnError: Two of its columns have one name.
    """
    from smoke_pipeline.readers.tables.guard import guarded_query  # noqa: PLC0415 - slow

    require_distinct(list(names), "The query")
    place = f"({guarded_query(text, dialect=dialect)}) {quoted('rows_of_query', dialect)}"
    expressions = {name: Sql((quoted(name, dialect),)) for name in names}
    return Selection(dialect=dialect, place=place, expressions=expressions)


def _with_sql_of_users(whole: Selection, request: TableRequest, known: Sequence[str]) -> Selection:
    from smoke_pipeline.readers.tables import guard  # noqa: PLC0415 - slow, and most tables are read whole

    expressions, condition = dict(whole.expressions), None
    for name, text in request.casts.items():
        cast = guard.guarded_expression(text, dialect=whole.dialect, columns=known)
        expressions[name] = Sql(cast.parts, cast.values)
    if request.where_clause is not None:
        where = guard.guarded(request.where_clause, dialect=whole.dialect, columns=known)
        condition = Sql(("(",)) + Sql(where.parts, where.values) + ")"
    return replace(whole, expressions=expressions, condition=condition)


def _columns_of(request: TableRequest, table: TableName, known: Sequence[str]) -> tuple[str, ...]:
    if not known:
        raise QueryRefusedError(
            f"The table {table.name!r} has no column that this user can see.",
            suggestions=("Check the rights of the user.",),
            context={"table": table.name},
        )
    chosen = request.columns or tuple(known)
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    if twice:
        raise InvalidOptionError(
            f"columns names {', '.join(map(repr, twice))} more than once.",
            suggestions=("Name every column once.",),
            context={"columns": twice},
        )
    for name in (*chosen, *request.casts):
        if name not in known:
            raise UnknownColumnError(
                f"The table {table.name!r} has no column {name!r}.",
                suggestions=_near(name, known) or (f"It has {', '.join(known)}.",),
                context={"column": name, "table": table.name},
            )
    unread = sorted(set(request.casts) - set(chosen))
    if unread:
        raise InvalidOptionError(
            f"casts names {', '.join(map(repr, unread))}, which columns does not.",
            suggestions=("Add them to columns, or leave the casts out.",),
            context={"columns": unread},
        )
    return chosen


def _near(name: str, known: Collection[str]) -> tuple[str, ...]:
    """What may have been meant: the same letters in another case before all else."""
    same = sorted(one for one in known if one.casefold() == name.casefold())
    near = same or get_close_matches(name, known, n=3)
    return (f"Did you mean {' or '.join(map(repr, near))}?",) if near else ()
