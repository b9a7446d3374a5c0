"""Every type of Oracle: the values exactly, or an error that names the column and the way out."""

import datetime as dt
import math
from decimal import Decimal
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline_tests.oracle_standin.server import OracleStandIn
from smoke_pipeline_tests.oracle_standin.session import PROFILES
from smoke_pipeline_tests.oracle_standin.tables import Tables
from smoke_pipeline_tests.oracle_standin.values import Moment, Months, moment
from smoke_pipeline_tests.readers.tables.oracle_rows import behaviour, column_read, opened, table_read
from smoke_pipeline_tests.readers.tables.oracle_values import EXACT, MOMENTS, NINES


@pytest.mark.parametrize(("declared", "data_type", "values"), EXACT)
def test_values_are_exact(declared, data_type, values):
    found = column_read(declared, *values, None, profile="23ai")

    assert found.type == data_type
    assert found.to_pylist() == [*values, None]


def test_not_a_number_is_read_as_such():
    assert math.isnan(column_read("BINARY_DOUBLE", math.nan)[0].as_py())


@pytest.mark.parametrize(("declared", "data_type", "text", "read"), MOMENTS)
def test_moments_are_exact(declared, data_type, text, read):
    found = column_read(declared, moment(text), None)

    assert str(found.type) == data_type
    assert found.cast(pa.string()).to_pylist() == [read, None]


def test_a_moment_with_a_zone_keeps_its_offset():
    values = [moment("2024-01-02 03:04:05.5", "-02:30"), moment("2024-01-02 05:34:05.5", "+00:00"), None]

    found = column_read("TIMESTAMP(6) WITH TIME ZONE", *values)

    assert found.to_pylist() == [
        "2024-01-02T03:04:05.500000-02:30",
        "2024-01-02T05:34:05.500000+00:00",
        None,
    ]


def test_a_char_keeps_its_blanks_and_an_empty_text_is_null():
    found = table_read({"C": "CHAR(3)", "V": "VARCHAR2(3)"}, [["a", "b "], ["", ""]])

    assert found.to_pylist() == [{"C": "a  ", "V": "b "}, {"C": None, "V": None}]


def test_an_empty_lob_is_not_null():
    found = table_read({"C": "CLOB", "~0": "BLOB"}, [["", b""], [None, None], ["a", b"a"]])

    assert found.to_pylist() == [
        {"C": "", "~0": b""},
        {"C": None, "~0": None},
        {"C": "a", "~0": b"a"},
    ]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("NUMBER", Decimal("1E38")),
        ("NUMBER", Decimal(NINES + "9")),
        ("NUMBER", Decimal("1E-39")),
        ("NUMBER", Decimal("0." + "3" * 40)),
        ("NUMBER", Decimal("1E125")),
        ("TIMESTAMP(9)", moment("9999-12-31 00:00:00.000000001")),
        ("TIMESTAMP(9) WITH LOCAL TIME ZONE", moment("1500-01-01 00:00:00")),
    ],
)
def test_a_value_that_no_type_holds_is_named(declared, value):
    with pytest.raises(UnsupportedColumnTypeError, match="Column 'A' of T is of type") as caught:
        column_read(declared, value)

    assert "TO_CHAR(A)" in caught.value.suggestions[0]


@pytest.mark.parametrize("declared", ["DATE", "TIMESTAMP(6)"])
@pytest.mark.parametrize("year", [-4712, -1, 0])
def test_a_date_before_the_year_1_is_an_error(declared, year):
    at = SimpleNamespace(year=year, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)

    with pytest.raises(UnsupportedColumnTypeError, match="cannot be read exactly: year") as caught:
        column_read(declared, Moment(at))

    assert "SYYYY" in caught.value.suggestions[0]


@pytest.mark.parametrize(
    ("declared", "value", "way_out"),
    [
        ("INTERVAL YEAR(2) TO MONTH", Months(14), "EXTRACT(YEAR FROM"),
        ("INTERVAL DAY(9) TO SECOND(6)", dt.timedelta(1), "TO_CHAR("),
        ("NUMBER(38,-60)", Decimal("1E70"), "TO_CHAR("),
        ("LONG", "a", "view"),
        ("JSON", b"", "view"),
    ],
)
def test_a_type_without_an_exact_home_is_refused_with_a_way_out(declared, value, way_out):
    with pytest.raises(UnsupportedColumnTypeError, match="Column 'A' of T is of type") as caught:
        column_read(declared, value, profile="23ai")

    assert way_out in caught.value.suggestions[0]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("unit", [512, 8192])
@pytest.mark.parametrize("is_terse", [False, True])
def test_every_version_and_packet_size_gives_the_same_rows(profile, unit, is_terse):
    rows = [[number % 3 or None, "same", Decimal(number), f"row {number}"] for number in range(300)]
    columns = {"A": "NUMBER(5)", "B": "VARCHAR2(9)", "C": "NUMBER", "D": "VARCHAR2(9)"}

    found = table_read(columns, rows, profile=profile, unit=unit, is_terse=is_terse)

    assert [list(row.values()) for row in found.to_pylist()] == rows


NUMBERS = st.one_of(
    st.none(),
    st.builds(
        lambda digits, scale: Decimal(f"{digits}E-{scale}"),
        st.integers(-(10**38) + 1, 10**38 - 1),
        st.integers(0, 38),
    ),
)


@given(values=st.lists(NUMBERS, max_size=20))
def test_numbers_of_any_scale_are_exact(values):
    assert column_read("NUMBER", *values).to_pylist() == values


@given(digits=st.integers(1, 38), scale=st.integers(0, 38), data=st.data())
def test_numbers_of_a_declared_scale_are_exact(digits, scale, data):
    whole = data.draw(st.lists(st.integers(-(10**digits) + 1, 10**digits - 1), max_size=10))
    values = [Decimal(f"{one}E-{scale}") for one in whole]

    assert column_read(f"NUMBER({digits},{scale})", *values).to_pylist() == values


def test_the_driver_reads_nothing_that_it_would_cut_itself():

    tables = Tables()
    tables.create("T", {"A": "NUMBER(38,2)", "B": "TIMESTAMP(9)", "C": "NUMBER(18,2)"})
    with OracleStandIn(tables, behaviour()) as server, opened(server) as reader:
        assert list(reader.batches(10)) == []

    assert 'TO_CHAR("A", ' in server.statements[-1]
    assert 'TO_CHAR("B", ' in server.statements[-1]
    assert ', "C" AS "C"' in server.statements[-1]
