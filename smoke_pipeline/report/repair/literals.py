r"""Values and names in the SQL of a database, so that nothing of the data can be anything but a value.

A value is text as it was read. What it becomes depends on the column it is for: a number that looks like
one is a number, bytes are written in hexadecimal, everything else is a quoted text. MySQL reads a backslash
within quotes, so there it is doubled; PostgreSQL and Oracle get signs without ink by their numbers.
"""

import re
from abc import ABC, abstractmethod
from datetime import timedelta
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NUMERIC = ("int", "uint", "decimal")
_FLOATS = ("float", "double", "halffloat")
_BYTES = ("binary", "large_binary", "fixed_size_binary")
_HEX = re.compile(r"([0-9a-f]{2})*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?( ?[+-]\d\d:\d\d)?")
_OFFSET = "+00:00"
_ORACLE_BYTES = 3000
"""Of UTF-8, in one piece of a text; a literal may have 4,000 bytes."""
_RAW_DIGITS = 4000


class CannotBeWrittenError(Exception):
    """A value has no safe form in this SQL; why, as the end of a sentence."""


class Literals(ABC):
    """How one database writes names and values."""

    mark = '"'

    def name(self, name: str) -> str:
        """A name of a table or a column.

        Raises:
            CannotBeWrittenError: No identifier can hold it.
        """
        if not name or "\0" in name or _has_half_letters(name):
            raise CannotBeWrittenError("a column has a name that no identifier can hold")
        return self.mark + name.replace(self.mark, self.mark * 2) + self.mark

    def value(self, text: str | None, column_type: str) -> str:
        """A value for a column of that Arrow type.

        Raises:
            CannotBeWrittenError: The database cannot hold it.
        """
        if text is None:
            return "NULL"
        if _has_half_letters(text):
            raise CannotBeWrittenError("a value holds half a letter of UTF-16")
        if column_type.startswith(_BYTES) and _HEX.fullmatch(text):
            return self.bytes(text)
        if column_type.startswith(_FLOATS) and _NUMBER.fullmatch(text):
            return f"{Decimal(text).normalize():E}"  # with all its digits MySQL would take it for a decimal
        if column_type.startswith(_NUMERIC) and _NUMBER.fullmatch(text):
            return text
        if column_type.startswith("duration") and re.fullmatch(r"-?[0-9]+", text):
            return self.text(_span(int(text)))
        return self.moment(text, column_type) or self.text(text)

    def equals(self, column: str, text: str | None, column_type: str) -> str:
        """A condition that holds for rows with exactly that value.

        Raises:
            CannotBeWrittenError: The value cannot name a row safely.
        """
        if text is None:
            return f"{self.name(column)} IS NULL"
        if column_type.startswith(_FLOATS):
            raise CannotBeWrittenError("a key column holds binary floats, which name no row safely")
        return f"{self.name(column)} = {self.value(text, column_type)}"

    def moment(self, text: str, column_type: str) -> str | None:
        """A date or timestamp, where it is not simply a quoted text."""
        del text, column_type
        return None

    @abstractmethod
    def text(self, text: str) -> str:
        """A text within quotes."""

    @abstractmethod
    def bytes(self, digits: str) -> str:
        """Bytes, given in hexadecimal."""


