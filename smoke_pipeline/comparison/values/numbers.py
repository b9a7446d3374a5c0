"""Numbers by exact value: one spelling a number, whatever its width, scale or notation."""

import re
from decimal import Context, Decimal, Inexact, Overflow, Subnormal
from fractions import Fraction

_NUMBER = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,6}))?")
_LONGEST_PLAIN = 400
"""Digits up to which a number is written out; every finite double fits."""
_EXACT = Context(prec=1200, Emax=999_999, Emin=-999_999, traps=[Inexact, Overflow, Subnormal])
_WORDS = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}


def spell(text: str) -> str | None:
    """The one spelling of the decimal number that `text` writes, or None if it writes none.

    `1.50`, `+1.5`, `15e-1` and `01.5` are all `1.5`; white space and thousands separators are not part of a
    number.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    sign, whole, after, bare, exponent = found.groups(default="")
    fraction = after or bare
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return "0"
    power = int(exponent or 0) - len(fraction) + len(digits) - len(significant)
    return ("-" if sign == "-" else "") + _written_out(significant, power)


def spell_float(text: str) -> str | None:
    """As `spell`, and also the words a binary float may be."""
    sign, word = ("-", text[1:]) if text[:1] == "-" else ("", text.removeprefix("+"))
    known = _WORDS.get(word.lower())
    if known is None:
        return spell(text)
    return known if known == "NaN" else sign + known


def _written_out(digits: str, power: int) -> str:
    point = len(digits) + power
    if not -_LONGEST_PLAIN < point <= _LONGEST_PLAIN or len(digits) > _LONGEST_PLAIN:
        return f"{digits}E{power}"
    if power >= 0:
        return digits + "0" * power
    if point > 0:
        return f"{digits[:point]}.{digits[point:]}"
    return f"0.{'0' * -point}{digits}"


def order(spelling: str) -> str:
    """A text that sorts as the number of this spelling does: by code point, as numbers by size."""
    if spelling == "0":
        return "1"
    words = {"-Infinity": "00", "Infinity": "28", "NaN": "29"}
    if spelling in words:
        return words[spelling]
    whole, _, fraction = spelling.removeprefix("-").partition(".")
    whole, _, power = whole.partition("E")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(power or 0)
    ascending = f"{_MIDDLE + point:010d}{digits.rstrip('0')}"
    if spelling[0] != "-":
        return f"2{ascending}"
    return "01" + ascending.translate(_COMPLEMENT) + "~"


_MIDDLE = 5_000_000_000
"""Stands for a point before the first digit; no text is so long that a point lies beyond ten digits."""
_COMPLEMENT = str.maketrans("0123456789", "9876543210")


def tolerance_that_decides(
    one: str, other: str, abs_tol: Decimal | None, rel_tol: Decimal | None
) -> str | None:
    """Which tolerance makes two spellings match: `abs_tol`, `rel_tol`, or None.

    `|a - b| <= max(abs_tol, rel_tol * max(|a|, |b|))`, in exact arithmetic; both must be finite.
    """
    if not (one[-1].isdigit() and other[-1].isdigit()):  # NaN and Infinity end in letters
        return None
    try:
        return _decide(Decimal(one), Decimal(other), abs_tol, rel_tol)
    except (Inexact, Overflow, Subnormal):
        return _decide_slowly(Fraction(one), Fraction(other), abs_tol, rel_tol)


def _decide(one: Decimal, other: Decimal, abs_tol: Decimal | None, rel_tol: Decimal | None) -> str | None:
    distance = _EXACT.abs(_EXACT.subtract(one, other))
    if abs_tol is not None and distance <= abs_tol:
        return "abs_tol"
    if rel_tol is not None and distance <= _EXACT.multiply(rel_tol, max(one.copy_abs(), other.copy_abs())):
        return "rel_tol"
    return None


def _decide_slowly(
    one: Fraction, other: Fraction, abs_tol: Decimal | None, rel_tol: Decimal | None
) -> str | None:
    distance = abs(one - other)
    if abs_tol is not None and distance <= Fraction(abs_tol):
        return "abs_tol"
    if rel_tol is not None and distance <= Fraction(rel_tol) * max(abs(one), abs(other)):
        return "rel_tol"
    return None
