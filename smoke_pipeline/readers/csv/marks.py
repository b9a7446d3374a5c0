"""Where a byte stands in a text, as one bit for each byte of the text."""

from collections.abc import Iterator
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Words = NDArray[np.uint64]

_PIECE = 512 * 1024
"""So much text is looked at together with what is made of it, and that stays in the processor's cache."""
_SELDOM = 16
"""A byte is seldom where it stands at most once in so many bytes."""
_ONE = np.uint64(1)
_LAST = np.uint64(63)
_ALL = np.uint64(2**64 - 1)


class Marks:
    """Marks each place of a text at which one byte stands."""

    def __init__(self, text: Bytes, byte: int) -> None:
        self._words = np.zeros(len(text) // 64 + 2, np.uint64)
        bits = self._words.view(np.uint8)
        for start, is_byte in _pieces(text, byte):
            packed = np.packbits(is_byte, bitorder="little")
            bits[start // 8 : start // 8 + len(packed)] = packed

    @property
    def places(self) -> Places:
        """The marked places, in order."""
        if int(np.bitwise_count(self._words).sum()) > 64 * len(self._words) // _SELDOM:
            return np.flatnonzero(np.unpackbits(self._words.view(np.uint8), bitorder="little"))
        numbers = np.flatnonzero(self._words != 0)
        words, found = self._words[numbers], [np.empty(0, np.int64)]
        while len(words):
            found.append(64 * numbers + _lowest(words))
            words &= words - _ONE
            is_left = words != 0
            numbers, words = numbers[is_left], words[is_left]
        return np.sort(np.concatenate(found), kind="stable")  # which makes use of the order within each

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which bytes are marked; longer than the text."""
        return np.unpackbits(self._words.view(np.uint8), bitorder="little").view(np.bool_)

    @property
    def has_neighbours(self) -> bool:
        """Whether two marks stand side by side."""
        within = self._words & (self._words >> _ONE)
        across = (self._words[:-1] >> _LAST) & self._words[1:] & _ONE
        return bool(within.any() or across.any())

    def before(self, places: Places) -> Places:
        """How many marks stand before each of some places."""
        word = places >> 6
        below = (_ONE << (places & 63).astype(np.uint64)) - _ONE
        found: Places = self._before[word] + np.bitwise_count(self._words[word] & below)
        return found

    def nth(self, numbers: Places) -> Places:
        """Where the marks of some numbers stand, the first mark being number 0; there must be so many."""
        number = np.searchsorted(self._before, numbers, "right") - 1
        left, words, places = numbers - self._before[number], self._words[number], 64 * number
        for width in (32, 16, 8, 4, 2, 1):  # in which half of the bits it stands
            below = np.bitwise_count(words & ((_ONE << np.uint64(width)) - _ONE))
            is_above = left >= below
            left -= below * is_above
            shift = width * is_above
            places += shift
            words >>= shift.astype(np.uint64)
        return places

    def after(self, places: Places) -> Places:
        """The first mark at or after each of some places; there must be one."""
        number = places >> 6
        words = self._words[number] >> (places & 63).astype(np.uint64)
        found = places + _lowest(words)
        missing = np.flatnonzero(words == 0)
        number = number[missing]
        while len(missing):
            number += 1
            words = self._words[number]
            found[missing] = 64 * number + _lowest(words)
            is_missing = words == 0
            number, missing = number[is_missing], missing[is_missing]
        return found

    @property
    def spans(self) -> Words:
        """The places from each first mark of a pair on, up to its second one, as bits."""
        spans = self._words.copy()
        for width in (1, 2, 4, 8, 16, 32):
            spans ^= spans << np.uint64(width)
        is_odd = np.bitwise_count(self._words) & np.uint8(1)
        is_open = np.bitwise_xor.accumulate(is_odd)[:-1]  # a span goes on into the next word
        spans[1:] ^= is_open * _ALL
        return spans

    def without(self, spans: Words) -> Self:
        """Take away the marks within some spans of the same text, or of a longer one."""
        self._words &= ~spans[: len(self._words)]
        self.__dict__.pop("_before", None)
        return self

    @cached_property
    def _before(self) -> Places:
        """How many marks stand before each word."""
        before = np.zeros(len(self._words), np.int64)
        np.cumsum(np.bitwise_count(self._words[:-1]), out=before[1:])
        return before


def _lowest(words: Words) -> NDArray[np.uint8]:
    """Which bit of each word is the lowest; 64 where there is none."""
    return np.bitwise_count(~words & (words - _ONE))


def has_byte(text: Bytes, byte: int) -> bool:
    """Whether a byte occurs."""
    return any(is_byte.any() for _, is_byte in _pieces(text, byte))


def _pieces(text: Bytes, byte: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Which bytes of a text are a certain one, piece by piece, with its start; the room is used again."""
    room = np.empty(min(_PIECE, len(text)), np.bool_)
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        yield start, np.equal(piece, byte, out=room[: len(piece)])
