"""How values travel: numbers in pairs of digits, moments byte by byte, floats so that their bytes sort."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from smoke_pipeline_tests.oracle_standin.columns import MOMENTS, TEXTS, Column, OraError, Type

NATIONAL = 2
"""Character set form of texts that travel as UTF-16."""


@dataclass(frozen=True, order=True)
class Moment:
    """A timestamp to the nanosecond; with an offset its wall clock is that of the offset."""

    at: datetime
    nanos: int = 0
    offset: timedelta | None = None

    @property
    def utc(self) -> "Moment":
        return Moment(self.at - (self.offset or timedelta()), self.nanos)


class PaddedText(str):
    """A text of fixed length, or a literal: two of them are the same whatever blanks they end in."""

    __slots__ = ()


@dataclass(frozen=True)
class Months:
    """An interval of years and months."""

    months: int


def moment(text: str, offset: str | None = None) -> Moment:
    """A moment as it is written, such as `2024-01-02 03:04:05.000000001` and `+02:00`."""
    seconds, _, fraction = text.partition(".")
    shift = None
    if offset:
        hours, minutes = offset[1:].split(":")
        shift = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if offset[0] == "-" else 1)
    return Moment(datetime.fromisoformat(seconds), int(fraction.ljust(9, "0") or 0), shift)


def encode(column: Column, value: Any) -> bytes:
    """The bytes of a value that is not NULL."""
    if column.type in TEXTS:
        return value.encode("utf-16-be" if column.is_national else "utf-8")
    if column.type in MOMENTS:
        return _encode_moment(column.type, value)
    if column.type not in _ENCODERS:
        raise OraError(600, f"the stand-in cannot send a {column.type.name}")
    return _ENCODERS[column.type](value)


def decode(kind: int, form: int, data: bytes) -> Any:
    """The value of a bind."""
    if kind in TEXTS:
        text = data.decode("utf-16-be" if form == NATIONAL else "utf-8")
        return PaddedText(text) if kind == Type.CHAR else text
    if kind == Type.NUMBER:
        return decode_number(data)
    if kind in MOMENTS:
        year = (data[0] - 100) * 100 + data[1] - 100
        nanos = struct.unpack(">I", data[7:11])[0] if len(data) >= 11 else 0
        clock = (data[4] - 1, data[5] - 1, data[6] - 1, nanos // 1000)
        return datetime(year, data[2], data[3], *clock)
    if kind == Type.BINARY_DOUBLE:
        return _decode_double(data)
    return data


def encode_number(value: Decimal) -> bytes:
    """An exponent to the base 100, then pairs of digits; of a negative number everything is turned round."""
    if not value:
        return b"\x80"
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    stripped = text.lstrip("0")
    point -= len(text) - len(stripped)
    stripped = stripped.rstrip("0")
    if point % 2:
        stripped, point = "0" + stripped, point + 1
    stripped += "0" * (len(stripped) % 2)
    pairs = [int(stripped[place : place + 2]) for place in range(0, len(stripped), 2)]
    first = point // 2 + 192
    if not sign:
        return bytes([first, *(pair + 1 for pair in pairs)])
    end = [102] if len(pairs) < 20 else []
    return bytes([255 - first, *(101 - pair for pair in pairs), *end])


def decode_number(data: bytes) -> Decimal:
    """The reverse of `encode_number`."""
    if data == b"\x80":
        return Decimal(0)
    is_positive = bool(data[0] & 0x80)
    exponent = (data[0] if is_positive else 255 - data[0]) - 193
    pairs = data[1:] if is_positive else data[1:].removesuffix(b"\x66")
    digits = "".join(f"{pair - 1 if is_positive else 101 - pair:02d}" for pair in pairs)
    sign = "" if is_positive else "-"
    return Decimal(f"{sign}{digits}E{(exponent - len(pairs) + 1) * 2}")  # arithmetic would round


def _encode_moment(kind: Type, value: Any) -> bytes:
    found = value if isinstance(value, Moment) else Moment(value)
    at = found.utc.at if kind == Type.TIMESTAMP_TZ else found.at
    data = bytes(
        [
            at.year // 100 + 100,
            at.year % 100 + 100,
            at.month,
            at.day,
            at.hour + 1,
            at.minute + 1,
            at.second + 1,
        ]
    )
    if kind == Type.DATE:
        return data
    nanos = found.nanos or at.microsecond * 1000
    if kind != Type.TIMESTAMP_TZ:
        return data + (struct.pack(">I", nanos) if nanos else b"")
    minutes = int((found.offset or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = 1 if minutes >= 0 else -1
    return data + struct.pack(">IBB", nanos, sign * hours + 20, sign * rest + 60)


def _encode_float(form: str, value: float) -> bytes:
    data = struct.pack(form, value)
    if data[0] & 0x80:
        return bytes(255 - byte for byte in data)
    return bytes([data[0] | 0x80]) + data[1:]


def _decode_double(data: bytes) -> float:
    """The reverse of `_encode_float`."""
    is_positive = bool(data[0] & 0x80)
    first = data[0] & 0x7F if is_positive else 255 - data[0]
    rest = data[1:] if is_positive else bytes(255 - byte for byte in data[1:])
    return float(struct.unpack(">d", bytes([first]) + rest)[0])


def _encode_interval(value: timedelta) -> bytes:
    sign = -1 if value < timedelta() else 1
    size = abs(value)
    hours, minutes, seconds = size.seconds // 3600, size.seconds // 60 % 60, size.seconds % 60
    return struct.pack(
        ">IBBBI",
        sign * size.days + 2**31,
        sign * hours + 60,
        sign * minutes + 60,
        sign * seconds + 60,
        sign * size.microseconds * 1000 + 2**31,
    )


def _encode_months(value: Months) -> bytes:
    years, months = divmod(value.months, 12)
    return struct.pack(">IB", years + 2**31, months + 60)


_ENCODERS: dict[Type, Callable[[Any], bytes]] = {
    Type.NUMBER: lambda value: encode_number(Decimal(value)),
    Type.RAW: bytes,
    Type.BINARY_DOUBLE: lambda value: _encode_float(">d", value),
    Type.BINARY_FLOAT: lambda value: _encode_float(">f", value),
    Type.BOOLEAN: lambda value: b"\x01\x01" if value else b"\x00",
    Type.INTERVAL_DS: _encode_interval,
    Type.INTERVAL_YM: _encode_months,
}
