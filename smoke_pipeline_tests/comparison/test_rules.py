"""What each rule forgives, in which order, and that nothing is forgiven unseen."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from smoke_pipeline.comparison.options import parse_rules
from smoke_pipeline.errors import InvalidOptionError, UnknownPresetError, UnknownRuleError
from smoke_pipeline_tests.comparison.tables import compare_rows, compare_tables, fall, text_table

Counts = dict[str, int]


def one_cell(source: str | None, target: str | None, rules: Any, **options: Any) -> tuple[bool, Counts]:
    """Compare two cells of a column `v`; whether they match, and what was counted."""
    tables = [text_table([{"k": "1", "v": value}]) for value in (source, target)]
    result = compare_tables(*tables, key=("k",), rules={"v": rules}, **options)
    return fall(result) == (1, 0, 0, 0), dict(result.equal_under_rule.get("v", {}))


CASES = [
    ("null_values", {"null_values": ["N/A", "-"]}, "N/A", None, {"null_values": 1}),
    ("null_values, two tokens", {"null_values": ["N/A", "-"]}, "N/A", "-", {"null_values": 1}),
    ("null_values, another text", {"null_values": ["N/A"]}, "n/a", None, None),
    ("null_values stand before trim", {"null_values": ["-"], "trim": True}, " -", None, None),
    ("empty_is_null", {"empty_is_null": True}, "", None, {"empty_is_null": 1}),
    ("empty_is_null, a space", {"empty_is_null": True}, " ", None, None),
    ("unicode", {"unicode": "nfc"}, "a\u0308", "\u00e4", {"unicode": 1}),
    ("unicode is not compatibility", {"unicode": "nfc"}, "\ufb01", "fi", None),
    ("trim", {"trim": True}, " a\t", "a", {"trim": 1}),
    ("trim, inside", {"trim": True}, "a  b", "a b", None),
    ("rstrip", {"rstrip": True}, "a  ", "a", {"rstrip": 1}),
    ("rstrip, at the start", {"rstrip": True}, " a", "a", None),
    ("rstrip, a tab", {"rstrip": True}, "a\t", "a", None),
    ("ignore_case", {"ignore_case": True}, "STRASSE", "stra\u00dfe", {"ignore_case": 1}),
    ("ignore_case, accents", {"ignore_case": True}, "E", "\u00c9", None),
    ("trim and ignore_case", {"trim": True, "ignore_case": True}, " A", "a", {"trim": 1, "ignore_case": 1}),
    ("boolean", {"boolean": True}, "Y", "true", {"boolean": 1}),
    ("boolean, false", {"boolean": True}, "0", "No", {"boolean": 1}),
    ("boolean, opposite", {"boolean": True}, "Y", "N", None),
    ("boolean, own tokens", {"boolean": {"true": ["J"], "false": ["N"]}}, "j", "J", {"boolean": 1}),
    ("boolean, not a token", {"boolean": {"true": ["J"], "false": ["N"]}}, "Y", "J", None),
    ("numeric", {"numeric": True}, "1.50", "1.5", {"numeric": 1}),
    ("numeric, exponent", {"numeric": True}, "1e2", "100", {"numeric": 1}),
    ("numeric, plus and zeros", {"numeric": True}, "+007", "7.", {"numeric": 1}),
    ("numeric, minus zero", {"numeric": True}, "-0", "0.00", {"numeric": 1}),
    ("numeric, no number", {"numeric": True}, "1.5x", "1.50x", None),
    ("numeric, white space", {"numeric": True}, " 1", "1", None),
    ("numeric after trim", {"numeric": True, "trim": True}, " 1.0", "1", {"numeric": 1, "trim": 1}),
    ("numeric, 30 digits", {"numeric": True}, "1" * 30, "1" * 29 + "2", None),
    ("numeric, huge exponent", {"numeric": True}, "1e99999", "10e99998", {"numeric": 1}),
    ("numeric, underscore", {"numeric": True}, "1_0", "10", None),
    ("numeric, other digits", {"numeric": True}, "\u0661", "1", None),
    ("numeric, nan", {"numeric": True}, "nan", "NaN", None),
    (
        "datetime, formats",
        {"datetime": {"formats": ["%d/%m/%Y"]}},
        "02/01/2026",
        "2026-01-02",
        {"datetime": 1},
    ),
    (
        "datetime, T and space",
        {"datetime": True},
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05.000",
        {"datetime": 1},
    ),
    (
        "datetime, other zones",
        {"datetime": True},
        "2026-01-02T03:04:05Z",
        "2026-01-02T04:04:05+01:00",
        {"datetime": 1},
    ),
    ("datetime, zone and none", {"datetime": True}, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05", None),
    (
        "datetime, stated zone",
        {"datetime": {"zone": "Europe/Berlin"}},
        "2026-01-02 04:04:05",
        "2026-01-02T03:04:05Z",
        {"datetime": 1},
    ),
    (
        "datetime, precision",
        {"datetime": {"precision": "second"}},
        "2026-01-02 03:04:05.9",
        "2026-01-02 03:04:05.1",
        {"datetime": 1},
    ),
    (
        "datetime, precision of a day",
        {"datetime": {"precision": "day"}},
        "2026-01-02 03:00:00",
        "2026-01-02",
        {"datetime": 1},
    ),
    ("datetime, impossible", {"datetime": True}, "2026-02-30", "2026-02-30 00:00:00", None),
    ("date_only", {"date_only": True}, "2026-01-02 03:04:05", "2026-01-02", {"date_only": 1}),
    ("date_only, another day", {"date_only": True}, "2026-01-02 03:04:05", "2026-01-03", None),
    ("numeric for a tolerance", {"abs_tol": "0.01"}, "1.50", "1.5", {"numeric": 1}),
    ("abs_tol at the bound", {"abs_tol": "0.01"}, "1.00", "1.01", {"abs_tol": 1, "numeric": 1}),
    ("abs_tol, plain numbers", {"abs_tol": "0.01"}, "1.5", "1.51", {"abs_tol": 1}),
    ("abs_tol past the bound", {"abs_tol": "0.01"}, "1.00", "1.0100000000000000000001", None),
    ("rel_tol", {"rel_tol": "0.1"}, "100", "90", {"rel_tol": 1}),
    ("rel_tol of the larger", {"rel_tol": "0.1"}, "90", "100", {"rel_tol": 1}),
    ("rel_tol past the bound", {"rel_tol": "0.1"}, "100", "89.9", None),
    ("rel_tol of negatives", {"rel_tol": "0.1"}, "-100", "-90", {"rel_tol": 1}),
    ("both tolerances", {"abs_tol": 1, "rel_tol": "0.5"}, "1", "2", {"abs_tol": 1}),
    ("tolerance of text", {"abs_tol": 5}, "1", "a", None),
    ("tolerance and NULL", {"abs_tol": 5}, "1", None, None),
    ("tolerance of huge numbers", {"rel_tol": "0.1"}, "1e9999", "1.05e9999", {"rel_tol": 1, "numeric": 1}),
]


@pytest.mark.parametrize(
    ("rules", "source", "target", "counted"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
@pytest.mark.parametrize("is_swapped", [False, True], ids=["", "swapped"])
def test_a_rule_forgives_exactly_this(
    rules: dict[str, Any], source: str | None, target: str | None, counted: Counts | None, is_swapped: bool
) -> None:
    sides = (target, source) if is_swapped else (source, target)

    found = one_cell(*sides, rules)

    assert found == (counted is not None, counted or {})


def test_rules_apply_to_keys_and_are_counted_there() -> None:
    result = compare_rows(
        [{"k": "a ", "v": "1"}], [{"k": "A", "v": "1"}], key=("k",), rules={"k": ["trim", "ignore_case"]}
    )

    assert fall(result) == (1, 0, 0, 0)
    assert result.equal_under_rule == {"k": {"ignore_case": 1, "trim": 1}}


def test_rules_apply_to_whole_rows() -> None:
    result = compare_rows(
        [{"a": " x"}, {"a": "y"}], [{"a": "y"}, {"a": "X"}], rules={"*": ["trim", "ignore_case"]}
    )

    assert fall(result) == (2, 0, 0, 0)
    assert result.equal_under_rule == {"a": {"ignore_case": 1, "trim": 1}}


def test_the_star_means_columns_that_are_not_named() -> None:
    source, target = [{"k": "1", "a": "x ", "b": "X "}], [{"k": "1", "a": "x", "b": "x"}]

    result = compare_rows(source, target, key=("k",), rules={"*": {"trim": True}, "b": {"ignore_case": True}})

    assert result.mismatch_by_column == {"b": 1}
    assert result.equal_under_rule == {"a": {"trim": 1}}


def test_rules_of_one_side_leave_the_other_side_alone() -> None:
    rules = {"source": {"null_values": ["N/A"]}}

    assert one_cell("N/A", None, rules) == (True, {"null_values": 1})
    assert one_cell(None, "N/A", rules) == (False, {})


def test_identical_cells_match_whatever_the_rules_of_one_side_make_of_them() -> None:
    assert one_cell("01/02/2026", "01/02/2026", {"source": {"datetime": {"formats": ["%d/%m/%Y"]}}}) == (
        True,
        {},
    )


def test_identical_keys_align_whatever_the_rules_of_one_side_make_of_them() -> None:
    rows = [{"k": "a ", "v": "1"}, {"k": "b", "v": "2"}]

    result = compare_rows(rows, rows, key=("k",), rules={"k": {"source": {"trim": True}}})

    assert fall(result) == (2, 0, 0, 0)


def test_forgiven_cells_of_a_mismatched_row_are_counted() -> None:
    result = compare_rows(
        [{"k": "1", "a": "x ", "b": "1"}], [{"k": "1", "a": "x", "b": "2"}], key=("k",), rules={"a": ["trim"]}
    )

    assert fall(result) == (0, 1, 0, 0)
    assert result.equal_under_rule == {"a": {"trim": 1}}


def test_reading_text_as_a_type_is_counted() -> None:
    source = pa.table({"k": ["1", "2", "3"], "v": ["7", "x", None]})
    target = pa.table({"k": ["1", "2", "3"], "v": pa.array([7, 8, None], pa.int64())})

    result = compare_tables(source, target, formats=("csv", "parquet"), key=("k",))

    assert fall(result) == (2, 1, 0, 0)
    assert result.equal_under_rule == {"v": {"read_as_type": 1}}


def test_trimmed_text_is_read_as_the_type_of_the_other_side() -> None:
    source, target = (
        pa.table({"k": ["1"], "v": [" 7"]}),
        pa.table({"k": ["1"], "v": pa.array([7], pa.int8())}),
    )

    result = compare_tables(source, target, formats=("csv", "parquet"), key=("k",), rules={"v": ["trim"]})

    assert fall(result) == (1, 0, 0, 0)
    assert result.equal_under_rule == {"v": {"read_as_type": 1, "trim": 1}}


def test_typed_values_keep_their_rules() -> None:
    source = pa.table({"k": ["1"], "v": pa.array([1], pa.int8())})
    target = pa.table({"k": ["1"], "v": ["Y"]})

    assert fall(compare_tables(source, target, key=("k",))) == (0, 1, 0, 0)
    assert fall(compare_tables(source, target, key=("k",), rules={"v": ["boolean"]})) == (1, 0, 0, 0)


def test_the_switches_of_old_turn_rules_on_everywhere() -> None:
    source, target = [{"k": "1", "v": "A "}], [{"k": "1", "v": "a"}]

    assert fall(compare_rows(source, target, key=("k",))) == (0, 1, 0, 0)
    assert fall(compare_rows(source, target, key=("k",), case_sensitive=False)) == (0, 1, 0, 0)
    both = compare_rows(source, target, key=("k",), case_sensitive=False, trim_whitespace=True)
    assert both.equal_under_rule == {"v": {"ignore_case": 1, "trim": 1}}


def test_a_rule_set_holds_where_the_options_say_nothing() -> None:
    rulesets = {"loose": {"*": {"trim": True}, "b": {"ignore_case": True}}}
    source, target = [{"k": "1", "a": "x ", "b": "X"}], [{"k": "1", "a": "x", "b": "x"}]

    result = compare_rows(source, target, key=("k",), ruleset="loose", rulesets=rulesets)

    assert fall(result) == (1, 0, 0, 0)
    assert fall(compare_rows(source, target, key=("k",), ruleset="exact")) == (0, 1, 0, 0)


def test_an_unknown_rule_set_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownPresetError) as error:
        compare_rows([{"a": "1"}], [{"a": "1"}], ruleset="lose", rulesets={"loose": {}})

    assert "'loose'" in error.value.suggestions[0]


def test_a_tolerance_without_a_key_is_refused() -> None:
    with pytest.raises(InvalidOptionError, match="needs a key"):
        compare_rows([{"a": "1"}], [{"a": "1"}], rules={"a": {"abs_tol": 1}})


def test_an_unknown_rule_is_told_with_the_nearest() -> None:
    for rules in ({"a": {"numerik": True}}, {"a": ["numerik"]}, {"a": {"source": {"numerik": True}}}):
        with pytest.raises(UnknownRuleError, match="numerik") as error:
            compare_rows([{"a": "1"}], [{"a": "1"}], rules=rules)

        assert "'numeric'" in error.value.suggestions[0]


def test_the_short_hand_of_the_command_line_says_the_same() -> None:
    written = [
        "amount:numeric,abs_tol=0.01",
        "*:trim",
        "d:datetime=%d.%m.%Y|%Y%m%d,zone=Europe/Berlin",
        "n:null_values=-|N/A",
    ]

    assert parse_rules(written) == {
        "amount": {"numeric": True, "abs_tol": "0.01"},
        "*": {"trim": True},
        "d": {"datetime": {"formats": ["%d.%m.%Y", "%Y%m%d"], "zone": "Europe/Berlin"}},
        "n": {"null_values": ["-", "N/A"]},
    }


@pytest.mark.parametrize("text", ["amount", "amount:", "a:trim=1", "a:abs_tol"])
def test_a_malformed_short_hand_is_refused(text: str) -> None:
    with pytest.raises(InvalidOptionError):
        parse_rules([text])


def typed_cell(text: str | None, value: Any, data_type: pa.DataType, rules: Any) -> tuple[bool, Counts]:
    """Compare a text with a typed value; whether they match, and what was counted."""
    source = text_table([{"k": "1", "v": text}])
    target = pa.table({"k": ["1"], "v": pa.array([value], data_type)})
    result = compare_tables(source, target, formats=("csv", "parquet"), key=("k",), rules={"v": rules})
    return fall(result) == (1, 0, 0, 0), dict(result.equal_under_rule.get("v", {}))


def test_a_zone_that_makes_an_instant_of_the_same_clock_is_counted() -> None:
    in_utc = {"datetime": {"zone": "UTC"}}
    noon = datetime(2026, 1, 2, 12)
    source, target = (
        pa.table({"k": ["1"], "v": pa.array([noon], pa.timestamp("us", zone))}) for zone in (None, "UTC")
    )

    result = compare_tables(source, target, key=("k",), rules={"v": in_utc})

    assert fall(result) == (1, 0, 0, 0)
    assert result.equal_under_rule == {"v": {"datetime": 1}}
    assert typed_cell("2026-01-02 12:00:00", noon, pa.timestamp("us", "UTC"), in_utc) == (
        True,
        {"datetime": 1},
    )


def test_a_text_that_a_rule_reads_as_it_is_spelled_is_counted_as_read() -> None:
    assert typed_cell(" 7", 7, pa.int64(), ["trim", "numeric"]) == (True, {"trim": 1, "read_as_type": 1})
    assert typed_cell(" 07", 7, pa.int64(), ["trim", "numeric"]) == (True, {"trim": 1, "numeric": 1})


@pytest.mark.parametrize(
    ("text", "zone"), [("9999-12-31 23:59:59", "America/New_York"), ("0001-01-01 00:00:00", "Europe/Berlin")]
)
def test_a_moment_that_a_zone_moves_out_of_the_calendar_stays_as_it_is(text: str, zone: str) -> None:
    rules = {"datetime": {"zone": zone, "formats": ["%d.%m.%Y %z"]}}

    assert one_cell(text, text + "x", rules) == (False, {})
    assert one_cell("01.01.0001 +0500", "01.01.0001 +0600", rules) == (False, {})


@pytest.mark.parametrize("template", ["%Q", "%Y %Y", "%"])
def test_a_format_that_cannot_be_used_is_refused(template: str) -> None:
    with pytest.raises(InvalidOptionError, match="is not a format"):
        one_cell("1", "2", {"datetime": {"formats": [template]}})


def test_bytes_are_no_text_that_stands_for_null() -> None:
    source = pa.table({"k": ["1", "2"], "v": pa.array([b"", b"\xab"])})
    target = pa.table({"k": ["1", "2"], "v": pa.array([None, None], pa.binary())})

    result = compare_tables(
        source, target, key=("k",), rules={"v": {"empty_is_null": True, "null_values": ["ab"]}}
    )

    assert fall(result) == (0, 2, 0, 0)


def test_an_option_goes_before_what_a_rule_set_says_of_a_side() -> None:
    rulesets = {"padded": {"v": {"source": {"trim": True}}}}

    forgiven = one_cell(" a", "a", {}, ruleset="padded", rulesets=rulesets)
    strict = one_cell(" a", "a", {"trim": False}, ruleset="padded", rulesets=rulesets)

    assert forgiven == (True, {"trim": 1})
    assert strict == (False, {})
