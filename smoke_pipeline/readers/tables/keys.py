"""Some rows of a table, by the values of their key columns: the condition that asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from smoke_pipeline.readers.tables.query import Selection, Sql

KEYS_TOGETHER = 200
"""Keys that one statement asks for; each of their values is bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKeys:
    """Keys whose rows are wanted, as many as are held in memory."""

    columns: tuple[str, ...]
    """Names of the key columns, as the reader has them."""
    values: Sequence[tuple[Any, ...]]
    """A value for each of the columns; None is NULL."""
    empty_is_null: frozenset[str] = frozenset()
    """Columns where NULL asks for the empty text, too."""


def among(selection: Selection, wanted: WantedKeys | None) -> Selection:
    """The rows of a selection that have one of the wanted keys; all of them where none is named.

    What a database calls equal may be more than that, such as another case of the letters, and never less.
    """
    if wanted is None:
        return selection
    known = [key for key in wanted.values if not _is_unheard_of(key, selection)]
    wanted = replace(wanted, values=known)
    if not known:
        condition = Sql(("1 = 0",))
    elif len(wanted.columns) == 1:
        condition = _one_column(selection, wanted)
    else:
        condition = _columns(selection, wanted)
    before = selection.condition + " AND " if selection.condition else Sql(("",))
    return replace(selection, condition=before + "(" + condition + ")")


def _one_column(selection: Selection, wanted: WantedKeys) -> Sql:
    """A list of values, which every database looks up in an index, and NULL beside it."""
    (name,) = wanted.columns
    found = selection.expressions[name]
    plain = [value for (value,) in wanted.values if not _is_null(value, selection)]
    any_of = [found + " IN (" + _joined([_value(one) for one in plain], ", ") + ")"] if plain else []
    nulls = [value for (value,) in wanted.values if _is_null(value, selection)]
    return _joined([*any_of, *([_equal(selection, wanted, name, nulls[0])] if nulls else [])], " OR ")


def _columns(selection: Selection, wanted: WantedKeys) -> Sql:
    keys = []
    for values in wanted.values:
        pairs = zip(wanted.columns, values, strict=True)
        equal = [_equal(selection, wanted, name, value) for name, value in pairs]
        keys.append(Sql(("(",)) + _joined(equal, " AND ") + ")")
    return _joined(keys, " OR ")


def _equal(selection: Selection, wanted: WantedKeys, name: str, value: Any) -> Sql:
    found = selection.expressions[name]
    if not _is_null(value, selection):
        return found + " = " + _value(value)
    is_null = found + " IS NULL"
    if name not in wanted.empty_is_null or selection.dialect == "oracle":
        return is_null
    return Sql(("(",)) + is_null + " OR " + found + " = " + _value("") + ")"


def _is_unheard_of(key: tuple[Any, ...], selection: Selection) -> bool:
    """Whether no row can have the key: PostgreSQL knows no NUL, and refuses to be asked for one."""
    return selection.dialect == "postgres" and any(isinstance(one, str) and "\0" in one for one in key)


def _is_null(value: Any, selection: Selection) -> bool:
    """Whether the database has NULL for a value; an empty text of Oracle is one."""
    return value is None or (selection.dialect == "oracle" and value in ("", b""))


def _value(value: Any) -> Sql:
    return Sql(("", ""), (value,))


def _joined(pieces: Sequence[Sql], between: str) -> Sql:
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = whole + between + piece
    return whole
