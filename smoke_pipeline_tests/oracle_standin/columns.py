"""Types of columns, as they are declared and as they travel, and the errors of a server."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum


class OraError(Exception):
    """An error with a number, as the server sends it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = f"ORA-{code:05d}: {text}"


class Type(IntEnum):
    """What the wire calls the types."""

    VARCHAR2 = 1
    NUMBER = 2
    LONG = 8
    ROWID = 11
    DATE = 12
    RAW = 23
    LONG_RAW = 24
    CHAR = 96
    BINARY_FLOAT = 100
    BINARY_DOUBLE = 101
    CLOB = 112
    BLOB = 113
    JSON = 119
    TIMESTAMP = 180
    TIMESTAMP_TZ = 181
    INTERVAL_YM = 182
    INTERVAL_DS = 183
    TIMESTAMP_LTZ = 231
    BOOLEAN = 252


TEXTS = (Type.VARCHAR2, Type.CHAR, Type.LONG)
LOBS = (Type.CLOB, Type.BLOB)
MOMENTS = (Type.DATE, Type.TIMESTAMP, Type.TIMESTAMP_TZ, Type.TIMESTAMP_LTZ)
NO_SCALE = -127
"""Scale of a number whose point may be anywhere."""

_NAMES = {
    "NUMBER": Type.NUMBER,
    "INTEGER": Type.NUMBER,
    "DECIMAL": Type.NUMBER,
    "FLOAT": Type.NUMBER,
    "VARCHAR2": Type.VARCHAR2,
    "VARCHAR": Type.VARCHAR2,
    "NVARCHAR2": Type.VARCHAR2,
    "CHAR": Type.CHAR,
    "NCHAR": Type.CHAR,
    "DATE": Type.DATE,
    "TIMESTAMP": Type.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": Type.TIMESTAMP_TZ,
    "TIMESTAMP WITH LOCAL TIME ZONE": Type.TIMESTAMP_LTZ,
    "INTERVAL DAY TO SECOND": Type.INTERVAL_DS,
    "INTERVAL YEAR TO MONTH": Type.INTERVAL_YM,
    "RAW": Type.RAW,
    "CLOB": Type.CLOB,
    "NCLOB": Type.CLOB,
    "BLOB": Type.BLOB,
    "BINARY_FLOAT": Type.BINARY_FLOAT,
    "BINARY_DOUBLE": Type.BINARY_DOUBLE,
    "BOOLEAN": Type.BOOLEAN,
    "LONG": Type.LONG,
    "LONG RAW": Type.LONG_RAW,
    "ROWID": Type.ROWID,
    "JSON": Type.JSON,
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table or of a result."""

    name: str
    type: Type
    declared: str = ""
    precision: int = 0
    scale: int = 0
    size: int = 0
    """Characters or bytes."""
    is_national: bool = False
    """Whether texts travel as UTF-16."""

    def named(self, name: str) -> "Column":
        """The same column under another name."""
        return replace(self, name=name)


def column_of(name: str, declared: str) -> Column:
    """A column as it is declared, such as `NUMBER(18,4)` or `TIMESTAMP(9) WITH TIME ZONE`."""
    text = " ".join(declared.upper().split())
    sizes = [int(one) for one in re.findall(r"-?\d+", ",".join(re.findall(r"\(([^)]*)\)", text)))]
    base = " ".join(re.sub(r"\([^)]*\)", " ", text).split())
    column = Column(
        name=name, type=_NAMES[base], declared=text, is_national=base in ("NVARCHAR2", "NCHAR", "NCLOB")
    )
    if column.type == Type.NUMBER:
        return _number(column, base, sizes)
    if column.type in (Type.TIMESTAMP, Type.TIMESTAMP_TZ, Type.TIMESTAMP_LTZ):
        return replace(column, scale=sizes[0] if sizes else 6)
    if column.type in (Type.INTERVAL_DS, Type.INTERVAL_YM):
        return replace(column, precision=sizes[0] if sizes else 2, scale=sizes[1] if len(sizes) > 1 else 6)
    return replace(column, size=sizes[0] if sizes else {Type.CHAR: 1}.get(column.type, 4000))


def _number(column: Column, base: str, sizes: list[int]) -> Column:
    if base == "FLOAT":
        return replace(column, precision=sizes[0] if sizes else 126, scale=NO_SCALE)
    if base == "INTEGER" or "(*" in column.declared:
        return replace(column, precision=38, scale=sizes[0] if sizes else 0)
    if sizes:
        return replace(column, precision=sizes[0], scale=sizes[1] if len(sizes) > 1 else 0)
    return replace(column, scale=NO_SCALE)
