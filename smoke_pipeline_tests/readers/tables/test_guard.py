"""The guard of users' SQL: what it refuses, and that what it lets through selects the same rows."""

import contextlib
import sqlite3
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from smoke_pipeline.errors import QueryRefusedError, SmokePipelineError, UnknownColumnError
from smoke_pipeline.readers.tables.guard import guarded, guarded_expression, guarded_query
from smoke_pipeline.readers.tables.guard_words import WORDS
from smoke_pipeline.readers.tables.guard_writing import Guarded
from smoke_pipeline_tests.readers.tables.filters import (
    COLUMNS,
    DATABASES,
    HOSTILE,
    HOSTILE_QUERIES,
    MYSQL,
    ORACLE,
    PLAIN,
    POSTGRES,
    QUERIES,
    QUOTED,
    ROWS,
    TABLE,
)
from smoke_pipeline_tests.readers.tables.servers import as_owner


def check(text: str, dialect: str) -> Guarded:
    return guarded(text, dialect=dialect, columns=COLUMNS[dialect])


def without_where(text: str) -> str:
    return text.removeprefix("WHERE ")


def filled() -> sqlite3.Connection:
    """The table in a database of its own."""
    connection = sqlite3.connect(":memory:")
    connection.execute(TABLE)
    rows = [tuple(str(value) if isinstance(value, Decimal) else value for value in row) for row in ROWS]
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return connection


@pytest.fixture
def sqlite():
    with contextlib.closing(filled()) as connection:
        yield connection


@pytest.fixture
def postgres(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute(TABLE.replace("%", "%%"))
        connection.cursor().executemany("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s)", ROWS)
        yield connection


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:40]))
def test_what_is_no_filter_is_refused(text, dialect):
    with pytest.raises((QueryRefusedError, UnknownColumnError)) as caught:
        check(text, dialect)

    assert caught.value.suggestions
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        *(
            (text, "mysql")
            for text in ("name = 'a\\'", "name = '\\' OR 1=1'", "id = 1 # no", "name || 'x' = 'y'")
        ),
        *((text, "mysql") for text in ('name = "a"', '"id" = 1', "id::text = '1'", "BOOKED = SYSDATE")),
        *(
            (text, "postgres")
            for text in ('"ID" = 1', "`id` = 1", "\"mixed case\" = 'm'", "id::regclass = 1")
        ),
        *(
            (text, "oracle")
            for text in ('"id" = 1', "`ID` = 1", "id::text = '1'", "id = TRUE", "name ILIKE 'a'")
        ),
    ],
)
def test_what_one_database_reads_in_another_way_is_refused(text, dialect):
    with pytest.raises((QueryRefusedError, UnknownColumnError)):
        check(text, dialect)


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_filter_is_let_through_to_every_database(text, dialect):
    found = check(text, dialect)

    assert "'" not in "".join(found.parts)
    assert len(found.parts) == len(found.values) + 1


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        *((text, "postgres") for text in POSTGRES),
        *((text, "oracle") for text in ORACLE),
        *((text, "mysql") for text in MYSQL),
        *((text, dialect) for dialect, text in QUOTED.items()),
    ],
)
def test_a_filter_in_the_words_of_its_database_is_let_through(text, dialect):
    assert check(text, dialect).parts


@pytest.mark.parametrize("text", [*PLAIN, QUOTED["mysql"]])
def test_what_is_let_through_selects_the_same_rows_in_sqlite(text, sqlite):
    found = check(text, "mysql")
    values = [float(value) if isinstance(value, Decimal) else value for value in found.values]
    sql = found.written(["?"] * len(values))

    expected = sqlite.execute(f"SELECT * FROM t WHERE {without_where(text)}").fetchall()

    assert sqlite.execute(f"SELECT * FROM t WHERE {sql}", values).fetchall() == expected


def test_what_is_let_through_selects_the_same_rows_in_postgresql(postgres):
    for text in [*PLAIN, *POSTGRES, QUOTED["postgres"]]:
        found = check(text, "postgres")
        sql = found.written(["%s"] * len(found.values))
        expected = postgres.execute(f"SELECT * FROM t WHERE {without_where(text)} ORDER BY id").fetchall()

        assert (
            postgres.execute(f"SELECT * FROM t WHERE {sql} ORDER BY id", found.values).fetchall() == expected
        )


