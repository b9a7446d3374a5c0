"""A text in pieces that a reader takes for one character each: letter and accent, flag, family.

A short form of the rules of Unicode (UAX 29): enough that no mark ever stands between a letter and what
belongs to it.
"""

import unicodedata
from collections.abc import Iterator

JOINER = "\u200d"
_EXTENDING = frozenset({"Mn", "Me", "Mc"})
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
_LEADING, _VOWELS, _TRAILING = range(0x1100, 0x1160), range(0x1160, 0x11A8), range(0x11A8, 0x1200)


def graphemes(text: str) -> list[str]:
    """The text in its characters as a reader counts them; joined together they are the text."""
    if text.isascii() and "\r\n" not in text:
        return list(text)
    return list(_clusters(text))


def _clusters(text: str) -> Iterator[str]:
    start = flags = 0
    for position, character in enumerate(text):
        is_flag = ord(character) in _FLAGS
        if position > start and not _belongs(text[position - 1], character, flags):
            yield text[start:position]
            start, flags = position, 0
        flags += is_flag
    if start < len(text):
        yield text[start:]


def _belongs(before: str, character: str, flags: int) -> bool:
    """Whether a character is one with the character before it; `flags` counts those of its cluster."""
    code, last = ord(character), ord(before)
    if unicodedata.category(character) in _EXTENDING or character == JOINER:
        return before not in "\r\n"
    if code in _SKIN_TONES or code in _TAGS or (before == JOINER and _is_picture(character)):
        return True
    if (before, character) == ("\r", "\n") or (code in _FLAGS and last in _FLAGS and flags % 2 == 1):
        return True
    return (last in _LEADING and (code in _LEADING or code in _VOWELS)) or (
        (last in _VOWELS or last in _TRAILING)
        and (code in _TRAILING or (code in _VOWELS and last in _VOWELS))
    )


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) == "So"
