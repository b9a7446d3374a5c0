"""The SELECT that is written, and the table that a name means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import InvalidOptionError, ObjectNotFoundError
from smoke_pipeline.readers.tables.query import Selection, Sql, TableName, quoted, table_of, tables_meant

NAMES = st.text(st.sampled_from("ab.`\"%; '-"), min_size=1, max_size=8)
DIALECTS = st.sampled_from(["mysql", "postgres", "oracle"])


@given(name=NAMES, dialect=DIALECTS)
def test_a_quoted_name_is_one_word_and_says_the_name(name, dialect):
    mark = "`" if dialect == "mysql" else '"'

    found = quoted(name, dialect)

    assert re.fullmatch(f"{mark}(?:[^{mark}]|{mark}{mark})*{mark}", found)
    assert found[1:-1].replace(mark * 2, mark) == name


@given(schema=NAMES, name=NAMES, default=NAMES)
def test_a_table_is_found_by_its_whole_name(schema, name, default):
    table = TableName(schema, name)

    assert table in tables_meant(f"{schema}.{name}", default)
    assert table_of(f"{schema}.{name}", default, {table}) == table


@given(name=NAMES, default=NAMES)
def test_a_table_of_the_default_schema_is_found_by_its_name_alone(name, default):
    table = TableName(default, name)

    assert table_of(name, default, {table}) == table


@given(wanted=NAMES, known=st.sets(st.builds(TableName, NAMES, NAMES)), default=NAMES)
def test_a_name_means_a_table_that_is_there_or_none(wanted, known, default):
    try:
        found = table_of(wanted, default, known)
    except (ObjectNotFoundError, InvalidOptionError):
        return

    assert found in known
    assert wanted in (f"{found.schema}.{found.name}", found.name)
    assert found.schema == default or wanted != found.name


def test_a_name_that_means_two_tables_is_refused():
    known = {TableName("public", "a.b"), TableName("a", "b")}

    with pytest.raises(InvalidOptionError, match=r"'a\.b' of schema 'public' or 'b' of schema 'a'"):
        table_of("a.b", "public", known)


def test_a_table_of_another_schema_is_suggested_with_its_schema():
    with pytest.raises(ObjectNotFoundError) as caught:
        table_of("sales.Orders", "public", {TableName("sales", "orders"), TableName("public", "x")})

    assert caught.value.suggestions == ("Did you mean 'sales.orders'?",)


@given(pieces=st.lists(st.tuples(st.text(max_size=3), st.integers()), max_size=5))
def test_values_keep_their_places_whatever_is_put_together(pieces):
    whole = Sql(("",))
    for text, value in pieces:
        whole = whole + text + Sql((" = ", ""), (value,))

    assert len(whole.parts) == len(whole.values) + 1
    assert "?".join(whole.parts) == "".join(f"{text} = ?" for text, _ in pieces)
    assert whole.values == tuple(value for _, value in pieces)


def test_the_statement_reads_each_expression_under_the_name_of_its_column():
    selection = Selection(
        dialect="mysql",
        place="`s`.`t`",
        expressions={"a": Sql(("`a`",)), "b": Sql(("IFNULL(`b`, ", ")"), (7,))},
        condition=Sql(("(`a` > ", ")"), (1,)),
    )

    found = selection.statement({"a": ("(", ") * 1e0")})

    assert found.values == (7, 1)
    assert "?".join(found.parts) == (
        "SELECT (`a`) * 1e0 AS `a`, IFNULL(`b`, ?) AS `b` FROM `s`.`t` WHERE (`a` > ?)"
    )
