"""Statements that run: what they are asked with, what they describe, and the rows they send."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from smoke_pipeline_tests.oracle_standin.columns import LOBS, TEXTS, Column, OraError, Type
from smoke_pipeline_tests.oracle_standin.values import NATIONAL, decode, encode
from smoke_pipeline_tests.oracle_standin.wire import Output, Wire

PARSE_ONLY, DEFINE, FETCH = 0x20000, 0x10, 0x40
ROW_HEADER, ROW, PARAMETERS, ERROR, SAME_AS_BEFORE, DESCRIPTION = 6, 7, 8, 4, 21, 16
NO_MORE_ROWS = OraError(1403, "no data found")
_BYTES = {
    Type.NUMBER: 22,
    Type.DATE: 7,
    Type.TIMESTAMP: 11,
    Type.TIMESTAMP_TZ: 13,
    Type.TIMESTAMP_LTZ: 11,
    Type.BINARY_DOUBLE: 8,
    Type.BINARY_FLOAT: 4,
    Type.CLOB: 4000,
    Type.BLOB: 4000,
    Type.INTERVAL_DS: 11,
    Type.INTERVAL_YM: 5,
    Type.BOOLEAN: 4,
    Type.ROWID: 18,
    Type.LONG: 0,
    Type.LONG_RAW: 0,
}


@dataclass
class Cursor:
    """One statement of a session."""

    number: int
    sql: str
    columns: Sequence[Column] = ()
    rows: Iterator[Sequence[Any]] = field(default_factory=lambda: iter(()))
    fetched_as: Sequence[int] | None = None
    """The types that the client wants, where it said so."""
    sent: int = 0
    before: Sequence[Any] | None = None
    """The last row that was sent."""


@dataclass(frozen=True)
class Order:
    """What the client wants of a statement."""

    options: int
    cursor: int
    sql: str | None
    rows: int
    values: Sequence[Any]
    fetched_as: Sequence[int]


def read_order(wire: Wire, fields: int) -> Order:
    """The order to execute, define or describe a statement.

    Args:
        wire: Where it comes from.
        fields: Version of the messages, which decides what is in them.
    """
    options, cursor = wire.numbers(2)
    has_sql = wire.byte()
    wire.number(), wire.byte(), wire.number(), wire.take(2), wire.number()
    rows = wire.number()
    wire.number(), wire.byte()
    binds = wire.number()
    wire.take(5), wire.byte()
    defines = wire.number()
    wire.number(), wire.take(3), wire.number(), wire.byte(), wire.numbers(2)
    wire.byte(), wire.number(), wire.byte()
    if fields >= 8:
        wire.byte(), wire.number(), wire.byte(), wire.number(), wire.byte()
    if fields >= 9:
        wire.byte(), wire.number()
    sql = (wire.text() or b"").decode() if has_sql else None
    wire.numbers(13)
    described = [_read_bind(wire, fields) for _ in range(defines if options & DEFINE else binds)]
    if options & DEFINE:
        return Order(options, cursor, sql, rows, (), [kind for kind, _ in described])
    values: list[Any] = []
    if described:
        assert wire.byte() == ROW
        for kind, form in described:
            data = wire.text()
            values.append(None if data is None else decode(kind, form, data))
    return Order(options, cursor, sql, rows, values, ())


def _read_bind(wire: Wire, fields: int) -> tuple[int, int]:
    """The type of a bind or a define, and the form of its characters."""
    kind = wire.take(4)[0]
    wire.numbers(3)
    if wire.number():
        wire.text()
    wire.numbers(2)
    form = wire.byte()
    wire.number()
    if fields >= 8:
        wire.number()
    return kind, form


def describe(output: Output, columns: Sequence[Column], fields: int) -> None:
    """What the columns of a result are."""
    output.octets(DESCRIPTION).text(secrets.token_bytes(16)).number(1000, len(columns)).octets(1)
    for place, column in enumerate(columns, start=1):
        form = (NATIONAL if column.is_national else 1) if column.type in (*TEXTS, Type.CLOB) else 0
        size = _BYTES.get(column.type, column.size * (2 if column.is_national else 4))
        output.octets(column.type, 0, column.precision & 0xFF, column.scale & 0xFF)
        output.number(size, 0, 0, 0, 0, 873 if form else 0).octets(form).number(column.size)
        if fields >= 8:
            output.number(0)
        output.octets(1, len(column.name.encode()) & 0xFF).sized(column.name).sized(None).sized(None)
        output.number(place, 0)
        if fields >= 17:
            output.sized(None).sized(None)
        if fields >= 20:
            output.number(0)
        if fields >= 24:
            output.number(0).octets(0, 0)
    output.sized(bytes([120, 126, 11, 20, 1, 1, 1])).number(0, 0, 0, 0).sized(None)


def parameters(output: Output) -> None:
    """That there is nothing to say about the parameters of the session."""
    output.octets(PARAMETERS).number(0, 0, 0, 0)


def error(output: Output, found: OraError | None, fields: int, *, cursor: Cursor | None = None) -> None:
    """How it went: an error, or none."""
    code = found.code if found else 0
    output.octets(ERROR).number(0, 0, 0, min(code, 65535), 0, 0, cursor.number if cursor else 0, 0)
    output.octets(*bytes(6)).number(0, 0).octets(0).number(0, 0, 0).octets(0, 0).number(0, 0, 0)
    output.number(0, 0, 0, code, cursor.sent if cursor else 0)
    if fields >= 14:
        output.number(0, 0)
    if found:
        output.text(f"{found.text}\n".encode())


def send_rows(output: Output, cursor: Cursor, count: int, fields: int, *, is_terse: bool) -> None:
    """The next rows.

    Args:
        output: Takes them.
        cursor: Whose rows they are.
        count: How many are wanted.
        fields: Version of the messages.
        is_terse: Whether what is the same as in the row before is left out, as servers do.
    """
    output.octets(ROW_HEADER, 0).number(len(cursor.columns), 0, count, 0, 0, 0)
    rows = list(islice(cursor.rows, count))
    is_terse = is_terse and not any(column.type in LOBS for column in cursor.columns)
    for row in rows:
        differs = [True] * len(row)
        if is_terse and cursor.before is not None:
            differs = [new != old for new, old in zip(row, cursor.before, strict=True)]
            bits = sum(one << place for place, one in enumerate(differs))
            output.octets(SAME_AS_BEFORE).number(sum(differs)).raw(
                bits.to_bytes((len(row) + 7) // 8, "little")
            )
        cursor.before = row
        _send_row(output, cursor, row, differs)
    cursor.sent += len(rows)
    parameters(output)
    error(output, NO_MORE_ROWS if len(rows) < count else None, fields, cursor=cursor)


def _send_row(output: Output, cursor: Cursor, row: Sequence[Any], differs: Sequence[bool]) -> None:
    output.octets(ROW)
    wanted = cursor.fetched_as or [column.type for column in cursor.columns]
    for column, kind, value, is_new in zip(cursor.columns, wanted, row, differs, strict=True):
        if not is_new:
            continue
        is_missing = value is None or value == ""
        if kind in (Type.LONG, Type.LONG_RAW):
            data = (
                value.encode("utf-16-be" if column.is_national else "utf-8")
                if isinstance(value, str)
                else value
            )
            output.text(None if is_missing else data).number(0, 0)
        elif column.type in LOBS:
            raise OraError(600, "the stand-in sends no locators; LOBs are fetched as LONG")
        else:
            output.text(None if is_missing else encode(column, value))
