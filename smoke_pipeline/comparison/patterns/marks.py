"""What a glance at the bytes of a text tells, a whole column at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Numbers = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

LONGEST = 4_000
"""Bytes of the longest text that can be looked at; the sum over a longer one would not fit."""
LONGEST_COUNTED = 255
"""Bytes up to which the counts are right."""
WHITE_SPACE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
"""The ASCII characters that Python's `str.strip` takes away."""

_BLOCK_BYTES = 65_536
"""Bytes whose weights are summed in one go; they stay in the cache."""
_FOLDED_BITS, _COUNT_BITS = 32, 8
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LETTERS_OF_MOMENTS = "tz" + "".join(sorted(set("janfebmaraprmayjunjulaugsepoctnovdec")))
_OF_NUMBERS = "0123456789+-.eE"
_OF_MOMENTS = "0123456789/.-:,+" + WHITE_SPACE + _LETTERS_OF_MOMENTS + _LETTERS_OF_MOMENTS.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is known of each text of a column; a count is of bytes, and right up to `LONGEST_COUNTED`."""

    length: Numbers
    digits: Counts
    letters: Counts
    beyond_numbers: Counts
    """What no decimal number holds."""
    beyond_moments: Counts
    """What no date or time holds that is read here."""
    folded: npt.NDArray[np.uint32]
    """The same for two ASCII texts that differ in case and white space alone; seldom so for others."""
    start: Numbers
    """The first two bytes as a number; -1 where there are fewer."""


def marks_of(texts: pl.Series, *, ascii_alone: bool = False) -> Marks:
    """Look at texts without NULL, none of them longer than `LONGEST` bytes.

    Args:
        texts: The texts.
        ascii_alone: Whether neither a letter beyond ASCII nor a question mark, which may stand for one, is to
            play a part in `folded`.
    """
    data, offsets = _bytes_of(texts)
    sums = _summed(data, offsets, _WEIGHTS_OF_ASCII if ascii_alone else _WEIGHTS)
    counts = sums.view(np.uint8).reshape(-1, 8)[:, _FOLDED_BITS // 8 :].T
    length = np.diff(offsets)
    digits, letters, beyond_numbers, beyond_moments = counts
    return Marks(
        length=length,
        digits=digits,
        letters=letters,
        beyond_numbers=beyond_numbers,
        beyond_moments=beyond_moments,
        folded=sums.view(np.uint32)[::2],
        start=_starts(data, offsets, length),
    )


def _bytes_of(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], Numbers]:
    """All bytes one after the other, and where each text begins; one more for the end."""
    array = pa.array(texts.to_arrow()).cast(pa.large_string())
    _, begins, content = array.buffers()
    offsets = np.frombuffer(begins, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    return data, offsets - offsets[0]


def _summed(
    data: npt.NDArray[np.uint8], offsets: Numbers, weights: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint64]:
    """The sum of the weights of each text, little-endian whatever the machine."""
    sums = np.zeros(len(offsets) - 1, dtype="<u8")
    filled = np.flatnonzero(np.diff(offsets))
    begins = np.append(offsets[filled], len(data))
    longest = int(np.diff(begins).max(initial=0))
    room = np.empty(_BLOCK_BYTES + longest, dtype=np.uint64)
    first = 0
    while first < len(filled):
        last = int(np.searchsorted(begins, begins[first] + _BLOCK_BYTES))
        block = data[begins[first] : begins[min(last, len(filled))]]
        weighed = np.take(weights, block, mode="clip", out=room[: len(block)])
        sums[filled[first:last]] = np.add.reduceat(
            weighed, begins[first : min(last, len(filled))] - begins[first]
        )
        first = last
    return sums


def _starts(data: npt.NDArray[np.uint8], offsets: Numbers, length: Numbers) -> Numbers:
    has_two = length >= 2
    first = offsets[:-1][has_two]
    starts = np.full(len(length), -1, dtype=np.int64)
    starts[has_two] = data[first].astype(np.int64) << 8 | data[first + 1]
    return starts


def _weights() -> npt.NDArray[np.uint64]:
    """For each byte a random weight: none for white space, one for both cases; above it the counts."""
    tests: tuple[Callable[[str], bool], ...] = (
        lambda sign: sign in "0123456789",
        lambda sign: sign.lower() in _LETTERS,
        lambda sign: sign not in _OF_NUMBERS,
        lambda sign: sign not in _OF_MOMENTS,
    )
    weights = np.random.default_rng(7).integers(1, 2**_FOLDED_BITS // LONGEST, 256, dtype=np.uint64)
    for sign in WHITE_SPACE:
        weights[ord(sign)] = 0
    for sign in _LETTERS:
        weights[ord(sign.upper())] = weights[ord(sign)]
    for number in range(256):
        counted = (test(chr(number)) if number < 128 else place > 1 for place, test in enumerate(tests))
        for place, counts in enumerate(counted):
            weights[number] += np.uint64(counts << _FOLDED_BITS + _COUNT_BITS * place)
    return weights


def _without_folded(weights: npt.NDArray[np.uint64], signs: Iterable[int]) -> npt.NDArray[np.uint64]:
    """The weights with nothing but the counts for some bytes."""
    changed = weights.copy()
    for sign in signs:
        changed[sign] &= ~np.uint64(2**_FOLDED_BITS - 1)
    return changed


_WEIGHTS = _weights()
_WEIGHTS_OF_ASCII = _without_folded(_WEIGHTS, (ord("?"), *range(128, 256)))
