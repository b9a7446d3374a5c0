"""Patterns of two moments as ISO 8601 writes them to the second or finer, by whole columns."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from smoke_pipeline.comparison.patterns.marks import WHITE_SPACE, Marks, Mask, Numbers

LONGEST = 200
"""Characters up to which a text is taken for a moment, as one pair at a time is."""
LEAST_DIGITS = 6
_MOST_LETTERS = 3
"""A month in letters has so many, and nothing else that is read here has more."""

_SPACE = "[" + "".join(f"\\x{ord(sign):02x}" for sign in WHITE_SPACE) + "]*"
_PERHAPS = (
    rf"^{_SPACE}(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt ].*)?"
    rf"|[0-9]{{1,2}}[/.-] ?[0-9A-Za-z]{{1,3}}[/.-][0-9]{{4}}"
    rf"|[0-9]{{4}}/[0-9]{{1,2}}/ ?[0-9]{{1,2}}|[0-9]{{4,6}} ?[0-9]{{1,8}}){_SPACE}$"
)
"""Every moment that is read here looks like this, and some other texts do."""
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ISO_DAY = rf"^{_DAY}$"
_ISO_MOMENT = rf"^{_DAY}[T ]{_CLOCK}(?:\.[0-9]{{1,9}})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?$"
_QUARTER_S, _LARGEST_OFFSET_S, _DAY_S = 15 * 60, 14 * 3600, 86_400
_FIRST_S, _LAST_S = -62_104_060_800, 253_370_678_400
"""The years 2 and 9998 end here; nearer to the ends of the calendar a zone may leave it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of each pair of texts."""

    is_decided: Mask
    """Whether both were read here."""
    is_format: Mask
    """Whether both are the same moment."""
    needs_zone: Mask
    """Whether one of them is written with a zone and the other without."""
    is_shifted: Mask
    apart_s: Numbers
    """Seconds from source to target."""


def may_be_moments(one: Marks, other: Marks) -> Mask:
    """Which pairs may be two moments, by what their bytes are."""
    return _may_be(one) & _may_be(other)


def look_like_moments(source: pl.Series, target: pl.Series) -> Mask:
    """Which pairs may be two moments, by how they are built; the texts must be ASCII."""
    return (source.str.contains(_PERHAPS) & target.str.contains(_PERHAPS)).to_numpy()


def moment_patterns(source: pl.Series, target: pl.Series) -> Found:
    """The patterns of pairs of texts that are not equal without case and white space."""
    one, other = _read(source), _read(target)
    is_decided = (one["second"].is_not_null() & other["second"].is_not_null()).to_numpy()
    is_same_fraction = (one["fraction"] == other["fraction"]).to_numpy()
    apart = (other["second"] - one["second"]).fill_null(1).to_numpy()
    far = np.abs(apart)
    is_offset = (far == _DAY_S) | ((far <= _LARGEST_OFFSET_S) & (far % _QUARTER_S == 0))
    is_shifted = (one["has_clock"] & other["has_clock"]).to_numpy() & is_offset & (far > 0)
    is_same = is_decided & is_same_fraction
    needs_zone = (one["is_instant"] != other["is_instant"]).to_numpy()
    return Found(is_decided, is_same & (far == 0), needs_zone, is_same & is_shifted, apart)


def _may_be(marks: Marks) -> Mask:
    found: Mask = (
        (marks.length <= LONGEST)
        & (marks.digits >= LEAST_DIGITS)
        & (marks.letters <= _MOST_LETTERS)
        & (marks.beyond_moments == 0)
    )
    return found


def _read(texts: pl.Series) -> pl.DataFrame:
    """Seconds since 1970 (in UTC where there is a zone), the fraction of the second, and what was written."""
    return (
        pl.DataFrame({"text": texts})
        .with_columns(
            is_day=pl.col("text").str.contains(_ISO_DAY),
            has_clock=pl.col("text").str.contains(_ISO_MOMENT),
            rest=pl.col("text").str.slice(19),
        )
        .with_columns(
            clock=pl.when("has_clock")
            .then(
                pl.concat_str(pl.col("text").str.slice(0, 10), pl.lit(" "), pl.col("text").str.slice(11, 8))
            )
            .when("is_day")
            .then(pl.col("text") + " 00:00:00")
            .str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="ms"),
            offset=pl.col("rest").str.extract(r"([+-][0-9]{2}:[0-9]{2})$"),
        )
        .select(
            "has_clock",
            second=_in_calendar(pl.col("clock").dt.epoch("s") - _seconds(pl.col("offset"))),
            fraction=pl.col("rest").str.extract(r"^\.([0-9]+)").str.strip_chars_end("0").fill_null(""),
            is_instant="has_clock" & (pl.col("offset").is_not_null() | pl.col("rest").str.ends_with("Z")),
        )
    )


def _seconds(offset: pl.Expr) -> pl.Expr:
    hours, minutes = offset.str.slice(1, 2).cast(pl.Int64), offset.str.slice(4, 2).cast(pl.Int64)
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    return (sign * (hours * 3600 + minutes * 60)).fill_null(0)


def _in_calendar(second: pl.Expr) -> pl.Expr:
    return pl.when(second.is_between(_FIRST_S, _LAST_S)).then(second)
