"""The families of values: only values of one family can ever be the same."""

from enum import StrEnum

import pyarrow as pa
import pyarrow.types as pt


class Family(StrEnum):
    """The letter that stands before a canonical value."""

    TEXT = "t"
    NUMBER = "n"
    BOOLEAN = "b"
    DATE = "d"
    TIMESTAMP = "s"
    INSTANT = "z"
    TIME = "h"
    DURATION = "u"
    BINARY = "x"
    NULL = "0"
    """A column without any value; it fits every other."""


_TESTS = (
    (pt.is_null, Family.NULL),
    (pt.is_boolean, Family.BOOLEAN),
    (pt.is_integer, Family.NUMBER),
    (pt.is_floating, Family.NUMBER),
    (pt.is_decimal, Family.NUMBER),
    (pt.is_date, Family.DATE),
    (pt.is_time, Family.TIME),
    (pt.is_duration, Family.DURATION),
    (pt.is_string, Family.TEXT),
    (pt.is_large_string, Family.TEXT),
    (pt.is_string_view, Family.TEXT),
)


def family_of(data_type: pa.DataType) -> Family:
    """The family of an Arrow type that can be compared (`readers.types.require_comparable`)."""
    if pt.is_timestamp(data_type):
        return Family.INSTANT if data_type.tz else Family.TIMESTAMP
    return next((family for is_type, family in _TESTS if is_type(data_type)), Family.BINARY)
