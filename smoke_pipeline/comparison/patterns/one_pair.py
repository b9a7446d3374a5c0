"""What kind of difference a cell shows: only another way to write a value, or a change with a known shape.

A pattern is a guess for people. It never changes a count of rows, and nothing is forgiven because of it.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any
from unicodedata import normalize

from smoke_pipeline.comparison.values import moments, numbers

FORGIVEN_BY: dict[str, tuple[str, ...]] = {
    "null_empty": ("empty_is_null",),
    "null_word": ("null_values",),
    "white_space": ("trim",),
    "case": ("ignore_case",),
    "white_space_and_case": ("trim", "ignore_case"),
    "unicode": ("unicode",),
    "number_format": ("numeric",),
    "date_format": ("datetime",),
}
"""Pattern -> the rules that would forgive it; a pattern that is not here is a real change."""

SWAPPED = "swapped"
"""The pattern of two cells of a row that hold each other's values."""

NULL_WORDS = frozenset({"null", "none", "n/a", "na", "nan", "nil", "-", "\\n"})
FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d-%m-%Y", "%Y%m%d%H%M%S")
LEAST_TRUNCATED = 2
"""Characters of the shortest text that is called the beginning of another."""
ISO = "iso"
_DIGITS, _DIGITS_OF_A_DATE = re.compile(r"[0-9]"), 6
_LIKE_A_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ].*)?|\d{1,2}[/.-] ?\w{1,3}[/.-]\d{4}|\d{4}/\d{1,2}/ ?\d{1,2}|\d{4,6} ?\d{1,8}",
    re.DOTALL,
)
"""Whatever is written in one of the formats looks like this; to find out is cheaper than to try them all."""
_QUARTER, _LARGEST_OFFSET, _DAY = timedelta(minutes=15), timedelta(hours=14), timedelta(days=1)
_LONGEST_NUMBER = 60
_LONGEST_MOMENT = 200
_EXACT = Context(prec=4 * _LONGEST_NUMBER)
_MOST_SHIFTS = 6
"""Decimal places up to which a change is called a change of unit."""


def pattern_of(source: str | None, target: str | None) -> str | None:
    """The name of the first pattern that fits two values that differ, or None.

    Swapped values cannot be seen in one cell; the engine looks for them in whole rows.
    """
    if source == target:  # of different kinds, and shown alike
        return None
    if source is None or target is None:
        return _of_null(source if target is None else target)
    if _squeezed(source) == _squeezed(target):
        return _of_text(source, target)
    if pair := numbers_of(source, target):
        return _first_of(_OF_NUMBERS, *pair)
    if _may_be_moments(source, target) and (found := _first_of(_OF_MOMENTS, source, target)):
        return found
    return _first_of(_OF_DAMAGE, source, target)


def _may_be_moments(one: str, other: str) -> bool:
    if max(len(one), len(other)) > _LONGEST_MOMENT:
        return False
    if min(len(_DIGITS.findall(text)) for text in (one, other)) < _DIGITS_OF_A_DATE:
        return False
    return all(_LIKE_A_MOMENT.fullmatch(text.strip()) for text in (one, other))


def _first_of(tests: dict[str, Callable[[Any, Any], bool]], one: object, other: object) -> str | None:
    return next((name for name, fits in tests.items() if fits(one, other)), None)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def _of_text(one: str, other: str) -> str:
    """Which of case and white space differs, where nothing else does."""
    if one.strip() == other.strip():
        return "white_space"
    if one.casefold() == other.casefold():
        return "case"
    if one.strip().casefold() == other.strip().casefold():
        return "white_space_and_case"
    return "inner_white_space"


def _of_null(other: str | None) -> str | None:
    stripped = None if other is None else other.strip()
    if stripped == "":
        return "null_empty"
    return "null_word" if stripped is not None and stripped.lower() in NULL_WORDS else None


def _is_unicode(one: str, other: str) -> bool:
    return not (one.isascii() and other.isascii()) and normalize("NFC", one) == normalize("NFC", other)


def _is_date_format(one: str, other: str) -> bool:
    ours, theirs = ({found.spelling for found in readings(text).values()} for text in (one, other))
    return bool(ours & theirs)


