"""Patterns of two plain decimal numbers, by whole columns and in exact integer arithmetic."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from smoke_pipeline.comparison.patterns.marks import Mask, Numbers

LONGEST = 60
"""Characters up to which a text is taken for a number, as one pair at a time is."""
_MOST_PLACES = 18
_TENS = 10 ** np.arange(_MOST_PLACES + 1, dtype=np.int64)
_ROOM = 9 * 10**18
"""No aligned number may pass this; 64 bits hold a little more."""
_FACTORS = _TENS[1:7]
"""The powers of ten that are called a change of unit."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of each pair of texts."""

    is_decided: Mask
    """Whether both are plain numbers that could be compared here."""
    patterns: dict[str, Mask]
    """Which pairs show a pattern; no pair shows two."""
    exponent: Numbers
    """For `scaled` the power of ten that makes of the source the target."""
    is_target_coarse: Mask
    places: Numbers
    """For `rounded` the digits after the point of the coarser side."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A column of numbers: `units` times ten to the power of minus `places`."""

    units: Numbers
    places: Numbers
    is_read: Mask

    def at(self, rows: npt.NDArray[np.intp]) -> "Plain":
        """The numbers of some rows."""
        if len(rows) == len(self.units):
            return self
        return Plain(self.units[rows], self.places[rows], self.is_read[rows])


def read(texts: pl.Series) -> Plain:
    """Read what has a sign, digits and a point at most; what is longer or has an exponent is not read."""
    length = texts.str.len_bytes().cast(pl.Int64)
    point = texts.str.find(".", literal=True)
    units = texts.str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    places = (length - 1 - point).fill_null(0)
    is_read = units.is_between(-_ROOM, _ROOM) & (places <= _MOST_PLACES) & (length <= LONGEST)
    is_read = is_read.fill_null(value=False)
    if (point == 0).any():
        is_read &= ~texts.str.contains(r"^\.[+-]")
    return Plain(units.fill_null(0).to_numpy(), places.clip(0, _MOST_PLACES).to_numpy(), is_read.to_numpy())


def number_patterns(one: Plain, other: Plain) -> Found:
    """The patterns of pairs of numbers, of the source and of the target."""
    apart = one.places - other.places
    ours, fits = _times(one.units, np.maximum(-apart, 0))
    theirs, fit = _times(other.units, np.maximum(apart, 0))
    open_ = one.is_read & other.is_read & fits & fit
    exponent = _exponent(ours, theirs)
    is_near = np.abs(ours - theirs) < _TENS[np.minimum(np.abs(apart), _MOST_PLACES)]
    patterns, is_decided = {}, open_
    for name, is_such in (
        ("number_format", ours == theirs),
        ("sign", ours == -theirs),
        ("scaled", exponent != 0),
        ("rounded", (apart != 0) & is_near),
    ):
        patterns[name] = open_ & is_such
        open_ = open_ & ~is_such
    return Found(is_decided, patterns, exponent, apart > 0, np.minimum(one.places, other.places))


def _times(units: Numbers, zeros: Numbers) -> tuple[Numbers, Mask]:
    """The units with so many zeros behind them, and whether there was room."""
    factors = _TENS[zeros]
    fits = np.abs(units) <= _ROOM // factors
    return np.where(fits, units, 0) * factors, fits


def _exponent(ours: Numbers, theirs: Numbers) -> Numbers:
    """The power of ten that makes of the source the target; 0 where none of the factors does."""
    small, large = np.minimum(np.abs(ours), np.abs(theirs)), np.maximum(np.abs(ours), np.abs(theirs))
    factor = large // np.maximum(small, 1)
    power = np.searchsorted(_FACTORS, factor)
    is_factor = (factor == _FACTORS[np.minimum(power, len(_FACTORS) - 1)]) & (factor * small == large)
    is_scaled = is_factor & (small > 0) & ((ours < 0) == (theirs < 0))
    direction = np.where(np.abs(theirs) > np.abs(ours), 1, -1)
    return np.where(is_scaled, direction * (power + 1), 0)
