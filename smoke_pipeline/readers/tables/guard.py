"""The guard of the SQL that users write: a filter, an expression for one column, or a whole query.

A filter is written anew from its words: names as the catalogue has them, values apart from the text. What is
not known is refused, and sqlglot must read the outcome as one expression of known parts.
"""

import logging
from collections.abc import Collection
from decimal import Decimal
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from smoke_pipeline.readers.tables.guard_words import (
    BEFORE_PARENTHESIS,
    REFUSED_WORDS,
    SEQUENCE_WORDS,
    WORDS,
    DatabaseKind,
    Token,
    refused,
    tokens_of,
)
from smoke_pipeline.readers.tables.guard_writing import (
    Guarded,
    GuardedValue,
    Writer,
    quoted,
    unknown_function,
)

_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Escape, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul,
    exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.Case, exp.If, exp.AtTimeZone, exp.Null, exp.Boolean, exp.Column,
    exp.Literal, exp.Identifier, exp.DataType, exp.DataTypeParam, exp.Interval, exp.IntervalSpan, exp.Var,
    exp.JSONPath, exp.JSONPathPart,
)  # fmt: skip
_CLAUSES = (
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit,
    exp.LimitOptions, exp.Fetch, exp.Offset, exp.With, exp.CTE, exp.Table, exp.TableAlias, exp.Alias,
    exp.Star, exp.Subquery, exp.SetOperation, exp.Exists, exp.Distinct, exp.Window, exp.WindowSpec,
    exp.Filter, exp.All, exp.WithinGroup, exp.AggFunc, exp.Tuple, exp.Any,
)  # fmt: skip


def guarded(text: str, *, dialect: DatabaseKind, columns: Collection[str]) -> Guarded:
    """The condition of a filter.

    Args:
        text: What a user wrote, with or without `WHERE` before it.
        dialect: The database that is to read it.
        columns: The names of the table's columns, as the catalogue has them.

    Raises:
        QueryRefusedError: It is not one condition, or asks for more than a filter may do.
        UnknownColumnError: It names a column that the table does not have.
    """
    tokens = tokens_of(text, dialect, is_query=False)
    if tokens[0].value == "WHERE" and tokens[0].kind == "word":
        tokens = tokens[1:]
    return _rewritten(tokens, dialect, columns, place="WHERE")


def guarded_expression(text: str, *, dialect: DatabaseKind, columns: Collection[str]) -> Guarded:
    """The expression that is read in the place of a column.

    Raises:
        QueryRefusedError: It is not one expression, or asks for more than a cast may do.
        UnknownColumnError: It names a column that the table does not have.
    """
    return _rewritten(tokens_of(text, dialect, is_query=False), dialect, columns, place="SELECT")


def guarded_query(text: str, *, dialect: DatabaseKind) -> str:
    """One SELECT that reads and does nothing else, as it was written.

    Raises:
        QueryRefusedError: It is not one SELECT, or asks for more than a query may do.
    """
    tokens = tokens_of(text, dialect, is_query=True)
    if tokens[0].value not in ("SELECT", "WITH", "("):
        raise refused("another statement than a SELECT", "Write one SELECT.")
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if token.kind == "quoted" and token.value.upper() in SEQUENCE_WORDS:
            raise refused(f"the name {token.text}", "Leave sequences alone; they change when they are read.")
        if token.kind == "word":
            _require_harmless(before, token, after, dialect)
    tree = _parsed(text.strip(), dialect)
    if not isinstance(tree, exp.Query):
        raise refused("another statement than a SELECT", "Write one SELECT.")
    _require_known(tree, (*_OPERATORS, *_CLAUSES), dialect)
    if any(not isinstance(table.this, exp.Identifier) for table in tree.find_all(exp.Table)):
        raise refused("a function in the place of a table", "Name a table or a view.")
    return text.strip()


def _require_harmless(before: Token | None, token: Token, after: Token | None, dialect: DatabaseKind) -> None:
    """Refuse a word that may do more than read, and a function that is not on the list."""
    words = WORDS[dialect]
    if after is None or after.text != "(":
        is_name = before is not None and before.text == "."
        if token.value in REFUSED_WORDS and (not is_name or token.value in SEQUENCE_WORDS):
            raise refused(
                f"the word {token.text!r}", f"A name is written in quotes: {quoted(token.text, dialect)}."
            )
        return
    is_type = before is not None and before.value in ("AS", "::") and token.value in words.types
    is_function = token.value in words.functions | words.aggregates
    if before is not None and before.text == ".":
        raise refused(f"the function {token.text!r} of a schema or package")
    if not (is_type or is_function or token.value in BEFORE_PARENTHESIS):
        raise unknown_function(token, words.functions | words.aggregates)


def _rewritten(
    tokens: list[Token], dialect: DatabaseKind, columns: Collection[str], *, place: Literal["WHERE", "SELECT"]
) -> Guarded:
    writer = Writer(tokens, dialect, columns)
    found = writer.write()
    if not writer.names_column:
        raise refused("no column of the table", "Name the column whose values decide.")
    harmless = (_plain(value) for value in found.values)
    expression = f"({found.written(harmless)}\n)"
    start, end = ("SELECT ", " FROM t") if place == "SELECT" else ("SELECT 1 FROM t WHERE ", "")
    inner = _only(_parsed(start + expression + end, dialect), place)
    _require_known(inner, _OPERATORS, dialect)
    return found


def _only(tree: exp.Expr, place: Literal["WHERE", "SELECT"]) -> exp.Paren:
    """The one expression in parentheses, in a statement that was built around it."""
    clauses = {name for name, value in tree.args.items() if value} - {"kind", "expressions", "from_", "where"}
    if isinstance(tree, exp.Select) and len(tree.selects) == 1 and not clauses:
        inner = tree.args["where"].this if place == "WHERE" else tree.selects[0]
        if isinstance(inner, exp.Paren):
            return inner
    raise refused("more than one expression", "Write one expression.")


def _plain(value: GuardedValue) -> str:
    return "'x'" if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _parsed(text: str, dialect: DatabaseKind) -> exp.Expr:
    logger = logging.getLogger("sqlglot")
    was_disabled, logger.disabled = logger.disabled, True  # what it warns of is refused below
    try:
        trees = sqlglot.parse(text, read=dialect)
    except (SqlglotError, RecursionError) as error:
        raise refused("what is not one expression of SQL", "Compare it with the examples.") from error
    finally:
        logger.disabled = was_disabled
    if len(trees) != 1 or trees[0] is None:
        raise refused("more than one statement", "Write one.")
    return trees[0]


def _require_known(tree: exp.Expr, known: tuple[type[exp.Expr], ...], dialect: DatabaseKind) -> None:
    """Refuse a tree with a part that is neither known nor a function; functions were looked up by name."""
    for node in tree.walk():
        is_function = isinstance(node, exp.Func) and not isinstance(node, exp.AggFunc | exp.Connector)
        if not isinstance(node, known) and not is_function:
            shown = node.sql(dialect)[:60] if not isinstance(node, exp.Command) else "a command"
            raise refused(f"{shown!r}", "Write it in another way.")