def _is_encoding_damage(one: str, other: str) -> bool:
    if one.isascii() and other.isascii():
        return False
    return _misread(one) == other or _misread(other) == one or _has_lost_letters(one, other)


def _misread(text: str) -> str | None:
    try:
        return text.encode("utf-8").decode("windows-1252")
    except UnicodeError:
        return None


def _has_lost_letters(one: str, other: str) -> bool:
    """Whether a letter beyond ASCII became a question mark, and nothing else changed."""
    lost = {"?", "\ufffd"}
    if len(one) != len(other) or one == other:
        return False
    changed = ((a, b) for a, b in zip(one, other, strict=True) if a != b)
    return all((a in lost and not b.isascii()) or (b in lost and not a.isascii()) for a, b in changed)


def _is_number_format(one: Decimal, other: Decimal) -> bool:
    return one == other


def _is_sign(one: Decimal, other: Decimal) -> bool:
    return one == other.copy_negate()


def _is_scaled(one: Decimal, other: Decimal) -> bool:
    if not one or not other or not 0 < abs(one.adjusted() - other.adjusted()) <= _MOST_SHIFTS:
        return False
    ours, theirs = one.as_tuple(), other.as_tuple()
    significant = ["".join(map(str, parts.digits)).strip("0") for parts in (ours, theirs)]
    return significant[0] == significant[1] and ours.sign == theirs.sign


def _is_rounded(one: Decimal, other: Decimal) -> bool:
    places = [max(0, -int(number.as_tuple().exponent)) for number in (one, other)]
    if places[0] == places[1]:
        return False
    fine, coarse = (one, other) if places[0] > places[1] else (other, one)
    if abs(_EXACT.subtract(fine, coarse)) >= 1:
        return False
    unit = Decimal(1).scaleb(-min(places))
    return coarse in (fine.quantize(unit, ROUND_FLOOR, _EXACT), fine.quantize(unit, ROUND_CEILING, _EXACT))


def _is_shifted(one: str, other: str) -> bool:
    ours, theirs = moments.read_moment(one), moments.read_moment(other)
    if ours is None or theirs is None or ours.fraction != theirs.fraction:
        return False
    distance = abs(ours.clock - theirs.clock)
    return distance == _DAY or (distance <= _LARGEST_OFFSET and not distance % _QUARTER)


def _is_truncated(one: str, other: str) -> bool:
    short, long = sorted((one.rstrip(), other.rstrip()), key=len)
    is_number = numbers.spell(short) is not None or moments.read_date(short) is not None
    return len(short) >= LEAST_TRUNCATED and not is_number and long.startswith(short)


def readings(text: str) -> dict[str, moments.Moment]:
    """Every moment the text may mean, by the format it is then written in; `ISO` stands for ISO 8601."""
    text = text.strip()
    if found := moments.read_moment(text):
        return {ISO: found}
    if day := moments.read_date(text):
        midnight = moments.from_canonical(day)
        return {ISO: midnight} if midnight else {}
    guesses = {template: moments.read_formatted(text, (template,)) for template in FORMATS}
    return {template: guess for template, guess in guesses.items() if guess}


def numbers_of(one: str, other: str) -> tuple[Decimal, Decimal] | None:
    """Both values as numbers, if both are and neither is absurdly long or far from 1."""
    if max(len(one), len(other)) > _LONGEST_NUMBER or None in (numbers.spell(one), numbers.spell(other)):
        return None
    ours, theirs = Decimal(one), Decimal(other)
    is_sane = max(abs(number.adjusted()) for number in (ours, theirs)) <= _LONGEST_NUMBER
    return (ours, theirs) if is_sane else None


_OF_NUMBERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "number_format": _is_number_format,
    "sign": _is_sign,
    "scaled": _is_scaled,
    "rounded": _is_rounded,
}
_OF_MOMENTS: dict[str, Callable[[str, str], bool]] = {
    "date_format": _is_date_format,
    "shifted": _is_shifted,
}
_OF_DAMAGE: dict[str, Callable[[str, str], bool]] = {
    "unicode": _is_unicode,
    "encoding": _is_encoding_damage,
    "truncated": _is_truncated,
}
