"""What kind of difference a cell shows: only another way to write a value, or a change with a known shape.

A pattern is a guess for people. It never changes a count of rows, and nothing is forgiven because of it.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
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

_NULL_WORDS = frozenset({"null", "none", "n/a", "na", "nan", "nil", "-", "\\n"})
_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d-%m-%Y", "%Y%m%d%H%M%S")
_WORTH_CALLING_CUT = 2
_DIGITS, _DIGITS_OF_A_DATE = re.compile(r"[0-9]"), 6
_QUARTER, _LARGEST_OFFSET, _DAY = timedelta(minutes=15), timedelta(hours=14), timedelta(days=1)
_LONGEST_NUMBER = 60
_MOST_SHIFTS = 6
"""Decimal places up to which a change is called a change of unit."""


def pattern_of(source: str | None, target: str | None) -> str | None:
    """The name of the first pattern that fits two values that differ, or None.

    Swapped values cannot be seen in one cell; the engine looks for them in whole rows.
    """
    if source is None or target is None:
        return _of_null(source if target is None else target)
    digits = min(len(_DIGITS.findall(source)), len(_DIGITS.findall(target)))
    fitting = [_OF_TEXT]
    if digits:
        fitting.append(_OF_NUMBERS)
    if digits >= _DIGITS_OF_A_DATE:
        fitting.append(_OF_MOMENTS)
    fitting.append(_OF_DAMAGE)
    return next((name for tests in fitting for name, fits in tests.items() if fits(source, target)), None)


def _of_null(other: str | None) -> str | None:
    if other == "":
        return "null_empty"
    return "null_word" if other is not None and other.strip().lower() in _NULL_WORDS else None


def _is_white_space(one: str, other: str) -> bool:
    return one.strip() == other.strip()


def _is_case(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _is_white_space_and_case(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _is_inner_white_space(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _is_unicode(one: str, other: str) -> bool:
    return not (one.isascii() and other.isascii()) and normalize("NFC", one) == normalize("NFC", other)


def _is_number_format(one: str, other: str) -> bool:
    spelling = numbers.spell(one)
    return spelling is not None and spelling == numbers.spell(other)


def _is_date_format(one: str, other: str) -> bool:
    ours, theirs = _moments(one), _moments(other)
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
    pairs = list(zip(one, other, strict=False))
    changed = [(a, b) for a, b in pairs if a != b]
    is_lost = all((a in lost and not b.isascii()) or (b in lost and not a.isascii()) for a, b in changed)
    return len(one) == len(other) and bool(changed) and is_lost


def _is_sign(one: str, other: str) -> bool:
    pair = _numbers(one, other)
    return pair is not None and pair[0] == -pair[1]


def _is_scaled(one: str, other: str) -> bool:
    pair = _numbers(one, other)
    if pair is None or not pair[0] or not pair[1]:
        return False
    ours, theirs = (number.as_tuple() for number in pair)
    significant = ["".join(map(str, parts.digits)).strip("0") for parts in (ours, theirs)]
    distance = abs(pair[0].adjusted() - pair[1].adjusted())
    return significant[0] == significant[1] and ours.sign == theirs.sign and 0 < distance <= _MOST_SHIFTS


def _is_rounded(one: str, other: str) -> bool:
    pair = _numbers(one, other)
    if pair is None:
        return False
    places = [max(0, -int(number.as_tuple().exponent)) for number in pair]
    if places[0] == places[1]:
        return False
    fine, coarse = pair if places[0] > places[1] else pair[::-1]
    unit = Decimal(1).scaleb(-min(places))
    with localcontext() as context:
        context.prec = 100
        return coarse in (fine.quantize(unit, ROUND_FLOOR), fine.quantize(unit, ROUND_CEILING))


def _is_shifted(one: str, other: str) -> bool:
    ours, theirs = moments.read_moment(one), moments.read_moment(other)
    if ours is None or theirs is None or ours.fraction != theirs.fraction:
        return False
    distance = abs(ours.clock - theirs.clock)
    return distance == _DAY or (distance <= _LARGEST_OFFSET and not distance % _QUARTER)


def _is_truncated(one: str, other: str) -> bool:
    short, long = sorted((one.rstrip(), other.rstrip()), key=len)
    is_number = numbers.spell(short) is not None or moments.read_date(short) is not None
    return len(short) >= _WORTH_CALLING_CUT and not is_number and long.startswith(short)


def _moments(text: str) -> set[str]:
    """Every moment the text may mean."""
    found = moments.read_moment(text.strip())
    if found:
        return {found.spelling}
    day = moments.read_date(text.strip())
    if day:
        return {f"{day[1:]} 00:00:00"}
    guesses = [moments.read_formatted(text.strip(), (template,)) for template in _FORMATS]
    return {guess.spelling for guess in guesses if guess}


def _numbers(one: str, other: str) -> tuple[Decimal, Decimal] | None:
    spellings = numbers.spell(one.strip()), numbers.spell(other.strip())
    if None in spellings or max(len(one), len(other)) > _LONGEST_NUMBER:
        return None
    return Decimal(one.strip()), Decimal(other.strip())


_Fits = Callable[[str, str], bool]
_OF_TEXT: dict[str, _Fits] = {
    "white_space": _is_white_space,
    "case": _is_case,
    "white_space_and_case": _is_white_space_and_case,
    "inner_white_space": _is_inner_white_space,
    "unicode": _is_unicode,
}
_OF_NUMBERS: dict[str, _Fits] = {
    "number_format": _is_number_format,
    "sign": _is_sign,
    "scaled": _is_scaled,
    "rounded": _is_rounded,
}
_OF_MOMENTS: dict[str, _Fits] = {"date_format": _is_date_format, "shifted": _is_shifted}
_OF_DAMAGE: dict[str, _Fits] = {"encoding": _is_encoding_damage, "truncated": _is_truncated}
