"""Traps of one server each, on the way from values to checksums."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import UnsupportedColumnTypeError
from smoke_pipeline_tests.smoke_test.pushdown.answers import facts, fall

pytestmark = pytest.mark.services
DOUBLES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40)


def beside(number: float) -> float:
    """The double whose bits differ in the last place."""
    (bits,) = struct.unpack("<q", struct.pack("<d", number))
    return struct.unpack("<d", struct.pack("<q", bits ^ 1))[0]


def doubles_are_told_apart(pair, numbers):
    for name, values in (("a", numbers), ("b", [beside(number) for number in numbers])):
        rows = ", ".join(f"({place}, {value!r}e0)" if "e" not in repr(value) else f"({place}, {value!r})"
                         for place, value in enumerate(values))  # fmt: skip
        pair.fill(
            f"DROP TABLE IF EXISTS {name}",
            f"CREATE TABLE {name} (id INT PRIMARY KEY, x DOUBLE PRECISION)",
            f"INSERT INTO {name} VALUES {rows}",
        )

    result = pair.pushed(key="id", segments=2**16)

    assert fall(result) == (0, len(numbers), 0, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=DOUBLES)
def test_postgres_tells_neighbouring_doubles_apart(postgres_pair, numbers):
    doubles_are_told_apart(postgres_pair, numbers)


@pytest.mark.mariadb
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=DOUBLES)
def test_mariadb_tells_neighbouring_doubles_apart(mysql_pair, numbers):
    doubles_are_told_apart(mysql_pair, numbers)


@pytest.mark.mariadb
def test_a_text_beyond_the_largest_packet_is_never_summed_up_as_if_it_were_null(mysql_pair):
    mysql_pair.fill("SET GLOBAL max_allowed_packet = 1048576")
    try:
        for name, sign in (("a", "x"), ("b", "y")):
            mysql_pair.fill(
                f"CREATE TABLE {name} (id INT PRIMARY KEY, x LONGTEXT)",
                f"INSERT INTO {name} VALUES (1, CONCAT('{sign}', REPEAT('z', 800000))), (2, NULL)",
            )

        result = mysql_pair.pushed(key="id", segments=64)
    finally:
        mysql_pair.fill("SET GLOBAL max_allowed_packet = 16777216")

    assert fall(result) == (1, 1, 0, 0)


@pytest.mark.mariadb
def test_a_key_beyond_the_largest_packet_is_found_again(mysql_pair):
    mysql_pair.fill("SET GLOBAL max_allowed_packet = 1048576")
    try:
        for name in ("a", "b"):
            mysql_pair.fill(
                f"CREATE TABLE {name} (id LONGTEXT, x INT)",
                f"INSERT INTO {name} VALUES (REPEAT('z', 800000), 1), ('k', 2), (REPEAT('y', 800000), 3)",
            )

        result = mysql_pair.pushed(key="id", segments=64)
    finally:
        mysql_pair.fill("SET GLOBAL max_allowed_packet = 16777216")

    assert fall(result) == (3, 0, 0, 0)


@pytest.mark.mariadb
def test_a_zero_date_is_not_null(mysql_pair):
    mysql_pair.fill(
        "SET sql_mode = ''",
        "CREATE TABLE a (id INT PRIMARY KEY, x DATE NOT NULL)",
        "CREATE TABLE b (id INT PRIMARY KEY, x DATE)",
        "INSERT INTO a VALUES (1, '0000-00-00')",
        "INSERT INTO b VALUES (1, NULL)",
    )

    with pytest.raises(UnsupportedColumnTypeError, match="0000-00-00"):
        mysql_pair.pushed(key="id")


@pytest.mark.mariadb
@pytest.mark.parametrize(
    ("declared", "value", "reason"),
    [
        (
            "VARCHAR(9) CHARACTER SET cp1250",
            "'ž'",
            "The column 'x' is in cp1250, whose texts are not summed up.",
        ),
        ("POINT", "POINT(1, 2)", "The column 'x' is of type GEOMETRY, which is not summed up."),
    ],
    ids=["an old character set", "a shape"],
)
def test_what_is_not_summed_up_is_read_and_the_answer_says_so(mysql_pair, declared, value, reason):
    for name in ("a", "b"):
        mysql_pair.fill(
            f"CREATE TABLE {name} (id INT PRIMARY KEY, x {declared})",
            f"INSERT INTO {name} VALUES (1, {value})",
        )

    result = mysql_pair.pushed(key="id")

    assert (fall(result), result.engine.fallback, result.engine.rows_read) == ((1, 0, 0, 0), reason, 2)
    assert facts(result) == facts(mysql_pair.read(key="id"))
    assert mysql_pair.pushed(key="id", ignore_columns=["x"]).engine.fallback is None


@pytest.mark.mariadb
def test_the_index_of_a_table_whose_name_differs_in_case_is_not_this_tables(mysql_pair):
    mysql_pair.fill("CREATE TABLE A (id INT PRIMARY KEY)", "INSERT INTO A VALUES (1)")
    for name in ("a", "b"):
        mysql_pair.fill(f"CREATE TABLE {name} (id INT)", f"INSERT INTO {name} VALUES (1), (1)")

    assert mysql_pair.pushed(key="id").duplicate_group_count == 1


@pytest.mark.mariadb
@pytest.mark.parametrize(
    "index",
    ["UNIQUE (id)", "UNIQUE (id, x)", "UNIQUE (n(1))"],
    ids=["that allows NULL", "of more columns", "of a part of a column"],
)
def test_a_unique_index_of_mariadb_that_does_not_tell_rows_apart_is_not_taken_for_one(mysql_pair, index):
    rows = "(NULL, 1, 'a'), (NULL, 2, 'b')"
    for name in ("a", "b"):
        mysql_pair.fill(
            f"CREATE TABLE {name} (id INT, x INT NOT NULL, n VARCHAR(9) NOT NULL, {index})",
            f"INSERT INTO {name} VALUES {rows}",
        )

    result = mysql_pair.pushed(key="id")

    assert (fall(result), result.duplicate_group_count) == ((2, 0, 0, 0), 1)


@pytest.mark.parametrize(
    "index",
    ["(id)", "(x) WHERE x > 1", "((id + x))", "(x, n)", "(x) INCLUDE (n)"],
    ids=["that allows NULL", "of some rows", "of an expression", "of more columns", "that is none"],
)
def test_a_unique_index_of_postgres_that_does_not_tell_rows_apart_is_not_taken_for_one(postgres_pair, index):
    unique = "" if "INCLUDE" in index else "UNIQUE"
    for name in ("a", "b"):
        postgres_pair.fill(
            f"CREATE TABLE {name} (id INT, x INT NOT NULL, n INT NOT NULL)",
            f"CREATE {unique} INDEX ON {name} {index}",
            f"INSERT INTO {name} VALUES (NULL, 1, 1), (NULL, 1, 2)",
        )

    for key in ("id", "x"):
        result = postgres_pair.pushed(key=key)

        assert (fall(result), result.duplicate_group_count) == ((2, 0, 0, 0), 1)


def test_rows_of_tables_that_inherit_are_not_those_that_an_index_knows(postgres_pair):
    for name in ("a", "b"):
        postgres_pair.fill(
            f"CREATE TABLE {name} (id INT PRIMARY KEY)",
            f"CREATE TABLE more_{name} () INHERITS ({name})",
            f"INSERT INTO {name} VALUES (1), (2)",
            f"INSERT INTO more_{name} VALUES (1)",
        )

    result = postgres_pair.pushed(key="id")

    assert (fall(result), result.duplicate_group_count) == ((3, 0, 0, 0), 1)
    assert facts(result) == facts(postgres_pair.read(key="id"))


def test_blanks_that_fill_a_char_of_postgres_are_part_of_its_value(postgres_pair):
    for name, kind in (("a", "CHAR(4)"), ("b", "VARCHAR(4)")):
        postgres_pair.fill(
            f"CREATE TABLE {name} (id INT PRIMARY KEY, x {kind})", f"INSERT INTO {name} VALUES (1, 'a')"
        )

    result = postgres_pair.pushed(key="id")

    assert fall(result) == (0, 1, 0, 0)


def test_a_collation_that_takes_letters_for_one_another_plays_no_part(pair):
    collation = {"mysql": "COLLATE utf8mb4_general_ci", "postgres": ""}[pair.kind]
    for name, text in (("a", "Straße "), ("b", "STRASSE")):
        pair.fill(
            f"CREATE TABLE {name} (id INT PRIMARY KEY, x VARCHAR(20) {collation})",
            f"INSERT INTO {name} VALUES (1, '{text}')",
        )

    assert fall(pair.pushed(key="id")) == (0, 1, 0, 0)


def test_names_that_need_quotes_are_quoted(pair):
    mark = {"mysql": "`", "postgres": '"'}[pair.kind]
    name = f"select {mark * 2} '%s"
    for table in ("a", "b"):
        pair.fill(
            f"CREATE TABLE {table} ({mark}{name}{mark} INT PRIMARY KEY, segment INT, of_key INT)".replace(
                "%", "%"
            ),
            f"INSERT INTO {table} VALUES (1, 2, 3), (2, 2, 3)",
        )

    result = pair.pushed(key=[f"select {mark} '%s"], segments=16)

    assert (fall(result), result.engine.rows_read) == ((2, 0, 0, 0), 0)
