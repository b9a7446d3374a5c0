"""A filter written anew: its columns as the catalogue has them, its values apart from the text."""

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from smoke_pipeline.errors import QueryRefusedError, UnknownColumnError
from smoke_pipeline.readers.tables.guard_words import UNITS, WORDS, DatabaseKind, Token, refused

GuardedValue = int | Decimal | str

_INTERVAL = re.compile(r"[0-9A-Za-z :.+-]{1,60}")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?( ?[+-]\d\d:\d\d)?", re.ASCII)
_INSIDE = {
    "EXTRACT": {"FROM"},
    "TRIM": {"FROM", "LEADING", "TRAILING", "BOTH"},
    "SUBSTRING": {"FROM", "FOR"},
}
"""Function -> words of its own between its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A filter or an expression that a reader may run.

    The SQL is `parts[0]`, the mark of the first value, `parts[1]`, and so on. No part holds a text of the
    user's, nor a percent sign outside of a column's name.
    """

    parts: tuple[str, ...]
    values: tuple[GuardedValue, ...]

    def written(self, marks: Iterable[str]) -> str:
        """The SQL, with a mark in the place of each value."""
        between = [*marks, ""]
        return "".join(part + mark for part, mark in zip(self.parts, between, strict=True))


def unknown_function(token: Token, functions: Collection[str]) -> QueryRefusedError:
    """The error for a function that is not on the list."""
    near = get_close_matches(token.value, sorted(functions), n=1)
    ways_out = (f"Did you mean {near[0]}?",) if near else ()
    return refused(f"the function {token.text!r}", *ways_out)


def quoted(name: str, dialect: DatabaseKind) -> str:
    """The name in the quotes of the database."""
    quote = WORDS[dialect].name_quote
    return quote + name.replace(quote, quote * 2) + quote


class _Names:
    """The columns of a table, found as the database finds them."""

    def __init__(self, columns: Collection[str], dialect: DatabaseKind) -> None:
        self._columns = list(columns)
        self._dialect = dialect

    def find(self, token: Token) -> str | None:
        """The column that a word or a name in quotes means."""
        name = token.value if token.kind == "quoted" else token.text
        if self._dialect == "mysql":
            same = [column for column in self._columns if column.lower() == name.lower()]
            return same[0] if len(same) == 1 else None
        if token.kind == "word":
            name = name.upper() if self._dialect == "oracle" else name.lower()
        return name if name in self._columns else None

    def unknown(self, token: Token) -> UnknownColumnError:
        """The error for a name that means none."""
        name = token.value if token.kind == "quoted" else token.text
        folded = {column.lower(): column for column in self._columns}
        near = get_close_matches(name.lower(), folded, n=1)
        ways_out = [f"Did you mean {quoted(folded[near[0]], self._dialect)}?"] if near else []
        ways_out.append("A text is written in single quotes: 'text'.")
        return UnknownColumnError(f"The table has no column {name!r}.", ways_out, {"column": name})