@pytest.mark.services
@pytest.mark.mariadb
def test_what_is_let_through_selects_the_same_rows_in_mariadb(mysql, fill_mysql):
    fill_mysql(TABLE.replace('"', "`").replace("timestamp", "datetime(6)"))
    with as_owner(mysql.port) as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s)", ROWS)
        connection.commit()
        for text in [*PLAIN, *MYSQL, QUOTED["mysql"]]:
            found = check(text, "mysql")
            sql = "%s".join(part.replace("%", "%%") for part in found.parts)
            cursor.execute(f"SELECT * FROM t WHERE {without_where(text)} ORDER BY id")
            expected = cursor.fetchall()
            cursor.execute(f"SELECT * FROM t WHERE {sql} ORDER BY id", found.values or None)

            assert cursor.fetchall() == expected, text


def test_the_rows_tell_the_filters_apart(sqlite):
    selected = {
        tuple(sqlite.execute(f"SELECT id FROM t WHERE {without_where(text)}").fetchall()) for text in PLAIN
    }

    assert len(selected) > 15


def test_names_are_written_as_the_catalogue_has_them():
    assert check('id = 1 and "Mixed Case" = 2', "oracle").parts == ('"ID" = ', ' AND "Mixed Case" = ', "")
    assert check("ID = 1", "postgres").parts == ('"id" = ', "")
    assert guarded("`a``b` = 1", dialect="mysql", columns=["A`b"]).parts == ("`A``b` = ", "")


def test_values_keep_their_kind():
    found = check("id = 1 OR amount = 1.10 OR name = 'O''Brien'", "oracle")

    assert found.values == (1, Decimal("1.10"), "O'Brien")
    assert [type(value) for value in found.values] == [int, Decimal, str]


def test_a_date_is_taken_apart_and_written_anew():
    assert check("booked = date '2024-1-2'", "oracle").parts == ("\"BOOKED\" = DATE '2024-01-02'",)


def test_an_unknown_column_is_named_with_the_nearest_one():
    with pytest.raises(UnknownColumnError, match="no column 'amout'") as caught:
        check("amout = 1", "oracle")

    assert caught.value.suggestions[0] == 'Did you mean "AMOUNT"?'


def test_a_column_that_two_names_may_mean_is_refused():
    with pytest.raises(UnknownColumnError):
        guarded("a = 1", dialect="mysql", columns=["a", "A"])


def test_an_unknown_function_is_named_with_the_nearest_one():
    with pytest.raises(QueryRefusedError, match="the function 'trunk'") as caught:
        check("trunk(booked) = 1", "oracle")

    assert caught.value.suggestions[0] == "Did you mean TRUNC?"


def test_an_expression_may_be_any_scalar():
    columns = COLUMNS["oracle"]

    found = guarded_expression("TO_CHAR(booked, 'YYYY')", dialect="oracle", columns=columns)

    assert found == Guarded(parts=('TO_CHAR( "BOOKED" , ', " )"), values=("YYYY",))
    for text in ("id, name", "*", "id AS x", "id FROM u", "1", "(SELECT 1)", "COUNT(id)"):
        with pytest.raises((QueryRefusedError, UnknownColumnError)):
            guarded_expression(text, dialect="oracle", columns=columns)


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("text", QUERIES)
def test_a_query_that_reads_is_let_through_as_it_is(text, dialect):
    assert guarded_query(f" {text}\n", dialect=dialect) == text


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("text", HOSTILE_QUERIES)
def test_what_is_not_one_reading_query_is_refused(text, dialect):
    with pytest.raises(QueryRefusedError) as caught:
        guarded_query(text, dialect=dialect)

    assert caught.value.suggestions


PIECES = """
    id amount name booked at AND OR NOT IN BETWEEN LIKE IS NULL ESCAPE CASE WHEN THEN ELSE END ( ) ( ) , = < >
    <> + - * / || :: 'zqtext' 'zq''x' 77001 77.002 UPPER( TRUNC( CAST( AS NUMBER TEXT SIGNED DATE INTERVAL DAY
    TIME AT EXTRACT( YEAR FROM FOR SELECT UNION t . ; -- /* " ` % : ? \\ # SLEEP( COUNT( * TRIM( LEADING
    TRUE ZONE
"""
SOUP = st.lists(st.sampled_from(PIECES.split()), max_size=14)
FORBIDDEN = (
    exp.Query,
    exp.AggFunc,
    exp.Table,
    exp.Star,
    exp.Placeholder,
    exp.Parameter,
    exp.Tuple,
    exp.Command,
)


