"""Rows by their keys: what is asked for, and beside what else."""

import pyarrow as pa
import pytest

from smoke_pipeline.readers.tables.keys import WantedKeys, among
from smoke_pipeline.readers.tables.query import Selection, Sql
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.tables.finding import not_found_again
from smoke_pipeline_tests.readers.tables.test_mysql_types import CASES


def selection(dialect="postgres", condition=None):
    return Selection(
        dialect=dialect,
        place="t",
        expressions={name: Sql((name,)) for name in ("a", "b")},
        condition=condition,
    )


def written(found):
    return "?".join(found.condition.parts), found.condition.values


def wanted(*values, columns=("a",), **more):
    return WantedKeys(columns=columns, values=values, **more)


@pytest.mark.parametrize(
    ("keys", "condition"),
    [
        (wanted((1,), (2,)), ("(a IN (?, ?))", (1, 2))),
        (wanted((None,)), ("(a IS NULL)", ())),
        (wanted((1,), (None,)), ("(a IN (?) OR a IS NULL)", (1,))),
        (
            wanted((None,), empty_is_null=frozenset({"a"})),
            ("((a IS NULL OR a = ?))", ("",)),
        ),
        (
            wanted((1, None), (2, "x"), columns=("a", "b")),
            ("((a = ? AND b IS NULL) OR (a = ? AND b = ?))", (1, 2, "x")),
        ),
    ],
    ids=["values", "NULL", "both", "empty", "two columns"],
)
def test_values_are_bound_and_null_is_asked_for_in_its_own_way(keys, condition):
    assert written(among(selection(), keys)) == condition


def test_an_empty_text_of_oracle_is_null():
    assert written(among(selection("oracle"), wanted(("",), ("x",)))) == ("(a IN (?) OR a IS NULL)", ("x",))


def test_a_sign_that_postgres_does_not_know_is_in_no_row():
    assert written(among(selection(), wanted(("a\0",)))) == ("(1 = 0)", ())
    assert written(among(selection("mysql"), wanted(("a\0",)))) == ("(a IN (?))", ("a\0",))


def test_the_condition_of_the_request_holds_as_well():
    found = among(selection(condition=Sql(("(b > ", ")"), (5,))), wanted((1,)))

    assert written(found) == ("(b > ?) AND (a IN (?))", (5, 1))


def test_without_keys_everything_is_read():
    assert among(selection(), None) == selection()


def test_rows_of_keys_are_read_from_a_table_a_filtered_table_and_a_query(served):
    place = "smoke.t" if served.kind == "mysql" else "t"
    served.fill(
        f"CREATE TABLE {place} (id INT, v VARCHAR(30))",
        f"INSERT INTO {place} VALUES (1, 'a'), (2, 'b'), (3, 'c'), (NULL, 'd')",
    )
    keys = wanted((1,), (3,), (None,), columns=("id",))
    requests = (
        {},
        {"where_clause": "v <> 'a'"},
        {"query": "SELECT id, v FROM t"},
        {"casts": {"v": "UPPER(v)"}},
    )

    found = []
    for request in requests:
        with served.opened(**request) as reader:
            table = pa.Table.from_batches(reader.read(10, keys), reader.schema)
            found.append(sorted(table["v"].to_pylist()))

    assert found == [["a", "c", "d"], ["c", "d"], ["a", "c", "d"], ["A", "C", "D"]]


def test_a_value_is_never_sql(served):
    place = "smoke.t" if served.kind == "mysql" else "t"
    hostile = "x' OR '1'='1'; DROP TABLE t; -- %s \\"
    served.fill(f"CREATE TABLE {place} (id VARCHAR(60))", f"INSERT INTO {place} VALUES ('a')")

    with served.opened() as reader:
        rows = list(reader.read(10, wanted((hostile,), columns=("id",))))
        again = list(reader.read(10, wanted(("a",), columns=("id",))))

    assert (sum(one.num_rows for one in rows), again[0].num_rows) == (0, 1)


@pytest.mark.mariadb
@pytest.mark.parametrize(("declared", "values"), [(case[0], case[2]) for case in CASES])
def test_a_value_of_any_type_of_mariadb_is_found_again(mysql, fill_mysql, declared, values):
    fill_mysql(f"CREATE TABLE t (a {declared})")
    for value in [*values, "NULL"]:
        fill_mysql(f"INSERT INTO t VALUES ({value})")

    with opened_table(mysql, TableRequest(database="mysql.main", table="t")) as reader:
        assert not_found_again(reader, "a") == []
