"""Patterns by whole columns: what can be proved without looking at one pair at a time.

Every answer is that of `one_pair.pattern_of`. What is not proved here is asked of it, once for each pair.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from smoke_pipeline.comparison.patterns import plain_moments, plain_numbers
from smoke_pipeline.comparison.patterns.details import ISO_IN_A_ZONE, ISO_TO_ISO, detail_of
from smoke_pipeline.comparison.patterns.marks import (
    LONGEST,
    LONGEST_COUNTED,
    WHITE_SPACE,
    Marks,
    Mask,
    marks_of,
)
from smoke_pipeline.comparison.patterns.one_pair import LEAST_TRUNCATED, NULL_WORDS, pattern_of

FEW = 100
"""Pairs up to which looking at each costs less than preparing to look at all."""
_FIRST = 20
"""Texts that tell whether a column may hold numbers."""
_SLICE_ROWS, _SLICE_BYTES = 32_768, 1_000_000
"""What is looked at in one go; it bounds the memory, and stays in the caches of the processor."""
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SPACES = "[" + "".join(f"\\x{ord(sign):02x}" for sign in WHITE_SPACE) + "]+"
Places = npt.NDArray[np.intp]
_RARE = (
    r"[\u0300-\u036f\u00df\u0130\u0149\u017f\u01f0\u037e"
    r"\u1e96-\u1e9a\u1e9e\u1fef\u2126\u212a\u212b\ufb00-\ufb06]"
)
"""Letters beyond ASCII that make letters of ASCII when they are folded or composed, or take them away."""
_SCHEMA = {"pattern": pl.String, "detail": pl.String}


def patterns_of(pairs: pl.DataFrame) -> pl.Series:
    """The pattern of each pair of texts, NULL where none fits.

    Args:
        pairs: Columns `source` and `target` of text; no row needs to be distinct.
    """
    return recognised(pairs)["pattern"]


def recognised(pairs: pl.DataFrame) -> pl.DataFrame:
    """The `pattern` of each pair of texts, and the `detail` that many may share (see `details`)."""
    if pairs.height > FEW:
        return by_columns(pairs)
    known = _Slice(pairs)
    _ask(known)
    return known.answers()


def by_columns(pairs: pl.DataFrame) -> pl.DataFrame:
    """As `recognised`, whatever the number of pairs."""
    found = [_look(part) for part in _slices(pairs)]
    return pl.concat(found, rechunk=True) if found else pl.DataFrame(schema=_SCHEMA)


def _slices(pairs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The pairs in order, a bounded number of rows and of bytes at a time, one row at least."""
    for first in range(0, pairs.height, _SLICE_ROWS):
        part = pairs[first : first + _SLICE_ROWS]
        size = sum(int(part[side].str.len_bytes().clip(0, LONGEST).sum()) for side in ("source", "target"))
        rows = -(-part.height // max(1, -(-size // _SLICE_BYTES)))
        yield from (part[start : start + rows] for start in range(0, part.height, rows))


class _Words:
    """Texts by number; 0 stands for none."""

    def __init__(self, rows: int) -> None:
        self.numbers = np.zeros(rows, dtype=np.int32)
        self._known: dict[str | None, int] = {None: 0}

    def put(self, places: Places, word: str | None) -> None:
        """Say one word of some rows."""
        self.numbers[places] = self._known.setdefault(word, len(self._known))

    def put_each(self, places: Places, values: npt.NDArray, prefix: str = "") -> None:
        """Say a word of each of some rows, the prefix and its value."""
        if not len(places):
            return
        distinct, inverse = np.unique(values, return_inverse=True)
        known = [self._known.setdefault(f"{prefix}{value}", len(self._known)) for value in distinct]
        self.numbers[places] = np.array(known, dtype=np.int32)[inverse]

    def series(self) -> pl.Series:
        """The words of all rows."""
        return pl.Series(list(self._known), dtype=pl.String).gather(pl.Series(self.numbers))


class _Slice:
    """Pairs of which less and less is open."""

    def __init__(self, pairs: pl.DataFrame) -> None:
        self.pairs = pairs
        self.pattern, self.detail = _Words(pairs.height), _Words(pairs.height)
        self.is_open: Mask = np.ones(pairs.height, dtype=bool)

    def settle(self, places: Places, pattern: str | None = None, detail: str | None = None) -> None:
        """Say what is known of some pairs; nothing more will be asked of them."""
        self.pattern.put(places, pattern)
        self.detail.put(places, detail)
        self.is_open[places] = False

    def answers(self) -> pl.DataFrame:
        """What was settled."""
        return pl.DataFrame({"pattern": self.pattern.series(), "detail": self.detail.series()})

    def texts(self, places: Places) -> tuple[pl.Series, pl.Series]:
        """The source's and the target's texts at some places."""
        if len(places) == self.pairs.height:
            return self.pairs["source"], self.pairs["target"]
        index = pl.Series(places, dtype=pl.UInt32)
        return self.pairs["source"].gather(index), self.pairs["target"].gather(index)


def _look(pairs: pl.DataFrame) -> pl.DataFrame:
    known = _Slice(pairs)
    _settle_nulls(known)
    places = np.flatnonzero(_is_simple(pairs["source"]) & _is_simple(pairs["target"]) & known.is_open)
    if _begins_with_numbers(pairs):
        places = places[_settle_numbers(known, places)]
    if len(places):
        source, target = known.texts(places)
        _settle_ascii(known, places, marks_of(source), marks_of(target))
    _settle_unrelated(known)
    _ask(known)
    return known.answers()


def _is_simple(texts: pl.Series) -> Mask:
    """Which texts are ASCII, and not too long to be looked at."""
    size = texts.str.len_bytes()
    return ((size <= LONGEST) & (size == texts.str.len_chars())).fill_null(value=False).to_numpy()


def _settle_unrelated(known: _Slice) -> None:
    """Texts beyond ASCII that have nothing to do with each other.

    Whatever case, white space, composition or a wrong encoding do to a text, its letters of ASCII stay,
    unless rare ones are in it; and what is the beginning of another text begins as that does.
    """
    is_short = [
        (known.pairs[side].str.len_bytes() <= LONGEST_COUNTED).fill_null(value=False).to_numpy()
        for side in known.pairs.columns
    ]
    places = np.flatnonzero(known.is_open & is_short[0] & is_short[1])
    if not len(places):
        return
    texts = known.texts(places)
    one, other = (marks_of(text, ascii_alone=True) for text in texts)
    has_rare = (texts[0].str.contains(_RARE) | texts[1].str.contains(_RARE)).to_numpy()
    is_beginning = (one.start == other.start) & (one.start >= 0)
    is_number_or_moment = (one.beyond_numbers == 0) & (other.beyond_numbers == 0)
    is_number_or_moment |= np.minimum(one.digits, other.digits) >= plain_moments.LEAST_DIGITS
    is_related = (one.folded == other.folded) | has_rare | is_beginning | is_number_or_moment
    known.settle(places[~is_related])


def _settle_nulls(known: _Slice) -> None:
    """NULL against a text: the empty one, a word for NULL, or nothing."""
    source, target = known.pairs["source"], known.pairs["target"]
    places = (source.is_null() | target.is_null()).arg_true().to_numpy()
    if not len(places):
        return
    other = source.fill_null(target).gather(places)
    stripped = other.str.strip_chars(WHITE_SPACE)
    is_word = stripped.str.to_lowercase().is_in(sorted(NULL_WORDS)).fill_null(value=False)
    is_empty = (stripped == "").fill_null(value=False).to_numpy()
    known.settle(places)
    known.settle(places[is_empty], "null_empty")
    known.settle(places[is_word.to_numpy()], "null_word")
    is_told = (is_empty | is_word.to_numpy()) & (other != "").fill_null(value=False).to_numpy()
    known.detail.put_each(places[is_told], other.to_numpy()[is_told])
    is_ascii = (other.str.len_bytes() == other.str.len_chars()).fill_null(value=True)
    known.is_open[places[~is_ascii.to_numpy()]] = True


def _settle_ascii(known: _Slice, places: Places, one: Marks, other: Marks) -> None:
    """Take what two short texts may be, one kind after the other; what is none of them has no pattern.

    Each stage settles what it knows, and tells which pairs are not of its kind; the rest stays open.
    """
    goes_on = np.ones(len(places), dtype=bool)
    may_be_numbers = (one.beyond_numbers == 0) & (other.beyond_numbers == 0)
    may_be_numbers &= np.maximum(one.length, other.length) <= LONGEST_COUNTED
    for is_candidate, stage in (
        (one.folded == other.folded, _settle_spellings),
        (may_be_numbers, _settle_or_rule_out_numbers),
        (plain_moments.may_be_moments(one, other), _settle_moments),
        ((one.start == other.start) & (one.start >= 0), _settle_truncated),
    ):
        chosen = np.flatnonzero(goes_on & is_candidate)
        if len(chosen):
            goes_on[chosen] = stage(known, places[chosen])
    known.settle(places[goes_on])


def _settle_spellings(known: _Slice, places: Places) -> Mask:
    """Texts that differ in case and white space alone."""
    source, target = known.texts(places)
    stripped = source.str.strip_chars(WHITE_SPACE), target.str.strip_chars(WHITE_SPACE)
    lowered = source.str.to_lowercase(), target.str.to_lowercase()
    both = [text.str.to_lowercase() for text in stripped]
    squeezed = [text.str.replace_all(_SPACES, "") for text in lowered]
    is_alike = (squeezed[0] == squeezed[1]).to_numpy()
    known.settle(places[is_alike], "inner_white_space")
    for name, pair in (("white_space_and_case", both), ("case", lowered), ("white_space", stripped)):
        known.settle(places[(pair[0] == pair[1]).to_numpy()], name)
    known.settle(places[(source == target).to_numpy()])
    return ~is_alike


def _settle_numbers(known: _Slice, places: Places) -> Mask:
    """Two plain numbers; no white space is in them, and no letter."""
    goes_on = np.ones(len(places), dtype=bool)
    source, _ = known.texts(places)
    ours = plain_numbers.read(source)
    chosen = np.flatnonzero(ours.is_read)
    if not len(chosen):
        return goes_on
    places = places[chosen]
    source, target = known.texts(places)
    found = plain_numbers.number_patterns(ours.at(chosen), plain_numbers.read(target))
    known.settle(places[found.is_decided])
    for name, is_such in found.patterns.items():
        known.settle(places[is_such], name)
    known.settle(places[found.patterns["number_format"] & (source == target).to_numpy()])
    scaled, rounded = found.patterns["scaled"], found.patterns["rounded"]
    known.detail.put_each(places[scaled], found.exponent[scaled])
    for side, is_coarse in (("target ", found.is_target_coarse), ("source ", ~found.is_target_coarse)):
        known.detail.put_each(places[rounded & is_coarse], found.places[rounded & is_coarse], side)
    goes_on[chosen] = ~found.is_decided
    return goes_on


def _settle_or_rule_out_numbers(known: _Slice, places: Places) -> Mask:
    """As `_settle_numbers`; goes on with pairs that are not two numbers, however they are written."""
    goes_on = _settle_numbers(known, places)
    source, target = known.texts(places[goes_on])
    goes_on[goes_on] = ~(source.str.contains(_NUMBER) & target.str.contains(_NUMBER)).to_numpy()
    return goes_on


def _begins_with_numbers(pairs: pl.DataFrame) -> bool:
    """Whether numbers should be looked for first; the answers do not depend on it."""
    return bool(plain_numbers.read(pairs["source"].head(_FIRST)).is_read.any())


def _settle_moments(known: _Slice, places: Places) -> Mask:
    are_candidates = np.flatnonzero(plain_moments.look_like_moments(*known.texts(places)))
    is_ruled_out = np.ones(len(places), dtype=bool)
    is_ruled_out[are_candidates] = False
    if len(are_candidates):
        chosen = places[are_candidates]
        found = plain_moments.moment_patterns(*known.texts(chosen))
        for needs_zone, detail in ((False, ISO_TO_ISO), (True, ISO_IN_A_ZONE)):
            known.settle(chosen[found.is_format & (found.needs_zone == needs_zone)], "date_format", detail)
        known.settle(chosen[found.is_shifted], "shifted")
        known.detail.put_each(chosen[found.is_shifted], found.apart_s[found.is_shifted])
        is_ruled_out[are_candidates[found.is_decided & ~found.is_format & ~found.is_shifted]] = True
    return is_ruled_out


def _settle_truncated(known: _Slice, places: Places) -> Mask:
    """One is the beginning of the other, and neither a number nor a date."""
    source, target = known.texts(places)
    ours, theirs = source.str.strip_chars_end(WHITE_SPACE), target.str.strip_chars_end(WHITE_SPACE)
    is_target_short = ours.str.len_bytes() > theirs.str.len_bytes()
    short, long = theirs.zip_with(is_target_short, ours), ours.zip_with(is_target_short, theirs)
    starts_with = pl.col("long").str.starts_with(pl.col("short"))
    is_start = pl.DataFrame({"long": long, "short": short}).select(starts_with).to_series() & (
        short.str.len_bytes() >= LEAST_TRUNCATED
    )
    is_start &= ~short.str.contains(_NUMBER)
    is_sure = (is_start & ~short.str.contains(_DATE)).to_numpy()
    length = target.zip_with(is_target_short, source).str.len_bytes().to_numpy()
    known.settle(places[is_sure], "truncated")
    for side, is_short in (("target ", is_target_short), ("source ", ~is_target_short)):
        is_such = is_sure & is_short.to_numpy()
        known.detail.put_each(places[is_such], length[is_such], side)
    return ~is_start.to_numpy()


def _ask(known: _Slice) -> None:
    """Look at what is left one distinct pair at a time."""
    answer = cache(_answer)
    places = np.flatnonzero(known.is_open)
    found: defaultdict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for place, one, other in zip(places.tolist(), *map(pl.Series.to_list, known.texts(places)), strict=True):
        found[answer(one, other)].append(place)
    for (pattern, detail), where in found.items():
        known.settle(np.array(where), pattern, detail)


def _answer(source: str | None, target: str | None) -> tuple[str | None, str | None]:
    pattern = pattern_of(source, target)
    return pattern, detail_of(pattern, source, target)