class MySqlLiterals(Literals):
    """As MySQL and MariaDB read them, with the modes that the statements begin with."""

    mark = "`"
    _ESCAPES = str.maketrans(
        {"\\": "\\\\", "'": "''", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", "\b": "\\b"}
    )

    def text(self, text: str) -> str:
        """A text within quotes; a backslash is doubled."""
        return f"'{text.translate(self._ESCAPES)}'"

    def bytes(self, digits: str) -> str:
        """Bytes as `x'00ff'`."""
        return f"x'{digits}'"

    def moment(self, text: str, column_type: str) -> str | None:
        """A timestamp in UTC loses its offset, for the session's zone is UTC."""
        is_instant = column_type.startswith("timestamp") and text.endswith(_OFFSET)
        return self.text(text.removesuffix(_OFFSET)) if is_instant and _MOMENT.fullmatch(text) else None

    def equals(self, column: str, text: str | None, column_type: str) -> str:
        """As everywhere; a text must be the same byte by byte, which most collations do not ask for."""
        condition = super().equals(column, text, column_type)
        if text is None or not column_type.startswith(("string", "large_string")):
            return condition
        digits = text.encode().hex().upper()
        return f"{condition} AND HEX(CONVERT({self.name(column)} USING utf8mb4)) = '{digits}'"


class PostgresLiterals(Literals):
    """As PostgreSQL reads them."""

    def text(self, text: str) -> str:
        """A text within quotes; with signs without ink, or a backslash, as an escape string."""
        if "\0" in text:
            raise CannotBeWrittenError("a value holds the character NUL, which PostgreSQL cannot store")
        quoted = text.replace("'", "''")
        if quoted.isprintable() and "\\" not in quoted:
            return f"'{quoted}'"
        return "E'" + "".join(self._escaped(one) for one in quoted) + "'"

    def bytes(self, digits: str) -> str:
        r"""Bytes as `'\x00ff'::bytea`."""
        return f"'\\x{digits}'::bytea"

    @staticmethod
    def _escaped(letter: str) -> str:
        if letter == "\\":
            return "\\\\"
        return letter if letter.isprintable() else f"\\U{ord(letter):08X}"


class OracleLiterals(Literals):
    """As Oracle reads them, also in SQL*Plus."""

    def text(self, text: str) -> str:
        """A text in pieces; signs without ink by their numbers, and a long text as a CLOB."""
        pieces = [*_oracle_pieces(text)] or ["''"]
        if len(text.encode()) > _ORACLE_BYTES:
            return " || ".join(f"TO_CLOB({piece})" for piece in pieces)
        return pieces[0] if len(pieces) == 1 else f"({' || '.join(pieces)})"

    def bytes(self, digits: str) -> str:
        """Bytes as `HEXTORAW('00FF')`."""
        if len(digits) > _RAW_DIGITS:
            raise CannotBeWrittenError("a value has more bytes than a literal of Oracle can hold")
        return f"HEXTORAW('{digits.upper()}')"

    def moment(self, text: str, column_type: str) -> str | None:
        """A date or timestamp by its keyword, whatever the session's formats are."""
        if column_type.startswith("date") and _DAY.fullmatch(text):
            return f"DATE '{text}'"
        if column_type.startswith("timestamp") and _MOMENT.fullmatch(text):
            return f"TIMESTAMP '{text.replace(_OFFSET, ' ' + _OFFSET)}'"
        return None


LITERALS: dict[str, Literals] = {
    "mysql": MySqlLiterals(),
    "postgres": PostgresLiterals(),
    "oracle": OracleLiterals(),
}


def _oracle_pieces(text: str) -> list[str]:
    """Quoted stretches of what can be seen, and calls for what cannot."""
    pieces: list[str] = []
    run = ""
    for letter in text:
        if letter.isprintable():
            run += letter
            if len(run.encode()) > _ORACLE_BYTES:
                pieces.append(_in_quotes(run))
                run = ""
            continue
        pieces += [_in_quotes(run)] if run else []
        pieces.append(f"CHR({ord(letter)})" if ord(letter) < 128 else _unistr(letter))
        run = ""
    return [*pieces, _in_quotes(run)] if run else pieces


def _in_quotes(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unistr(letter: str) -> str:
    units = letter.encode("utf-16-be").hex().upper()
    return "UNISTR('" + "".join(f"\\{units[at : at + 4]}" for at in range(0, len(units), 4)) + "')"


def _span(nanoseconds: int) -> str:
    """A span of time as `-29:59:59.999995`."""
    span = timedelta(microseconds=abs(nanoseconds) // 1000)
    seconds = span.days * 86_400 + span.seconds
    fraction = f".{span.microseconds:06}" if span.microseconds else ""
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _has_half_letters(text: str) -> bool:
    return any("\ud800" <= one <= "\udfff" for one in text)
