"""Which pattern a mismatched cell shows, and that every mismatched cell is looked at."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.patterns.one_pair import FORGIVEN_BY, FORMATS, pattern_of
from smoke_pipeline_tests.comparison.tables import compare_rows, fall

CASES = [
    (None, "", "null_empty"),
    (None, " ", "null_empty"),
    ("N/A", None, "null_word"),
    ("6162", "6162", None),
    (None, "x", None),
    ("a ", "a", "white_space"),
    ("a  b", "a b", "inner_white_space"),
    ("A", "a", "case"),
    (" A", "a", "white_space_and_case"),
    ("\u00e4", "a\u0308", "unicode"),
    ("1.50", "1.5", "number_format"),
    ("100", "1e2", "number_format"),
    ("2026-01-02", "02/01/2026", "date_format"),
    ("20260102", "2026-01-02", "date_format"),
    ("2026-01-02T03:04:05Z", "2026-01-02 04:04:05+01:00", "date_format"),
    ("M\u00fcller", "M\u00c3\u00bcller", "encoding"),
    ("M\u00fcller", "M?ller", "encoding"),
    ("M\u00fcller", "M\ufffdller", "encoding"),
    ("5", "-5", "sign"),
    ("5.00", "500", "scaled"),
    ("1.5", "1500", "scaled"),
    ("1.234", "1.23", "rounded"),
    ("1.239", "1.23", "rounded"),
    ("1.239", "1.24", "rounded"),
    ("1.239", "1.25", None),
    ("1.2", "1.3", None),
    ("2026-01-02 03:00:00", "2026-01-02 05:00:00", "shifted"),
    ("2026-01-02 03:00:00", "2026-01-03 03:00:00", "shifted"),
    ("2026-01-02 03:00:00", "2026-01-02 03:00:01", None),
    ("Hello world", "Hello wo", "truncated"),
    ("12", "123", None),
    ("abc", "xyz", None),
    ("", "abc", None),
]


@pytest.mark.parametrize(("source", "target", "pattern"), CASES)
def test_a_difference_shows_its_pattern_from_either_side(
    source: str | None, target: str | None, pattern: str | None
) -> None:
    assert pattern_of(source, target) == pattern_of(target, source) == pattern


@pytest.mark.parametrize(
    "case", [case for case in CASES if case[2] in FORGIVEN_BY and case[1] != " "], ids=str
)
def test_the_rule_named_for_a_pattern_forgives_it(case: tuple[str | None, str | None, str]) -> None:
    said = {"null_values": ["N/A"], "unicode": "nfc", "datetime": {"formats": ["%d/%m/%Y", "%Y%m%d"]}}
    rules = {"v": {name: said.get(name, True) for name in FORGIVEN_BY[case[2]]}}
    sides = [[{"k": "1", "v": value}] for value in case[:2]]

    result = compare_rows(*sides, key="k", rules=rules, csv_empty="exact")

    assert fall(result) == (1, 0, 0, 0)


@settings(deadline=None)
@given(
    st.datetimes(datetime(1000, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    st.sampled_from(FORMATS),
)
def test_a_moment_is_known_in_every_format(moment: datetime, template: str) -> None:
    written = moment.strftime(template)

    plain = datetime.strptime(written, template).isoformat(" ")

    assert pattern_of(plain, written) == pattern_of(written, plain) == "date_format"


def test_every_mismatched_cell_is_looked_at_whether_it_is_kept_or_not() -> None:
    source = [{"k": str(number), "v": f"{number}.50", "w": "x"} for number in range(50)]
    target = [{"k": str(number), "v": f"{number}.5", "w": "y"} for number in range(50)]

    result = compare_rows(source, target, key=("k",), max_mismatches=1, chunk_rows=7)

    assert result.patterns == {"v": {"number_format": 50}}


def test_two_cells_that_hold_each_others_values_are_swapped() -> None:
    source = [{"k": "1", "first": "Ada", "last": "Lovelace"}, {"k": "2", "first": "x", "last": "y"}]
    target = [{"k": "1", "first": "Lovelace", "last": "Ada"}, {"k": "2", "first": "y", "last": "z"}]

    result = compare_rows(source, target, key=("k",))

    assert result.patterns == {"first": {"swapped": 1}, "last": {"swapped": 1}}