class Writer:
    """Writes an expression anew, one word or sign after another."""

    def __init__(self, tokens: list[Token], dialect: DatabaseKind, columns: Collection[str]) -> None:
        self._tokens = tokens
        self._dialect = dialect
        self._words = WORDS[dialect]
        self._names = _Names(columns, dialect)
        self._here = 0
        self._open: list[str] = []
        """The functions whose parentheses are open; an empty text for a parenthesis alone."""
        self._parts = [""]
        self._values: list[GuardedValue] = []
        self.names_column = False

    def write(self) -> Guarded:
        """The whole expression."""
        while token := self._peek():
            self._step(token)
        return Guarded(parts=(self._parts[0].lstrip(), *self._parts[1:]), values=tuple(self._values))

    def _step(self, token: Token) -> None:
        match token.kind:
            case "text":
                self._bind(token.value)
            case "number":
                self._bind(Decimal(token.value) if "." in token.value else int(token.value))
            case "quoted":
                self._column(token)
            case "sign":
                self._sign(token)
            case "word":
                self._word(token)

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self._here + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _is_next(self, ahead: int, *texts: str) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind in ("word", "sign") and token.value in texts

    def _emit(self, text: str, tokens: int = 1) -> None:
        self._parts[-1] += f" {text}"
        self._here += tokens

    def _bind(self, value: GuardedValue) -> None:
        self._parts[-1] += " "
        self._parts.append("")
        self._values.append(value)
        self._here += 1

    def _column(self, token: Token) -> None:
        column = self._names.find(token)
        if column is None:
            raise self._names.unknown(token)
        self.names_column = True
        self._emit(quoted(column, self._dialect))

    def _sign(self, token: Token) -> None:
        if token.text == "::":
            self._emit("::")
            self._type()
            return
        if token.text == "(":
            self._open.append("")
        elif token.text == ")":
            self._open.pop()
        elif token.text == "," and not self._open:
            raise refused("a comma between two expressions", "Write one expression.")
        self._emit(token.text)

    def _word(self, token: Token) -> None:
        following = self._peek(1)
        if token.value in self._inner_words():
            self._emit(token.value)
        elif phrase := self._phrase():
            self._emit(" ".join(phrase), len(phrase))
        elif following and following.text == "(":
            self._function(token)
        elif token.value == "INTERVAL" and following and following.kind in ("text", "number"):
            self._interval(following)
        elif following and following.kind == "text":
            self._moment(token, following)
        elif token.value == "AS" and self._open and self._open[-1] == "CAST":
            self._emit("AS")
            self._type()
        elif token.value in self._words.constants:
            self._emit(token.value)
        else:
            self._column(token)

    def _inner_words(self) -> Collection[str]:
        return _INSIDE.get(self._open[-1], ()) if self._open else ()

    def _phrase(self) -> tuple[str, ...] | None:
        """The longest phrase of SQL that stands here."""
        return next(
            (
                phrase
                for phrase in self._words.phrases
                if all(self._is_next(ahead, word) for ahead, word in enumerate(phrase))
            ),
            None,
        )

    def _function(self, token: Token) -> None:
        if token.value not in self._words.functions:
            raise unknown_function(token, self._words.functions)
        self._open.append(token.value)
        self._emit(f"{token.value}(", 2)  # MySQL takes `LENGTH (` for a function of the user's
        if token.value == "EXTRACT":
            self._unit()

    def _unit(self) -> None:
        token = self._peek()
        if token is None or token.kind != "word" or token.value not in UNITS:
            raise refused("no unit of time where one is due", "Write one such as YEAR, MONTH or DAY.")
        self._emit(token.value)

    def _moment(self, word: Token, literal: Token) -> None:
        """A date or a time is taken apart and written anew; databases take no value in its place."""
        try:
            if word.value == "DATE":
                written = dt.datetime.strptime(literal.value, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007
            elif word.value == "TIME":
                written = dt.datetime.strptime(literal.value, "%H:%M:%S").time().isoformat()  # noqa: DTZ007
            elif word.value == "TIMESTAMP" and (match := _MOMENT.fullmatch(literal.value)):
                day, time, fraction, offset = match.groups(default="")
                dt.datetime.fromisoformat(f"{day}T{time}")
                written = f"{day} {time}{fraction}{offset}"
            else:
                raise refused(f"{word.text!r} before a text")
        except ValueError as error:
            raise refused(
                f"{literal.text} as a {word.value}",
                "Write DATE '2024-12-31' or TIMESTAMP '2024-12-31 23:59:59'.",
            ) from error
        self._emit(f"{word.value} '{written}'", 2)

    def _interval(self, literal: Token) -> None:
        if not _INTERVAL.fullmatch(literal.value):
            raise refused(f"{literal.text} as an INTERVAL", "Write INTERVAL '1' DAY.")
        self._emit(f"INTERVAL {literal.text}", 2)
        while (token := self._peek()) and token.kind == "word" and token.value in UNITS | {"TO"}:
            self._emit(token.value)
            self._sizes()

    def _type(self) -> None:
        """The name of a type, with its sizes."""
        token = self._peek()
        if token is None or token.kind != "word" or token.value not in self._words.types:
            raise refused(
                f"the type {token.text if token else ''!r}",
                f"Write one of {', '.join(sorted(self._words.types))}.",
            )
        self._emit(token.value)
        self._sizes()

    def _sizes(self) -> None:
        """The sizes of a type in parentheses; they are part of the SQL, and no values."""
        if not self._is_next(0, "("):
            return
        self._emit("(")
        while not self._is_next(0, ")"):
            token = self._peek()
            if token is None or not (
                token.text.isdigit() or token.text == "," or token.value in ("CHAR", "BYTE")
            ):
                raise refused("a size of a type that is no number", "Write it as in NUMBER(10, 2).")
            self._emit(token.value)
        self._emit(")")
