"""Numbers have one spelling, and their order is that of the numbers."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.comparison.values.numbers import order, spell, spell_float, tolerance_that_decides

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(-100, 100, places=3)


@given(NUMBERS)
def test_a_spelling_is_the_number(number: Decimal) -> None:
    spelling = spell(str(number))

    assert spelling is not None
    assert Fraction(spelling) == Fraction(number)


@given(NUMBERS, NUMBERS)
def test_spellings_are_equal_exactly_if_the_numbers_are(one: Decimal, other: Decimal) -> None:
    assert (spell(str(one)) == spell(str(other))) == (one == other)


@given(NUMBERS, st.integers(0, 5))
def test_zeros_at_the_end_change_nothing(number: Decimal, zeros: int) -> None:
    text = f"{number:f}" + ("" if "." in f"{number:f}" else ".") + "0" * zeros

    assert spell(text) == spell(str(number))


@given(NUMBERS, NUMBERS)
def test_texts_sort_as_the_numbers_do(one: Decimal, other: Decimal) -> None:
    first, second = (order(spell(str(number)) or "") for number in (one, other))

    assert (first < second) == (one < other)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_floats_keep_their_identity_and_their_order(one: float, other: float) -> None:
    first, second = (spell_float(repr(number)) or "" for number in (one, other))

    assert (first == second) == (one == other)
    assert (order(first) < order(second)) == (one < other)


@given(NUMBERS, NUMBERS, st.decimals(0, 10, places=3), st.decimals(0, 1, places=3))
def test_a_tolerance_is_exact_and_symmetric(
    one: Decimal, other: Decimal, abs_tol: Decimal, rel_tol: Decimal
) -> None:
    texts = [spell(str(number)) or "" for number in (one, other)]

    found = tolerance_that_decides(*texts, abs_tol, rel_tol)

    distance = abs(Fraction(one) - Fraction(other))
    bound = max(Fraction(abs_tol), Fraction(rel_tol) * max(abs(Fraction(one)), abs(Fraction(other))))
    assert (found is not None) == (distance <= bound)
    assert found == tolerance_that_decides(*reversed(texts), abs_tol, rel_tol)


def test_a_relative_tolerance_rounds_no_long_number() -> None:
    long = "1." + "0" * 40 + "5"

    assert tolerance_that_decides(long, "0", None, Decimal(1)) == "rel_tol"
    assert tolerance_that_decides(long, "0", None, Decimal("0." + "9" * 50)) is None


def test_numbers_of_millions_of_digits_sort_by_size() -> None:
    ascending = ["1" + "0" * 499, "9" * 500, "1e999999", "9" * 6_000_001, "1" + "0" * 6_000_001]
    spelled = [spell(text) or "" for text in ascending]

    assert [order(text) for text in spelled] == sorted(order(text) for text in spelled)
    negative = [order(f"-{text}") for text in spelled]
    assert negative == sorted(negative, reverse=True)
