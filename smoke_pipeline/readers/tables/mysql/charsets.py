"""Texts of old character sets: what the server cannot turn into UTF-8 it writes as `?`, and says nothing."""

from collections.abc import Mapping

from pymysql.charset import charset_by_id  # type: ignore[import-untyped]

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline.readers.tables.query import Selection, Sql

_WHOLE = ("binary", "latin1", "utf8mb3", "utf8mb4", "utf16", "utf16le", "utf32", "ucs2")
"""Every text of these is one of UTF-8."""


def charset_of(number: int) -> str | None:
    """The character set of a collation, where its texts may get lost; collations of today are Unicode's."""
    try:
        name = str(charset_by_id(number).name)
    except KeyError:
        return None
    return None if name in _WHOLE else name


def question(selection: Selection, charsets: Mapping[str, str]) -> Sql:
    """A SELECT of one row that tells, for each of these columns, whether a text comes back another one."""
    asked = []
    for name, charset in charsets.items():
        text = selection.expressions[name]
        there = Sql(("CAST(CONVERT(CONVERT(",)) + text + f" USING utf8mb4) USING {charset}) AS BINARY)"
        asked.append(Sql(("MAX(NOT (CAST(",)) + text + " AS BINARY) <=> " + there + "))")
    return selection.of(asked)


def refusal(name: str, charset: str, table: str) -> UnsupportedColumnTypeError:
    """What to say where a text got lost."""
    return UnsupportedColumnTypeError(
        f"Column {name!r} of {table} holds text in {charset} that the server cannot turn into UTF-8.",
        suggestions=(f"Read its bytes, with the cast {name!r}: 'CAST({name} AS BINARY)'.",),
        context={"column": name, "type": charset},
    )
