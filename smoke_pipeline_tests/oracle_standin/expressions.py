"""What SQL expressions come to for one row: the few that tests need, with Oracle's NULL and padded texts."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from smoke_pipeline_tests.oracle_standin.columns import Column, OraError, Type, column_of
from smoke_pipeline_tests.oracle_standin.values import Moment, PaddedText

_COMPARISONS: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
}


@dataclass(frozen=True)
class Row:
    """One row, and the values of the statement's binds."""

    cells: Mapping[str, Any]
    columns: Mapping[str, Column]
    binds: Mapping[str, Any]

    def value(self, node: exp.Expr) -> Any:
        """What an expression comes to; None is NULL.

        Raises:
            OraError: It names a column that is not there, or is beyond the stand-in.
        """
        if type(node) in _COMPARISONS:
            return self._compared(_COMPARISONS[type(node)], node.this, node.expression)
        found = _READ.get(type(node), Row._function)
        return found(self, node)

    def _literal(self, node: exp.Expr) -> Any:
        if not node.args["is_string"]:
            return Decimal(node.this)
        return PaddedText(node.this) if node.this else None

    def _cell(self, node: exp.Column) -> Any:
        name = name_of(node)
        if name not in self.columns:
            raise OraError(904, f'"{name}": invalid identifier')
        value = self.cells[name]
        return PaddedText(value) if self.columns[name].type == Type.CHAR and value is not None else value

    def _logic(self, node: exp.Expr) -> bool | None:
        if isinstance(node, exp.Not):
            inner = self.value(node.this)
            return None if inner is None else not inner
        both = (self.value(node.this), self.value(node.expression))
        decisive = isinstance(node, exp.Or)
        if decisive in both:
            return decisive
        return None if None in both else not decisive

    def _compared(
        self, compare: Callable[[Any, Any], bool], first: exp.Expr, second: exp.Expr
    ) -> bool | None:
        one, other = self.value(first), self.value(second)
        if one is None or other is None:
            return None
        if isinstance(one, PaddedText) and isinstance(other, PaddedText):
            return compare(str(one).rstrip(" "), str(other).rstrip(" "))
        return compare(one, other)

    def _like(self, node: exp.Like) -> bool | None:
        text, pattern = self.value(node.this), self.value(node.expression)
        if text is None or pattern is None:
            return None
        shape = re.escape(pattern).replace("%", ".*").replace("_", ".")
        return re.fullmatch(shape, text, re.DOTALL) is not None

    def _function(self, node: exp.Expr) -> Any:
        name, *arguments = called(node)
        values = [self.value(one) for one in arguments]
        if name == "SYS_CONTEXT":
            return self.cells[str(values[1])]
        if name == "NVL":
            return values[1] if values[0] is None else values[0]
        if name not in _FUNCTIONS:
            raise OraError(904, f'"{name}": invalid identifier')
        return None if values[0] is None else _FUNCTIONS[name](*values)


def called(node: exp.Expr) -> tuple[Any, ...]:
    """The name and the arguments of a function."""
    if isinstance(node, exp.Anonymous):
        return (str(node.this).upper(), *node.expressions)
    if isinstance(node, exp.ToChar):
        return ("TO_CHAR", node.this, *([node.args["format"]] if node.args.get("format") else []))
    if isinstance(node, exp.Coalesce):
        return ("NVL", node.this, *node.expressions)
    return (
        node.sql_name() if isinstance(node, exp.Func) else node.key.upper(),
        *([node.this] if node.this else []),
    )


def name_of(node: exp.Column | exp.Table) -> str:
    """A name as the catalogue has it: in upper case, unless it is quoted."""
    return str(node.name if node.this.args.get("quoted") else node.name.upper())


def described(node: exp.Expr, columns: Mapping[str, Column]) -> Column:
    """What a server says of a column of a result."""
    inner = node.this if isinstance(node, exp.Alias) else node
    alias = node.args["alias"] if isinstance(node, exp.Alias) else None
    name = (alias.name if alias.args.get("quoted") else alias.name.upper()) if alias else ""
    if isinstance(inner, exp.Column):
        found = columns.get(name_of(inner))
        if found is None:
            raise OraError(904, f'"{name_of(inner)}": invalid identifier')
        return found.named(name or found.name)
    return _result_of(inner, columns).named(name or inner.sql("oracle").upper())


def _result_of(node: exp.Expr, columns: Mapping[str, Column]) -> Column:
    function, *arguments = called(node)
    if function == "SYS_EXTRACT_UTC":
        scale = described(arguments[0], columns).scale
        return column_of("", f"TIMESTAMP({scale})")
    if function in ("LENGTH", "CURRENT_SCN", "DOT"):
        return column_of("", "NUMBER")
    if function in ("NVL", "TRUNC"):
        return described(arguments[0], columns)
    return column_of("", "VARCHAR2(4000)")


def _written(value: Any, form: str = "", _: str = "") -> str:
    if isinstance(value, Moment):
        seconds = value.offset or timedelta()
        hours, minutes = divmod(abs(int(seconds.total_seconds())) // 60, 60)
        sign = "-" if seconds < timedelta() else "+"
        text = form.replace('"T"', "T").replace("SYYYY", " YYYY")
        for mark, size in (("FF9", 9), ("FF6", 6), ("FF3", 3)):
            text = text.replace(mark, f"{value.nanos:09d}"[:size])
        for mark, format_ in (
            ("YYYY", "%Y"),
            ("MM", "%m"),
            ("DD", "%d"),
            ("HH24", "%H"),
            ("MI", "%M"),
            ("SS", "%S"),
        ):
            text = text.replace(mark, value.at.strftime(format_).rjust(4 if mark == "YYYY" else 2, "0"), 1)
        return text.replace("TZH", f"{sign}{hours:02d}").replace("TZM", f"{minutes:02d}")
    if isinstance(value, timedelta):
        size = abs(value)
        clock = f"{size.seconds // 3600:02d}:{size.seconds // 60 % 60:02d}:{size.seconds % 60:02d}"
        return f"{'-' if value < timedelta() else '+'}{size.days:02d} {clock}.{size.microseconds:06d}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "TO_CHAR": _written,
    "SYS_EXTRACT_UTC": lambda value: value.utc,
    "ROWIDTOCHAR": str,
    "LENGTH": lambda value: Decimal(len(value)),
    "UPPER": lambda value: value.upper(),
    "TRUNC": lambda value: value.replace(hour=0, minute=0, second=0),
}


def rows_where(condition: exp.Expr | None, rows: Sequence[Row]) -> list[Row]:
    """The rows for which a condition holds."""
    return [row for row in rows if condition is None or row.value(condition) is True]


_READ: dict[type[exp.Expr], Callable[[Row, Any], Any]] = {
    exp.Paren: lambda row, node: row.value(node.this),
    exp.Column: Row._cell,
    exp.Placeholder: lambda row, node: row.binds[node.this],
    exp.Literal: Row._literal,
    exp.Null: lambda row, node: None,
    exp.And: Row._logic,
    exp.Or: Row._logic,
    exp.Not: Row._logic,
    exp.Is: lambda row, node: row.value(node.this) is None,
    exp.In: lambda row, node: any(row._compared(operator.eq, node.this, one) for one in node.expressions),
    exp.Like: Row._like,
}
