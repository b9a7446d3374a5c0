"""The words and signs of each database's SQL, read so strictly that no server reads them in another way."""

import re
from dataclasses import dataclass
from typing import Literal

from smoke_pipeline.errors import QueryRefusedError

DatabaseKind = Literal["mysql", "postgres", "oracle"]
Kind = Literal["word", "quoted", "text", "number", "sign"]

LONGEST_FILTER, LONGEST_QUERY = 4_000, 20_000
"""Characters; what is longer is a mistake or an attack."""
MOST_DIGITS = 38
"""Digits that a number of every database holds."""


def _split(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ANY = """
    COALESCE NULLIF UPPER LOWER TRIM LTRIM RTRIM LENGTH REPLACE LPAD RPAD CONCAT INSTR ASCII CAST EXTRACT
    ROUND ABS FLOOR CEIL SIGN MOD POWER SQRT GREATEST LEAST
"""
_FUNCTIONS: dict[DatabaseKind, str] = {
    "oracle": """
        NVL NVL2 DECODE TRUNC SUBSTR TRANSLATE INITCAP REGEXP_LIKE RAWTOHEX HEXTORAW ROWIDTOCHAR TO_CHAR
        TO_NCHAR TO_CLOB TO_NUMBER TO_DATE TO_TIMESTAMP TO_TIMESTAMP_TZ ADD_MONTHS MONTHS_BETWEEN LAST_DAY
        SYS_EXTRACT_UTC FROM_TZ NUMTODSINTERVAL NUMTOYMINTERVAL
    """,
    "postgres": """
        TRUNC SUBSTR SUBSTRING LEFT RIGHT TRANSLATE INITCAP BTRIM CHAR_LENGTH CHARACTER_LENGTH
        OCTET_LENGTH CONCAT_WS POSITION STRPOS SPLIT_PART ENCODE CEILING TO_CHAR TO_NUMBER TO_DATE
        TO_TIMESTAMP MAKE_DATE DATE_TRUNC DATE_PART AGE NOW ARRAY_TO_STRING HOST ST_ASTEXT
    """,
    "mysql": """
        IF IFNULL TRUNCATE SUBSTR SUBSTRING LEFT RIGHT LOCATE CHAR_LENGTH CHARACTER_LENGTH OCTET_LENGTH
        CONCAT_WS CEILING POW HEX UNHEX DATE YEAR MONTH DAY HOUR MINUTE SECOND DATE_FORMAT STR_TO_DATE
        DATE_ADD DATE_SUB DATEDIFF LAST_DAY FROM_UNIXTIME UNIX_TIMESTAMP NOW CURDATE CURRENT_DATE
        CURRENT_TIMESTAMP SYSDATE UTC_DATE UTC_TIMESTAMP JSON_EXTRACT JSON_UNQUOTE BIN_TO_UUID ST_ASTEXT
    """,
}
_AGGREGATES = """
    COUNT SUM MIN MAX AVG STDDEV VARIANCE LISTAGG STRING_AGG GROUP_CONCAT ROW_NUMBER RANK DENSE_RANK LAG
    LEAD FIRST_VALUE LAST_VALUE
"""
_CONSTANTS: dict[DatabaseKind, str] = {
    "oracle": "SYSDATE SYSTIMESTAMP CURRENT_DATE CURRENT_TIMESTAMP LOCALTIMESTAMP",
    "postgres": "CURRENT_DATE CURRENT_TIMESTAMP LOCALTIMESTAMP TRUE FALSE",
    "mysql": "CURRENT_DATE CURRENT_TIMESTAMP UTC_DATE UTC_TIMESTAMP TRUE FALSE",
}
_TRUTHS = ("IS NOT TRUE", "IS TRUE", "IS NOT FALSE", "IS FALSE", "IS NOT UNKNOWN", "IS UNKNOWN")
_PHRASES = (
    "IS NOT NULL",
    "IS NULL",
    *_split("AND OR NOT IN BETWEEN LIKE ESCAPE CASE WHEN THEN ELSE END NULL"),
)
_MORE_PHRASES: dict[DatabaseKind, tuple[str, ...]] = {
    "oracle": ("AT TIME ZONE",),
    "postgres": ("IS NOT DISTINCT FROM", "IS DISTINCT FROM", "AT TIME ZONE", "ILIKE", *_TRUTHS),
    "mysql": _TRUTHS,
}
_TYPES: dict[DatabaseKind, str] = {
    "oracle": """
        VARCHAR2 NVARCHAR2 CHAR NCHAR NUMBER DECIMAL INTEGER FLOAT BINARY_FLOAT BINARY_DOUBLE DATE
        TIMESTAMP RAW
    """,
    "postgres": """
        TEXT VARCHAR CHAR INTEGER INT BIGINT SMALLINT NUMERIC DECIMAL REAL FLOAT8 BOOLEAN DATE TIME
        TIMESTAMP TIMESTAMPTZ INTERVAL BYTEA UUID JSON JSONB
    """,
    "mysql": "CHAR BINARY SIGNED UNSIGNED DECIMAL DOUBLE FLOAT DATE TIME DATETIME JSON",
}
UNITS = _split("YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MICROSECOND EPOCH DOW ISODOW DOY")
BEFORE_PARENTHESIS = _split(
    """
    AND OR NOT IN EXISTS ALL ANY SELECT DISTINCT FROM JOIN ON USING WHERE HAVING BY GROUP CASE WHEN THEN
    ELSE BETWEEN LIKE ILIKE ESCAPE UNION INTERSECT EXCEPT MINUS AS OVER FILTER
"""
)
"""Words of SQL that may stand before a parenthesis without being a function."""
BEFORE_TEXT = _split(
    """
    AND OR NOT IN SELECT DISTINCT ALL WHERE HAVING ON BY CASE WHEN THEN ELSE BETWEEN LIKE ILIKE ESCAPE
    DATE TIME TIMESTAMP INTERVAL ZONE FROM LEADING TRAILING BOTH
"""
)
"""Words that may stand before a text; any other might change what the text means."""
REFUSED_WORDS = _split(
    """
    INTO FOR LOCK NEXTVAL CURRVAL PROCEDURE OUTFILE DUMPFILE INSERT UPDATE DELETE MERGE REPLACE CALL EXEC
    EXECUTE DO SET GRANT REVOKE CREATE ALTER DROP TRUNCATE COPY BEGIN DECLARE COMMIT ROLLBACK HANDLER LOAD
    ANALYZE EXPLAIN
"""
)
"""Words that a query holds for nothing it may do; as names they are written in quotes."""
SEQUENCE_WORDS = ("NEXTVAL", "CURRVAL")
"""What a sequence is asked for, in quotes or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What may be said to one kind of database."""

    functions: frozenset[str]
    aggregates: frozenset[str]
    constants: frozenset[str]
    """Words that are a value of their own."""
    phrases: tuple[tuple[str, ...], ...]
    """Words that belong together, the longest first."""
    types: frozenset[str]
    name_quote: str


def _words(kind: DatabaseKind) -> Words:
    phrases = [tuple(phrase.split()) for phrase in (*_PHRASES, *_MORE_PHRASES[kind])]
    return Words(
        functions=_split(_ANY + _FUNCTIONS[kind]),
        aggregates=_split(_AGGREGATES),
        constants=_split(_CONSTANTS[kind]),
        phrases=tuple(sorted(phrases, key=len, reverse=True)),
        types=_split(_TYPES[kind]),
        name_quote="`" if kind == "mysql" else '"',
    )


WORDS: dict[DatabaseKind, Words] = {kind: _words(kind) for kind in ("mysql", "postgres", "oracle")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, a name in quotes, a text, a number or a sign."""

    kind: Kind
    text: str
    """As it was written."""
    value: str
    """What it stands for: a word in upper case, a name or a text without its quotes."""
    place: int


_SIGNS = r"<=|>=|<>|!=|=|<|>|\+|-(?!-)|\*|/(?!\*)|\(|\)|,"
_SHAPES = {
    kind: re.compile(
        rf"(?P<space>[ \t\r\n]+)"
        rf"|(?P<text>'(?:[^']|'')*')"
        rf"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?![\w.$#]))"
        rf"|(?P<word>[A-Za-z_][{word}]*)"
        rf"|(?P<quoted>{quote}(?:[^{quote}\x00]|{quote}{quote})+{quote})"
        rf"|(?P<sign>{_SIGNS}{signs})"
    )
    for kind, word, quote, signs in (
        ("oracle", "A-Za-z0-9_$#", '"', r"|\|\|"),
        ("postgres", "A-Za-z0-9_$", '"', r"|\|\||::"),
        ("mysql", "A-Za-z0-9_$", "`", ""),
    )
}
_REASONS = (
    ("--", "a comment", "Leave the comment out; write `a - -1` with a space."),
    ("/*", "a comment", "Leave the comment out."),
    (";", "a semicolon", "Write one statement, without a semicolon at its end."),
    (
        "@",
        "an `@`, for a variable or another database",
        "Write the value itself, or name a table of this one.",
    ),
    ("||", "`||`, which means OR or a concatenation, as the server is set", "Write CONCAT(a, b), or OR."),
    (
        '"',
        "a double quote, which is a text or a name, as the server is set",
        "Write texts as 'a', names as `a`.",
    ),
    ("'", "a text without an end", "Double a single quote inside a text: 'O''Brien'."),
    ("\\", "a backslash outside of a text", "Leave it out."),
    ("::", "`::`", "Write CAST(a AS type)."),
    ("&&", "`&&`", "Write AND."),
    ("%", "a percent sign outside of a text", "Write MOD(a, b)."),
    (".", "a point between names", "Write the column alone: the table is known."),
    *((mark, "a bind marker", "Write the value itself: 42, or 'text'.") for mark in (":", "?", "$")),
)


def tokens_of(text: str, kind: DatabaseKind, *, is_query: bool) -> list[Token]:
    """The words and signs of a filter, an expression or a query.

    Args:
        text: What a user wrote.
        kind: The database that is to read it.
        is_query: Whether names may have a point between them, and texts stay where they are.

    Raises:
        QueryRefusedError: It is empty, too long, or holds what could be read in another way.
    """
    _require_readable(text, LONGEST_QUERY if is_query else LONGEST_FILTER)
    found: list[Token] = []
    place = 0
    while place < len(text):
        if is_query and text[place] == "." and not text[place + 1 : place + 2].isdigit():
            found.append(Token(kind="sign", text=".", value=".", place=place))
            place += 1
            continue
        match = _SHAPES[kind].match(text, place)
        if match is None or match.lastgroup is None:
            raise _not_allowed_at(text, place)
        if match.lastgroup != "space":
            found.append(_token(match, kind, is_query=is_query))
        place = match.end()
    _require_plain(found)
    return found


def refused(what: str, *ways_out: str) -> QueryRefusedError:
    """The error for something that a filter or a query may not hold."""
    return QueryRefusedError(
        f"The SQL holds {what}, which is not allowed.",
        (*ways_out, "What a filter or a query may hold is told in docs/filters.md."),
    )


def _require_readable(text: str, longest: int) -> None:
    if not text.strip():
        raise QueryRefusedError("The SQL is empty.", ("Write a condition, or leave it out.",))
    if len(text) > longest:
        raise QueryRefusedError(
            f"The SQL has {len(text)} characters; {longest} are allowed.",
            ("Write a shorter condition.", "Put it into a view of the database, and read the view."),
        )
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise refused("a character that is no text")


def _token(match: re.Match[str], database: DatabaseKind, *, is_query: bool) -> Token:
    text, place = match.group(), match.start()
    match match.lastgroup:
        case "word":
            return Token(kind="word", text=text, value=text.upper(), place=place)
        case "text":
            if "\\" in text and (database == "mysql" or (database == "postgres" and is_query)):
                raise refused(
                    "a backslash in a text, which means itself or an escape, as the server is set",
                    "For LIKE write another sign: LIKE 'a!_%' ESCAPE '!'.",
                )
            return Token(kind="text", text=text, value=text[1:-1].replace("''", "'"), place=place)
        case "quoted":
            quote = text[0]
            return Token(kind="quoted", text=text, value=text[1:-1].replace(quote * 2, quote), place=place)
        case "number":
            if sum(sign.isdigit() for sign in text) > MOST_DIGITS:
                raise refused(f"a number of more than {MOST_DIGITS} digits", "Write a shorter number.")
            return Token(kind="number", text=text, value=text, place=place)
        case _:
            return Token(kind="sign", text=text, value=text, place=place)


def _not_allowed_at(text: str, place: int) -> QueryRefusedError:
    for mark, what, way_out in _REASONS:
        if text.startswith(mark, place):
            return refused(f"{what} (character {place + 1})", way_out)
    sign = text[place]
    if sign.isdigit():
        return refused(
            f"a number with letters or an exponent (character {place + 1})", "Write it out: 1200.50."
        )
    return refused(
        f"the character {sign!r} outside of quotes (character {place + 1})", "Put a name into quotes."
    )


def _require_plain(tokens: list[Token]) -> None:
    """Refuse what the signs of one side make of the other: introducers, texts in a row, a quoted function."""
    depth = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            raise refused("a closing parenthesis too many")
        if before is None:
            continue
        if token.kind == "text" and before.kind in ("text", "quoted", "number"):
            raise refused("a text right after another value", "Join texts with CONCAT(a, b) or ||.")
        if token.kind == "text" and before.kind == "word" and before.value not in BEFORE_TEXT:
            raise refused(f"{before.text!r} before a text", "Write the text alone: 'a'.")
        if token.text == "(" and before.kind in ("quoted", "text", "number"):
            raise refused(f"{before.text} before a parenthesis", "Write a function's name without quotes.")
    if depth:
        raise refused("a parenthesis without its end")