def require_harmless(found: Guarded, dialect: str) -> None:
    sql = "".join(found.parts)
    assert "zq" not in sql
    assert "7700" not in sql
    marked = found.written("'v'" if isinstance(value, str) else "7" for value in found.values)
    (tree,) = sqlglot.parse(f"SELECT 1 FROM t WHERE ({marked})", read=dialect)
    assert isinstance(tree, exp.Select)
    condition = tree.args["where"].this.this
    nodes = list(condition.walk())
    assert [node for node in nodes if isinstance(node, FORBIDDEN)] == []
    assert {column.name for column in condition.find_all(exp.Column)} <= {*COLUMNS[dialect], "SYSDATE"}


@given(words=SOUP, dialect=st.sampled_from(DATABASES))
def test_whatever_is_let_through_is_one_expression_without_a_text_of_the_user(words, dialect):
    try:
        found = check(" ".join(words), dialect)
    except SmokePipelineError:
        return

    require_harmless(found, dialect)


OPERANDS = st.sampled_from(["id", "amount", "77001", "77.002", "'zq'", "'zq''; --'", "UPPER(name)", "NULL"])
FILTERS = st.recursive(
    st.builds("id {} {}".format, st.sampled_from(["=", "<>", "<", ">="]), OPERANDS),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("CASE WHEN {} THEN {} ELSE NULL END = 'zq'".format, inner, OPERANDS),
        st.builds("id IN ({}, {})".format, OPERANDS, OPERANDS),
    ),
    max_leaves=8,
)


@given(text=FILTERS, dialect=st.sampled_from(DATABASES))
def test_what_is_built_by_the_rules_is_let_through(text, dialect):
    require_harmless(check(text, dialect), dialect)


ANSWERED = st.recursive(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(
            ["id", "amount", "`Mixed Case`", "UPPER(name)", "LENGTH(name)", "- id", "id + 1", "NULL"]
        ),
        st.sampled_from(["=", "<>", "<", ">=", "LIKE", "NOT LIKE"]),
        st.sampled_from(
            ["id", "2", "1.1", "'ABE'", "'a%'", "'O''Brien'", "COALESCE(at, 3)", "NULL", "- 1 * 2 - 3"]
        ),
    ),
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("id IN (1, {})".format, inner),
        st.builds("CASE WHEN {} THEN {} END".format, inner, inner),
        st.builds("id BETWEEN 1 AND 3 AND {}".format, inner),
    ),
    max_leaves=6,
)


@given(text=ANSWERED.filter(lambda text: "id" in text or "name" in text or "amount" in text))
def test_nothing_that_is_let_through_changes_its_meaning(text):
    found = check(text, "mysql")
    values = [float(value) if isinstance(value, Decimal) else value for value in found.values]
    sql = found.written(["?"] * len(values))

    with contextlib.closing(filled()) as connection:
        expected = connection.execute(f"SELECT * FROM t WHERE {text}").fetchall()
        assert connection.execute(f"SELECT * FROM t WHERE {sql}", values).fetchall() == expected


CALLS = {
    "CAST": "CAST(name AS CHAR)",
    "EXTRACT": "EXTRACT(YEAR FROM booked)",
    "POSITION": "POSITION('a' IN name)",
    "DATE_ADD": "DATE_ADD(booked, INTERVAL 1 DAY)",
    "DATE_SUB": "DATE_SUB(booked, INTERVAL 1 DAY)",
}
"""Functions that are not called with values between commas."""


def is_let_through(call: str, dialect: str) -> bool:
    with contextlib.suppress(QueryRefusedError):
        check(f"{call} = 'x' AND id = 1", dialect)
        return True
    return False


@pytest.mark.parametrize("dialect", DATABASES)
def test_every_function_type_and_constant_can_be_used_and_is_documented(dialect):
    words = WORDS[dialect]
    page = (Path(__file__).parents[3] / "docs" / "filters.md").read_text(encoding="utf-8")

    unused = {
        name
        for name in words.functions
        if not any(
            is_let_through(CALLS.get(name, f"{name}({arguments})"), dialect)
            for arguments in ("", "name", "name, 'a'", "name, 'a', 'b'")
        )
    }
    unused |= {name for name in words.types if not is_let_through(f"CAST(name AS {name})", dialect)}
    unused |= {name for name in words.constants if not is_let_through(name, dialect)}

    assert unused == set()
    named = words.functions | words.aggregates | words.types | words.constants
    assert {name for name in named if f"`{name}`" not in page} == set()


@given(text=st.text(max_size=60), dialect=st.sampled_from(DATABASES))
def test_any_text_at_all_is_refused_with_a_sentence_or_let_through(text, dialect):
    with contextlib.suppress(QueryRefusedError, UnknownColumnError):
        check(text, dialect)
    with contextlib.suppress(QueryRefusedError):
        guarded_query(text, dialect=dialect)
