"""Whole columns of pairs get the very answers that one pair at a time gets."""

import unicodedata

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.patterns.details import detail_of
from smoke_pipeline.comparison.patterns.native import by_columns, patterns_of, recognised
from smoke_pipeline.comparison.patterns.one_pair import FORMATS, NULL_WORDS, pattern_of

MANY = settings(max_examples=300, deadline=None)
SPACES = st.sampled_from(["", "", "", " ", "  ", "\t", "\n", "\x1c", "\x1f", "\x0b", "\u00a0", "\u2003"])

WHOLE = st.one_of(st.integers(0, 20), st.integers(0, 10**6), st.integers(0, 10**25)).map(str)
FRACTION = st.one_of(st.just(""), st.text("0123456789", max_size=3), st.text("0123459", max_size=25))


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """What is a number, or nearly one."""
    sign = draw(st.sampled_from(["", "", "-", "+", "--"]))
    zeros = draw(st.sampled_from(["", "", "0", "000", "0" * 50]))
    whole = draw(st.sampled_from(["", "w", "w", "w"])).replace("w", draw(WHOLE))
    point = draw(st.sampled_from(["", ".", ".", ".", ",", ".-", ".+"]))
    exponent = draw(st.sampled_from(["", "", "", "", "e0", "e2", "E-3", "e999999", "e", "e70"]))
    return sign + zeros + whole + point + draw(FRACTION) + exponent


@st.composite
def related_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and what drift makes of it."""
    units = draw(st.one_of(st.integers(-(10**4), 10**4), st.integers(-(10**19), 10**19)))
    places, zeros = draw(st.integers(0, 4)), draw(st.integers(-8, 8))
    near = draw(st.sampled_from([0, 0, 0, 1, -1, 5]))
    return _spelled(units, places), _spelled(
        units * 10 ** max(zeros, 0) + near, places + draw(st.integers(-2, 3))
    )


def _spelled(units: int, places: int) -> str:
    sign, digits = "-" if units < 0 else "", str(abs(units))
    if places <= 0:
        return sign + digits
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


@st.composite
def moments(draw: st.DrawFn) -> str:
    """What is a date or a time, or nearly one."""
    moment = draw(
        st.one_of(
            st.datetimes(),
            st.sampled_from(
                [
                    draw(st.datetimes()).replace(
                        year=2026, month=1, day=day, hour=hour, minute=0, second=0, microsecond=0
                    )
                    for day in (1, 2)
                    for hour in (0, 1, 2, 12)
                ]
            ),
        )
    )
    text = draw(
        st.sampled_from(
            [
                moment.isoformat(" ", "seconds"),
                moment.isoformat("T", "seconds"),
                moment.isoformat(" ", "minutes"),
                moment.isoformat("t"),
                moment.date().isoformat(),
                *(moment.strftime(template) for template in FORMATS),
                f"{moment.day}/{moment.month}/{moment.year}",
                "2026-02-30",
                "2026-01-02 24:00:00",
                "2026-01-02 10:00:60",
                "0000-01-02 10:00:00",
                "9999-12-31 23:59:59",
                "0001-01-01 00:00:00",
                "2026-01-02T03:04:05,5",
            ]
        )
    )
    if draw(st.booleans()):
        text += draw(
            st.sampled_from(
                [".5", ".50", ".000", "Z", "z", "+01:00", "-01:00", "+0100", " +02", ".5+14:00", "+25:00"]
            )
        )
    return text


PLAIN = st.text("abcdeABCDEIiSsKk 0123456789-./:", max_size=14)
ANY = st.text(max_size=8)
LATIN = st.text("aeouAEOUäöüßÄÖÜéñ?\ufffdsS \u0131\u0130\u017f\u212a", max_size=8)
RARE = st.text(
    "ab?\u00e4 \u00df\u1e9e\u0308\u0301\u0149\u01f0\u1e96\u1e9a\ufb01\u212b\u037e\u1fef\u4e2d\u6587;`",
    min_size=1,
    max_size=7,
)
WORDS = st.sampled_from(
    [*sorted(NULL_WORDS), "N/A", "NULL", " None ", "\u00a0na", "", " ", "\t", "\u00a0", "straße", "STRASSE"]
)
ONE = st.one_of(
    st.none(), numbers(), moments(), PLAIN, ANY, LATIN, RARE, WORDS, st.text("0123456789abcdef-", min_size=8)
)


@st.composite
def related(draw: st.DrawFn) -> tuple[str | None, str | None]:
    """A text and what may become of it."""
    text = draw(ONE) or ""
    cut = draw(st.integers(0, len(text)))
    change = draw(
        st.sampled_from(
            [
                text.upper(),
                text.lower(),
                text.swapcase(),
                text.casefold(),
                text[:cut],
                text[:cut] + " " + text[cut:],
                text[:cut] + draw(SPACES) + text[cut + 1 :],
                text[::-1],
                text + "x",
                "-" + text,
                text.replace("ä", "?").replace("ö", "\ufffd"),
                unicodedata.normalize("NFC", text),
                unicodedata.normalize("NFD", text),
                text.encode("utf-8", "replace").decode("windows-1252", "replace"),
                None,
            ]
        )
    )
    other = None if change is None else draw(SPACES) + change + draw(SPACES)
    return (text, other) if draw(st.booleans()) else (other, text)


PAIRS = st.lists(
    st.one_of(
        st.tuples(ONE, ONE),
        related(),
        related_numbers(),
        st.tuples(numbers(), numbers()),
        st.tuples(moments(), moments()),
    ),
    max_size=25,
)


def frame(pairs: list[tuple[str | None, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"source": pl.String, "target": pl.String}, orient="row")


@MANY
@given(PAIRS)
@example([(".-5", "5"), ("1", "10000000000000000000")])
@example([("9223372036854775807", "-9223372036854775808")])
@example([("1." + "0" * 57, "1"), ("1." + "0" * 60, "1")])
@example([("a" * 2001, "A" * 2001), ("x" * 3000, "x" * 2999), ("äb" * 1500, None)])
def test_a_column_of_pairs_gets_the_answers_of_its_pairs(pairs: list[tuple[str | None, str | None]]) -> None:
    pairs = [pair for pair in pairs if pair != (None, None)]

    found = by_columns(frame(pairs))

    assert recognised(frame(pairs)).equals(found)
    expected = [pattern_of(one, other) for one, other in pairs]
    assert found["pattern"].to_list() == expected
    assert found["detail"].to_list() == [
        detail_of(pattern, one, other) for pattern, (one, other) in zip(expected, pairs, strict=True)
    ]


def test_what_is_looked_at_in_one_go_plays_no_part() -> None:
    pairs = [(f"{number}.50", f"{number}.5") for number in range(40_000)]
    pairs[20_000:20_010] = [("x" * 200_000, "y" * 200_000)] * 10

    found = patterns_of(frame(pairs))

    assert found.value_counts().sort("count").rows() == [(None, 10), ("number_format", 39_990)]


@pytest.mark.parametrize("rows", [[], [("a", "b")], [(None, "")]])
def test_few_pairs_have_patterns_of_their_own(rows: list[tuple[str | None, str | None]]) -> None:
    assert patterns_of(frame(rows)).to_list() == [pattern_of(*pair) for pair in rows]
