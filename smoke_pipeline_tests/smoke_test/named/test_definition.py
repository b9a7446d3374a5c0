"""Definitions of named tests, and the orders they become."""

import pytest

from smoke_pipeline.errors import InvalidOptionError, QueryRefusedError, UnknownRuleError
from smoke_pipeline.smoke_test.named.definition import parse_definition
from smoke_pipeline.smoke_test.named.filling import order_of_test
from smoke_pipeline.smoke_test.spec import ObjectSide, TableSide

STATEMENT = {
    "name": "statement",
    "owner": "anna",
    "tags": ["nightly"],
    "parameters": {
        "contract": {"description": "The contract.", "pattern": "[0-9]{1,12}"},
        "day": {"default": "2026-01-31"},
        "level": {"default": "99.5"},
    },
    "test_type": "statement",
    "source": {
        "kind": "object",
        "document": "statement",
        "parameters": {"contract_number": "{contract}", "payment_date": "{day}"},
    },
    "target": {
        "kind": "table",
        "database": "mysql.warehouse",
        "table": "statements",
        "where_clause": "contract = {contract} AND day = {day}",
    },
    "threshold": "{level}",
    "comparison": {"key": ["line"], "rules": {"amount": ["numeric"]}},
}


def parse(**changes):
    data = {**STATEMENT, **changes}
    return parse_definition({name: value for name, value in data.items() if value is not None}, "The test")


def small(source=None, parameters=None, **more):
    """A definition of little else than a source."""
    data = {"name": "small", "source": source or {"path": "/a.csv"}, "parameters": parameters or {}, **more}
    return parse_definition(data, "The test")


def test_places_are_filled_and_what_they_were_filled_with_is_kept():
    order = order_of_test(parse(), {"contract": "12345"})

    assert order.test_name == "statement"
    assert order.parameters == {"contract": "12345", "day": "2026-01-31", "level": "99.5"}
    assert order.source == ObjectSide(
        document="statement", parameters={"contract_number": "12345", "payment_date": "2026-01-31"}
    )
    assert isinstance(order.target, TableSide)
    assert order.target.where_clause == "contract = '12345' AND day = '2026-01-31'"
    assert str(order.comparison.threshold) == "99.5"
    assert order.comparison.key == ("line",)


def test_a_definition_is_written_down_and_read_again():
    test = parse()

    assert parse_definition(test.to_dict(), "The test") == test


def test_a_key_is_found_by_itself_unless_whole_rows_are_asked_for():
    assert order_of_test(small(), {}).comparison.key == "auto"
    assert order_of_test(small(comparison={"key": None}), {}).comparison.key is None


def test_a_value_with_structure_stays_a_text():
    test = small(
        comparison={"ignore_columns": ["{column}"], "renames": {"{column}": "{column}"}},
        parameters={"column": {}},
    )

    order = order_of_test(test, {"column": "a, b: [c]"})

    assert order.comparison.ignore_columns == ("a, b: [c]",)
    assert order.comparison.renames == {"{column}": "a, b: [c]"}


@pytest.mark.parametrize(
    ("changes", "words", "advice"),
    [
        pytest.param({"sorce": {}}, "unknown key 'sorce'", "'source'", id="key"),
        pytest.param({"source": None}, "no source", "data before", id="no source"),
        pytest.param({"source": {"kind": "tabel"}}, "kind 'tabel'", "'table'", id="kind"),
        pytest.param({"source": {"pth": "a"}}, "unknown key 'pth'", "'path'", id="key of a side"),
        pytest.param({"source": "a.csv"}, "source of The test is no", "one key", id="a side that is a text"),
        pytest.param({"comparison": {"kee": 1}}, "unknown key 'kee'", "'key'", id="option"),
        pytest.param({"name": "a/b"}, "name", "named-tests", id="name"),
        pytest.param({"name": "a\n"}, "name", "named-tests", id="name with a line's end"),
        pytest.param({"parameters": {}}, "a place {", "braces", id="unknown place"),
        pytest.param(
            {"parameters": {**STATEMENT["parameters"], "more": {}}},
            "'more' that no value",
            "{more}",
            id="unused",
        ),
        pytest.param(
            {"comparison": {"threshold": 1}, "threshold": "{level}"}, "threshold twice", "Leave", id="twice"
        ),
        pytest.param({"source": {"path": "{"}}, "brace", "{{", id="open brace"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_with_what_to_do(changes, words, advice):
    with pytest.raises(InvalidOptionError, match=words) as caught:
        parse(**changes)

    assert any(advice in one for one in caught.value.suggestions)


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ({"required": False}, "need not be said has a default"),
        ({"required": True, "default": "1"}, "must be said has no default"),
        ({"pattern": "("}, "no regular expression"),
        ({"pattern": "[0-9]+", "default": "x"}, "the default is 'x'"),
        ({"defalt": "x"}, "defalt"),
        ({"default": "a\nb"}, "printable"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(parameter, words):
    with pytest.raises(InvalidOptionError, match=words):
        small({"path": "/{p}.csv"}, {"p": parameter})


@pytest.mark.parametrize(
    ("given", "words", "advice"),
    [
        pytest.param({}, "needs contract", "--param contract=", id="missing"),
        pytest.param({"contrakt": "1"}, "no parameter 'contrakt'", "'contract'", id="unknown"),
        pytest.param({"contract": "12a"}, "contract is '12a', which does not match", "", id="pattern"),
        pytest.param({"contract": "1\n"}, "printable", "", id="a line's end"),
    ],
)
def test_what_is_said_for_parameters_is_checked(given, words, advice):
    with pytest.raises(InvalidOptionError, match=words) as caught:
        order_of_test(parse(), given)

    assert not advice or any(advice in one for one in caught.value.suggestions)


def test_a_parameter_leads_to_no_other_folder():
    test = small({"path": "/data/{day}.csv"}, {"day": {}})

    assert order_of_test(test, {"day": "monday"}).source.path == "/data/monday.csv"
    with pytest.raises(InvalidOptionError, match="part of a path"):
        order_of_test(test, {"day": "../../etc/passwd"})


def test_a_condition_is_not_filled_within_a_text():
    test = small(
        {"kind": "table", "database": "mysql.w", "table": "t", "where_clause": "a = '{p}'"}, {"p": {}}
    )

    with pytest.raises(QueryRefusedError) as caught:
        order_of_test(test, {"p": " OR 1=1 OR 'a'="})

    assert any("without quotes" in one for one in caught.value.suggestions)


def test_sql_that_could_be_read_in_another_way_is_refused():
    test = small({"kind": "table", "database": "mysql.w", "table": "t", "where_clause": "a = {p}"}, {"p": {}})

    with pytest.raises(QueryRefusedError, match="backslash"):
        order_of_test(test, {"p": "\\' OR 1=1"})


def test_a_rule_that_does_not_exist_is_told_when_the_order_is_made():
    with pytest.raises(UnknownRuleError, match="'numerik'"):
        order_of_test(small(comparison={"rules": {"a": ["numerik"]}}), {})


def test_days_and_numbers_of_yaml_are_taken_as_they_were_written(tmp_path):
    from smoke_pipeline.settings.load import read_yaml

    (tmp_path / "t.yaml").write_text(
        "name: t\nparameters:\n  day: {default: 2026-01-31}\n  n: {default: 7}\n"
        'source: {path: "/{day}-{n}.csv"}\n'
    )

    order = order_of_test(parse_definition(read_yaml(tmp_path / "t.yaml"), "The test"), {})

    assert order.source.path == "/2026-01-31-7.csv"
