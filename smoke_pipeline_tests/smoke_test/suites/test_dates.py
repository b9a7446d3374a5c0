"""Days as the values of a matrix, and suites that are run for other days than their own."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.suites.cases import cases_of
from smoke_pipeline.smoke_test.suites.dates import Dates
from smoke_pipeline.smoke_test.suites.other_dates import OtherDates, over_dates

TODAY = date(2026, 3, 1)
MONTHLY = """
tests:
  - name: statements
    matrix: {contract: ["1", "2"], payment_date: {from: 2026-01-01, to: 2026-03-31, every: month-end}}
    order: {source: {path: "/{contract}.{payment_date}.csv"}, target: {path: /b.csv}}
  - name: once
    order: {source: {path: /once.csv}, target: {path: /b.csv}}
"""


def values(most=1000, **written):
    return Dates.model_validate(written).values(TODAY, most)


def labels_of(suite, around):
    return [case.label for case in cases_of(suite, around)]


@pytest.mark.parametrize(
    ("every", "found"),
    [
        pytest.param("day", ("2026-01-30", "2026-01-31", "2026-02-01"), id="day"),
        pytest.param("week", ("2026-01-30",), id="week"),
        pytest.param("month", ("2026-02-01",), id="month"),
        pytest.param("month-end", ("2026-01-31",), id="month-end"),
    ],
)
def test_both_ends_belong_to_the_days(every, found):
    assert values(**{"from": "2026-01-30", "to": "2026-02-01"}, every=every) == found


def test_without_a_word_every_day_is_meant():
    assert len(values(**{"from": "2024-02-01", "to": "2024-02-29"})) == 29


def test_days_may_be_told_from_today():
    assert values(**{"from": "today-2d", "to": "today"}) == ("2026-02-27", "2026-02-28", "2026-03-01")


def test_days_are_written_as_the_test_wants_them_and_each_once():
    found = values(**{"from": "2026-01-30", "to": "2026-02-02"}, format="%Y%m")

    assert found == ("202601", "202602")


def test_the_end_of_all_days_is_an_end():
    found = values(**{"from": "9999-12-01", "to": "9999-12-31"}, every="month-end")

    assert found == ("9999-12-31",)


@given(
    first=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    length=st.integers(0, 900),
    every=st.sampled_from(["day", "week", "month", "month-end"]),
)
def test_exactly_the_days_that_are_meant_are_found(first, length, every):
    every_day = [first + timedelta(days=n) for n in range(length + 1)]
    is_meant = {
        "day": lambda _day: True,
        "week": lambda day: (day - first).days % 7 == 0,
        "month": lambda day: day.day == 1,
        "month-end": lambda day: (day + timedelta(days=1)).day == 1,
    }[every]

    found = values(**{"from": first.isoformat(), "to": every_day[-1].isoformat()}, every=every)

    assert found == tuple(day.isoformat() for day in every_day if is_meant(day))


def test_a_test_is_run_for_every_day_of_its_matrix(around, suite):
    assert labels_of(suite(MONTHLY), around) == [
        "statements, contract=1, payment_date=2026-01-31",
        "statements, contract=1, payment_date=2026-02-28",
        "statements, contract=1, payment_date=2026-03-31",
        "statements, contract=2, payment_date=2026-01-31",
        "statements, contract=2, payment_date=2026-02-28",
        "statements, contract=2, payment_date=2026-03-31",
        "once",
    ]


def test_a_suite_is_run_for_other_days_and_the_rest_of_it_stays(around, suite):
    found = over_dates(suite(MONTHLY), OtherDates(first="2025-12-01", last="2025-12-31"), TODAY)

    assert labels_of(found, around) == [
        "statements, contract=1, payment_date=2025-12-31",
        "statements, contract=2, payment_date=2025-12-31",
        "once",
    ]


def test_one_end_alone_is_changed_and_so_are_the_days_between(around, suite):
    found = over_dates(suite(MONTHLY), OtherDates(first="2026-03-30", every="day"), TODAY)

    assert len(labels_of(found, around)) == 2 * 2 + 1


def test_values_that_were_written_out_give_way_to_days(around, suite):
    written = suite(MONTHLY.replace("{from: 2026-01-01, to: 2026-03-31, every: month-end}", "[2020-01-31]"))
    asked = OtherDates(over="payment_date", first="2026-02-27", last="today")

    assert len(labels_of(over_dates(written, asked, TODAY), around)) == 2 * 3 + 1


def test_who_asks_for_nothing_gets_the_suite_as_it_is(suite):
    found = suite(MONTHLY)

    assert over_dates(found, OtherDates(), TODAY) is found


def test_days_that_are_too_many_are_refused_before_the_first(around, suite):
    found = over_dates(suite(MONTHLY), OtherDates(first="0001-01-01", last="9999-12-31", every="day"), TODAY)

    with pytest.raises(InvalidOptionError, match="more than 20 tests"):
        cases_of(found, around)


def test_a_matrix_whose_days_give_none_today_is_a_case_that_failed(around, suite):
    text = MONTHLY.replace("from: 2026-01-01, to: 2026-03-31", "from: today, to: today")

    none, once = cases_of(suite(text), around)

    assert (none.verdict, once.verdict) == ("failed", None)
    assert none.because == "InvalidOptionError: The days of 'payment_date' give none today."


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        pytest.param(OtherDates(over="paymentdate", first="today"), "No matrix .* 'paymentdate'", id="other"),
        pytest.param(OtherDates(over="contract", first="today"), "need a first and a last", id="no last"),
        pytest.param(OtherDates(first="31.01.2026"), "'31.01.2026' is no day", id="no day"),
        pytest.param(OtherDates(first="2026-04-01"), "2026-04-01 comes after 2026-03-31", id="no order"),
        pytest.param(OtherDates(every="hour"), "cannot be used", id="no such step"),
        pytest.param(OtherDates(first="2026-03-01", last="2026-03-02"), "There is no month-end", id="none"),
    ],
)
def test_days_that_cannot_be_used_say_why(suite, asked, sentence):
    with pytest.raises(InvalidOptionError, match=sentence):
        over_dates(suite(MONTHLY), asked, TODAY)


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        pytest.param("{x: [a]}", "has no parameter whose values are days", id="none"),
        pytest.param(
            "{x: {from: today, to: today}, y: {from: today, to: today}}", "has days for x, y", id="two"
        ),
    ],
)
def test_which_parameter_is_meant_is_asked_where_it_is_not_plain(suite, matrix, sentence):
    found = suite(f"tests: [{{test: a, matrix: {matrix}}}]")

    with pytest.raises(InvalidOptionError, match=sentence) as caught:
        over_dates(found, OtherDates(first="today"), TODAY)

    assert "--over" in caught.value.suggestions[0]


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        pytest.param("{from: 2026-01-01}", "to: field required", id="no last day"),
        pytest.param("{from: '2026-02-30', to: today}", "'2026-02-30' is no day", id="no day"),
        pytest.param("{from: today, to: tomorrow}", "'tomorrow' is no day", id="not today"),
        pytest.param("{from: 2026-02-01, to: 2026-01-01}", "comes after", id="no order"),
        pytest.param("{from: today, to: today, every: hour}", "every", id="no such step"),
        pytest.param("{from: today, to: today, format: '%H'}", "written with", id="no day's format"),
        pytest.param("{from: today, to: today, step: 1}", "step", id="an unknown key"),
    ],
)
def test_days_of_a_suite_that_cannot_be_used_say_why(suite, dates, sentence):
    with pytest.raises(InvalidOptionError, match=rf"matrix\.day\.dates.*{sentence}"):
        suite(f"tests: [{{test: a, matrix: {{day: {dates}}}}}]")
