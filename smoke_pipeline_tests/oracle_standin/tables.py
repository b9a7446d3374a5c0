"""The tables of a server, their catalogue, and what a SELECT finds; a change makes a state with a number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from smoke_pipeline_tests.oracle_standin.columns import Column, OraError, Type, column_of
from smoke_pipeline_tests.oracle_standin.expressions import Row, described, name_of, rows_where

_AS_OF = re.compile(r"\s+AS OF SCN (\d+)")
_DECLARED = re.compile(r"\(.*?\)")
Name = tuple[str, str]
"""Schema and name of a table."""
Rows = Sequence[Sequence[Any]]


@dataclass(kw_only=True)
class Table:
    """A table in all of its states."""

    columns: Sequence[Column]
    states: dict[int, Rows]
    """The rows since a number of the server."""
    estimate: int | None = None
    """Rows that the statistics tell of."""
    is_view: bool = False
    invisible: Sequence[str] = ()
    """Columns that `SELECT *` leaves out."""

    def rows(self, scn: int) -> Rows:
        """The rows as they were then."""
        return self.states[max(number for number in self.states if number <= scn)]


@dataclass(kw_only=True)
class Tables:
    """All tables of a server."""

    scn: int = 1000
    tells_scn: bool = True
    """Whether the user may ask for the number of the state."""
    looks_back: bool = True
    """Whether the user may read an earlier state."""
    tables: dict[Name, Table] = field(default_factory=dict)

    def create(
        self,
        name: str,
        columns: Mapping[str, str],
        rows: Rows = (),
        *,
        schema: str = "SCOTT",
        estimate: int | None = None,
        is_view: bool = False,
    ) -> None:
        """A table with columns as they are declared."""
        found = [column_of(column, declared) for column, declared in columns.items()]
        states = {self.scn: _stored(found, rows)}
        self.tables[schema, name] = Table(columns=found, states=states, estimate=estimate, is_view=is_view)

    def change(self, name: str, rows: Rows, *, schema: str = "SCOTT") -> None:
        """Put other rows into a table."""
        self.scn += 1
        table = self.tables[schema, name]
        table.states[self.scn] = _stored(table.columns, rows)

    def found(
        self, sql: str, values: Sequence[Any], user: str, memory: dict[str, Any]
    ) -> tuple[Sequence[Column], Rows] | None:
        """The columns and rows of a SELECT; None for a statement without rows."""
        if sql.startswith("ALTER SESSION"):
            return None
        if sql.startswith("SET TRANSACTION READ ONLY"):
            memory["scn"] = self.scn
            return None
        past = _AS_OF.search(sql)
        if past and not self.looks_back:
            raise OraError(1031, "insufficient privileges")
        names = dict.fromkeys(re.findall(r":(v\d+)", re.sub(r"'[^']*'", "", sql)))
        binds = {name: values[place] if values else None for place, name in enumerate(names)}
        try:
            tree = sqlglot.parse_one(_AS_OF.sub("", sql), read="oracle")
        except SqlglotError as error:
            raise OraError(933, "SQL command not properly ended") from error
        if not isinstance(tree, exp.Select):
            raise OraError(900, "invalid SQL statement")
        scn = int(past[1]) if past else memory.get("scn", self.scn)
        return self._selected(tree, binds, user, scn)

    def _selected(
        self, tree: exp.Select, binds: Mapping[str, Any], user: str, scn: int
    ) -> tuple[Sequence[Column], Rows]:
        columns, rows = self._from(tree.args["from_"].this, binds, user, scn)
        by_name = {column.name: column for column in columns}
        cells = [Row(dict(zip(by_name, row, strict=True)), by_name, binds) for row in rows]
        where = tree.args["where"].this if tree.args.get("where") else None
        wanted = tree.expressions
        if len(wanted) == 1 and isinstance(wanted[0], exp.Star):
            wanted = [exp.column(column.name, quoted=True) for column in columns]
        kinds = [described(one, by_name) for one in wanted]
        if where is not None:
            Row(dict.fromkeys(by_name), by_name, binds).value(where)  # names are checked without rows, too
        values = [[row.value(one.unalias()) for one in wanted] for row in rows_where(where, cells)]
        return kinds, values

    def _from(
        self, place: exp.Expr, binds: Mapping[str, Any], user: str, scn: int
    ) -> tuple[Sequence[Column], Rows]:
        if isinstance(place, exp.Subquery):
            return self._selected(place.this, binds, user, scn)
        assert isinstance(place, exp.Table)
        name = name_of(place)
        if not place.db and (view := self._catalogue(name, user)):
            return view
        schema = str(place.db) or user
        if (schema, name) not in self.tables:
            raise OraError(942, "table or view does not exist")
        table = self.tables[schema, name]
        return table.columns, table.rows(scn)

    def _catalogue(self, name: str, user: str) -> tuple[Sequence[Column], Rows] | None:
        match name:
            case "DUAL":
                return _dual(user, self.scn if self.tells_scn else None)
            case "V$DATABASE" if self.tells_scn:
                return [column_of("CURRENT_SCN", "NUMBER")], [[Decimal(self.scn)]]
            case "ALL_OBJECTS":
                rows = [[*key, "VIEW" if one.is_view else "TABLE"] for key, one in self.tables.items()]
                return _texts("OWNER", "OBJECT_NAME", "OBJECT_TYPE"), rows
            case "ALL_TABLES":
                columns = [*_texts("OWNER", "TABLE_NAME"), column_of("NUM_ROWS", "NUMBER")]
                return columns, [[*key, one.estimate] for key, one in self.tables.items() if not one.is_view]
            case "ALL_TAB_COLS":
                places = [column_of(one, "NUMBER") for one in ("COLUMN_ID", "INTERNAL_COLUMN_ID")]
                columns = [*_texts("OWNER", "TABLE_NAME", "COLUMN_NAME", "USER_GENERATED"), *places]
                return columns, [
                    [*key, column.name, "YES", None if column.name in table.invisible else place, place]
                    for key, table in self.tables.items()
                    for place, column in enumerate(table.columns, start=1)
                ]
        return None


def _texts(*names: str) -> list[Column]:
    return [column_of(name, "VARCHAR2(128)") for name in names]


def _dual(user: str, scn: int | None) -> tuple[Sequence[Column], Rows]:
    """The table of one row; what is asked of it here is as if it were its columns."""
    columns, row = [*_texts("CURRENT_SCHEMA")], [user]
    if scn is not None:
        columns.append(column_of("GET_SYSTEM_CHANGE_NUMBER", "NUMBER"))
        row.append(Decimal(scn))
    return columns, [row]


def _stored(columns: Sequence[Column], rows: Rows) -> Rows:
    """The rows as a table keeps them: an empty text is NULL, CHAR is padded."""
    return [[_kept(column, value) for column, value in zip(columns, row, strict=True)] for row in rows]


def _kept(column: Column, value: Any) -> Any:
    if value == "" and column.type != Type.CLOB:
        return None
    return value.ljust(column.size) if column.type == Type.CHAR and value is not None else value
