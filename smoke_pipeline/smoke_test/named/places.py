"""Places such as `{contract_number}` in the texts of a definition, and values, nothing else, put there."""

import string
from collections.abc import Mapping
from dataclasses import dataclass

from smoke_pipeline.errors import InvalidOptionError, QueryRefusedError
from smoke_pipeline.readers.tables.guard_words import DatabaseKind, Token, tokens_of

_STAND_IN = "'x'"
_ALONE = "Write a place in SQL on its own and without quotes: id = {contract_number}."


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some text, and the place after it."""

    text: str
    name: str | None
    """None at the end."""


def names_in(text: str) -> tuple[str, ...]:
    """The parameters that a text has places for.

    Raises:
        InvalidOptionError: A brace is open, or holds something else than a name.
    """
    return tuple(dict.fromkeys(piece.name for piece in _pieces(text) if piece.name is not None))


def filled_text(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in their places."""
    return "".join(piece.text + (values[piece.name] if piece.name else "") for piece in _pieces(text))


def filled_part(text: str, values: Mapping[str, str]) -> str:
    """The text of a path or an object key; a value is a part of a name there and leads nowhere else.

    Raises:
        InvalidOptionError: A value cannot be part of a path.
    """
    for name in names_in(text):
        value = values[name]
        if not value or value != value.strip() or any(sign in value for sign in "/\\") or ".." in value:
            raise InvalidOptionError(
                f"{name} is {value!r}, which cannot be part of a path or an object key.",
                ("Write it without slashes, two dots in a row, and white space around it.",),
                {"parameter": name},
            )
    return filled_text(text, values)


def filled_sql(text: str, values: Mapping[str, str], kind: DatabaseKind, *, is_query: bool) -> str:
    """SQL with the values as quoted texts; all other words of it are those of the definition.

    Args:
        text: A condition, an expression or a query, with places.
        values: The values.
        kind: The database that is to read it.
        is_query: Whether it is a whole query.

    Raises:
        QueryRefusedError: It holds what could be read in another way.
        InvalidOptionError: A place stands within a text or a name, or directly beside one.
    """
    pieces = _pieces(text)
    literals = [_literal(values[piece.name]) for piece in pieces if piece.name is not None]
    model, model_places = _joined(pieces, [_STAND_IN] * len(literals))
    sql, places = _joined(pieces, literals)
    if not literals:
        return sql
    wanted = _outline(_read(model, kind, is_query), dict.fromkeys(model_places, _STAND_IN))
    found = _outline(_read(sql, kind, is_query), dict(zip(places, literals, strict=True)))
    if wanted != found or sum(word is None for word in wanted) != len(literals):
        raise InvalidOptionError(
            f"A place in the SQL {text!r} stands within a text or a name, or directly beside one.",
            (_ALONE,),
        )
    return sql


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _read(sql: str, kind: DatabaseKind, is_query: bool) -> list[Token]:
    try:
        return tokens_of(sql, kind, is_query=is_query)
    except QueryRefusedError as error:
        raise QueryRefusedError(error.message, (*error.suggestions, _ALONE), error.context) from error


def _joined(pieces: list[_Piece], literals: list[str]) -> tuple[str, list[int]]:
    """The whole SQL, and at which character each literal begins."""
    whole, places, left = "", [], iter(literals)
    for piece in pieces:
        whole += piece.text
        if piece.name is not None:
            places.append(len(whole))
            whole += next(left)
    return whole, places


def _outline(tokens: list[Token], literals: Mapping[int, str]) -> list[tuple[str, str] | None]:
    """The words and signs one after another; None where a value, whole and on its own, was put."""
    return [
        None if token.kind == "text" and literals.get(token.place) == token.text else (token.kind, token.text)
        for token in tokens
    ]


def _pieces(text: str) -> list[_Piece]:
    try:
        found = list(string.Formatter().parse(text))
    except ValueError as error:
        raise _malformed(text) from error
    if any(name is not None and (form or way or not name.isidentifier()) for _, name, form, way in found):
        raise _malformed(text)
    return [_Piece(before, name) for before, name, _, _ in found]


def _malformed(text: str) -> InvalidOptionError:
    return InvalidOptionError(
        f"The text {text!r} has a brace that holds no name of a parameter.",
        ("Write {contract_number}, or {{ and }} for braces that are none of a place.",),
    )
