"""Statements run by real servers: afterwards a comparison says that the sides are equal."""

from dataclasses import replace

import psycopg
import pymysql
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymysql.constants import CLIENT
from sqlglot import exp

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.result import (
    ComparisonResult,
    DifferenceKind,
    KeyMode,
    RowCounts,
)
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.report.repair.statements import repair_lines, why_none
from smoke_pipeline.settings.model import ComparisonSettings, ReportSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.report.formats.writing import written
from smoke_pipeline_tests.report.repair.test_literals import TEXTS
from smoke_pipeline_tests.report.results import manifest, mismatch, one_sided, result

MYSQL_COLUMNS = """(
  id BIGINT, code VARCHAR(40) COLLATE utf8mb4_general_ci, t LONGTEXT, n DECIMAL(20,4), f DOUBLE,
  b VARBINARY(300),
  d DATE, ts DATETIME(6), inst TIMESTAMP(6) NULL, tm TIME(6), y YEAR, bits BIT(9), j TINYINT(1),
  `od``d name'` INT
)"""
POSTGRES_COLUMNS = """(
  id bigint, code varchar(40), t text, n numeric(20,4), f double precision, b bytea, d date, ts timestamp,
  inst timestamptz, tm time, u uuid, flag boolean, js jsonb, "od""d name'" integer
)"""
BIG = 9007199254740993
MYSQL_ROWS = (
    [
        (
            BIG,
            "a",
            "same",
            "1.5",
            0.1,
            b"\x00",
            "2026-01-02",
            "2026-01-02 03:04:05.5",
            None,
            "01:02:03",
            2026,
            5,
            1,
            1,
        ),
        (
            BIG + 1,
            "a",
            "it's \\ \n",
            "-1.0001",
            1e-7,
            b"\xff'\\",
            "2026-02-28",
            None,
            "2026-03-04 05:06:07",
            "-29:59:59.999995",
            None,
            0,
            0,
            None,
        ),
        (3, "A", None, None, None, None, None, None, None, None, None, None, None, 3),
        (
            4,
            "only here",
            "; DROP TABLE t_target; --",
            "7",
            1e300,
            b"",
            "0001-01-01",
            "9999-12-31 23:59:59.999999",
            None,
            None,
            1999,
            511,
            1,
            4,
        ),
    ],
    [
        (
            BIG,
            "a",
            "same",
            "1.5",
            0.1,
            b"\x00",
            "2026-01-02",
            "2026-01-02 03:04:05.5",
            None,
            "01:02:03",
            2026,
            5,
            1,
            1,
        ),
        (BIG + 1, "a", "other", None, 2.5, None, None, "2026-01-01", None, None, 2000, 1, 1, 9),
        (3, "A", "not null", "1", 1, b"x", "2026-01-01", None, None, None, None, None, None, None),
        (5, "too many", None, None, None, None, None, None, None, None, None, None, None, None),
    ],
)
POSTGRES_ROWS = (
    [
        (
            BIG,
            "a",
            "same",
            "1.5",
            0.1,
            b"\x00",
            "2026-01-02",
            "2026-01-02 03:04:05.5",
            None,
            "01:02:03",
            None,
            True,
            None,
            1,
        ),
        (
            BIG + 1,
            "a",
            "it's \\ \n$$",
            "-1.0001",
            1e-7,
            b"\xff'\\",
            "2026-02-28",
            None,
            "2026-03-04 05:06:07+02",
            "23:59:59.999995",
            "6ecd8c99-4036-403d-bf84-cf8400f67836",
            False,
            '{"a": [1, "x\'"]}',
            None,
        ),
        (3, "A", None, None, None, None, None, None, None, None, None, None, None, 3),
        (
            4,
            "only here",
            "'; DROP TABLE t_target; --",
            "7",
            1e300,
            b"",
            "0001-01-01",
            "9999-12-31 23:59:59.999999",
            None,
            None,
            None,
            None,
            "[]",
            4,
        ),
    ],
    [
        (
            BIG,
            "a",
            "same",
            "1.5",
            0.1,
            b"\x00",
            "2026-01-02",
            "2026-01-02 03:04:05.5",
            None,
            "01:02:03",
            None,
            True,
            None,
            1,
        ),
        (BIG + 1, "a", "other", None, 2.5, None, None, "2026-01-01", None, None, None, True, None, 9),
        (3, "A", "not null", "1", 1, b"x", "2026-01-01", None, None, None, None, None, None, None),
        (5, "too many", None, None, None, None, None, None, None, None, None, None, None, None),
    ],
)


def compared(settings, kind: str, key=("id",)) -> ComparisonResult:
    """Two tables of one database, read and compared."""
    with (
        opened_table(settings, TableRequest(database=f"{kind}.w", table="t_source")) as source,
        opened_table(settings, TableRequest(database=f"{kind}.w", table="t_target")) as target,
    ):
        return compare_snapshots(
            InPlaceSnapshot(source, Side.SOURCE, origin=f"{kind}.w:t_source"),
            InPlaceSnapshot(target, Side.TARGET, origin=f"{kind}.w:t_target"),
            ComparisonSpec(key=key),
            settings=ComparisonSettings(),
        )


def run_on_mysql(port: int, text: str) -> None:
    with (
        pymysql.connect(
            host="127.0.0.1",
            port=port,
            user="owner",
            password="owner",
            database="smoke",
            charset="utf8mb4",
            client_flag=CLIENT.MULTI_STATEMENTS,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(text)
        while cursor.nextset():
            pass


def run_on_postgres(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())


def filled_mysql(mysql, rows, columns=MYSQL_COLUMNS) -> None:
    with (
        pymysql.connect(
            host="127.0.0.1",
            port=mysql.port,
            user="owner",
            password="owner",
            database="smoke",
            charset="utf8mb4",
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET time_zone = '+00:00'")
        for name, some in zip(("t_source", "t_target"), rows, strict=True):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} {columns}")
            for row in some:
                cursor.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})", row)
        connection.commit()


def filled_postgres(url, rows, columns=POSTGRES_COLUMNS) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, some in zip(("t_source", "t_target"), rows, strict=True):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"CREATE TABLE {name} {columns}")
            for row in some:
                connection.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})", row)


@pytest.mark.mariadb
@pytest.mark.parametrize("direction", ["target", "source"])
@pytest.mark.parametrize("key", [("id",), ("id", "code")], ids=["one column", "two columns"])
def test_mariadb_is_equal_after_the_statements_ran(mysql, fill_mysql, direction, key):
    filled_mysql(mysql, MYSQL_ROWS)
    before = compared(mysql, "mysql", key)
    assert (before.counts.mismatched, before.counts.source_only, before.counts.target_only) == (2, 1, 1)

    text = written("repair", before, repair_direction=direction).decode()
    run_on_mysql(mysql.port, text)

    after = compared(mysql, "mysql", key)
    assert after.passed, text
    assert after.counts.matched == 4


@pytest.mark.parametrize("direction", ["target", "source"])
@pytest.mark.parametrize("key", [("id",), ("id", "code")], ids=["one column", "two columns"])
def test_postgresql_is_equal_after_the_statements_ran(postgres, postgres_owner, direction, key):
    filled_postgres(postgres_owner, POSTGRES_ROWS)
    before = compared(postgres, "postgres", key)
    assert (before.counts.mismatched, before.counts.source_only, before.counts.target_only) == (2, 1, 1)

    text = written("repair", before, repair_direction=direction).decode()
    run_on_postgres(postgres_owner, text)

    after = compared(postgres, "postgres", key)
    assert after.passed, text
    assert after.counts.matched == 4


@pytest.mark.mariadb
def test_keys_that_a_collation_calls_equal_are_told_apart(mysql, fill_mysql):
    columns = "(code VARCHAR(40) COLLATE utf8mb4_general_ci, t TEXT)"
    keys = ("abc", "ABC", "äbc", "abc\\", "abd")
    filled_mysql(mysql, ([(key, key) for key in keys], [(key, f"not {key}") for key in keys]), columns)

    run_on_mysql(mysql.port, written("repair", compared(mysql, "mysql", ("code",))).decode())

    assert compared(mysql, "mysql", ("code",)).passed


texts = st.one_of(
    st.none(),
    st.sampled_from([text for text in TEXTS if len(text) < 1000]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
tables = st.dictionaries(st.integers(-(2**62), 2**62), texts, max_size=6)


@pytest.mark.mariadb
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=tables, target=tables)
def test_any_two_tables_of_mariadb_can_be_made_equal(mysql, fill_mysql, source, target):
    filled_mysql(mysql, (source.items(), target.items()), "(id BIGINT, t LONGTEXT)")

    run_on_mysql(mysql.port, written("repair", compared(mysql, "mysql")).decode())

    assert compared(mysql, "mysql").passed


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=tables, target=tables)
def test_any_two_tables_of_postgresql_can_be_made_equal(postgres, postgres_owner, source, target):
    rows = [
        [(key, text and text.replace("\0", "")) for key, text in table.items()] for table in (source, target)
    ]
    filled_postgres(postgres_owner, rows, "(id bigint, t text)")

    run_on_postgres(postgres_owner, written("repair", compared(postgres, "postgres")).decode())

    assert compared(postgres, "postgres").passed


def tables_of_files(**changes) -> ComparisonResult:
    counts = changes.pop("counts", RowCounts(matched=1, mismatched=1, source_only=1, target_only=1))
    given = {
        "source": replace(manifest(Side.SOURCE, counts.source), origin="mysql.w:shop.orders", format="table"),
        "target": replace(
            manifest(Side.TARGET, counts.target), origin="oracle.w:SHOP.ORDERS", format="table"
        ),
        "key_mode": KeyMode.EXPLICIT,
        "differences": (
            mismatch("1", ("amount", "it's", None)),
            one_sided(DifferenceKind.SOURCE_ONLY, {"id": "2", "amount": "\\"}, 2),
            one_sided(DifferenceKind.TARGET_ONLY, {"id": "3", "amount": "x"}, 2),
        ),
    }
    return result(counts, **{**given, **changes})


def test_the_statements_of_each_dialect_are_as_agreed(golden):
    golden("bundle/repair.oracle.sql", written("repair", tables_of_files()))
    golden("bundle/repair.mysql.sql", written("repair", tables_of_files(), repair_direction="source"))
    golden(
        "bundle/repair.postgres.sql",
        written("repair", tables_of_files(), repair_dialect="postgres", repair_table="shop.orders"),
    )


@pytest.mark.parametrize("text", TEXTS, ids=[repr(text[:12]) for text in TEXTS])
def test_a_value_of_oracle_makes_one_statement_and_no_other(text):
    found = tables_of_files(
        differences=(
            mismatch(text, ("amount", text, None)),
            one_sided(DifferenceKind.SOURCE_ONLY, {"id": text, "amount": text}, 2),
            one_sided(DifferenceKind.TARGET_ONLY, {"id": text, "amount": None}, 2),
        )
    )

    lines = written("repair", found).decode().split("\n")

    statements = [line for line in lines if line and not line.startswith(("--", "SET "))]
    parsed = [sqlglot.parse(line, read="oracle") for line in statements]
    assert [[type(one) for one in trees] for trees in parsed] == [
        [exp.Delete],
        [exp.Update],
        [exp.Insert],
        [exp.Commit],
    ]
    quoted = "".join(
        one.this for one in parsed[1][0].args["where"].find_all(exp.Literal, bfs=False) if one.is_string
    )
    assert "".join(one for one in text if one.isprintable() and one != "\\") in quoted


def test_a_renamed_column_has_the_name_of_the_side_that_is_repaired():
    columns = replace(tables_of_files().columns, renamed={"total": "amount"})
    found = tables_of_files(columns=columns)

    to_target = "\n".join(repair_lines(found, ReportSettings()))
    to_source = "\n".join(repair_lines(found, ReportSettings(repair_direction="source")))

    assert ('"total"' in to_target, '"amount"' in to_target) == (True, False)
    assert ("`total`" in to_source, "`amount`" in to_source) == (False, True)


def test_it_says_that_nobody_but_a_person_runs_it():
    first = written("repair", tables_of_files()).decode().splitlines()[0]

    assert first.startswith("-- smoke_pipeline wrote these statements and never executes them")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        pytest.param({"key": (), "key_mode": KeyMode.NONE}, "without a key", id="no key"),
        pytest.param(
            {"counts": RowCounts(mismatched=4)}, "3 of 4 differing rows were kept", id="not all kept"
        ),
        pytest.param({"duplicate_group_count": 1}, "stand on several rows", id="repeated keys"),
        pytest.param({"masked_columns": ("amount",)}, "are masked, in amount", id="masked"),
        pytest.param(
            {"equal_under_rule": {"id": {"trim": 1}}}, "only under a rule, in id", id="key under a rule"
        ),
        pytest.param(
            {"target": replace(manifest(Side.TARGET, 3), origin="oracle.w:T where x > 1", format="table")},
            "Only a part of the target was read",
            id="a filter",
        ),
        pytest.param({"target": manifest(Side.TARGET, 3)}, "is no table", id="a file"),
        pytest.param(
            {"target": replace(manifest(Side.TARGET, 3), origin="oracle.w:SELECT 1 FROM t", format="table")},
            "is no table",
            id="a query",
        ),
        pytest.param(
            {
                "counts": RowCounts(matched=1, mismatched=1),
                "differences": (replace(mismatch("1", ("amount", "1", "2")), in_flight=True),),
            },
            "in flight",
            id="in flight",
        ),
        pytest.param(
            {
                "counts": RowCounts(matched=1, mismatched=1),
                "differences": (mismatch("1", ("amount", "\ud800", "2")),),
            },
            "half a letter",
            id="half a letter",
        ),
    ],
)
def test_where_a_statement_could_be_wrong_there_is_none(changes, because):
    found = tables_of_files(**changes)

    lines = list(repair_lines(found, ReportSettings()))

    assert because in (why_none(found, ReportSettings()) or "")
    assert because in lines[-1]
    assert all(line.startswith("-- ") for line in lines)


def test_keys_that_were_read_as_the_type_of_the_other_side_are_no_hindrance():
    assert why_none(tables_of_files(equal_under_rule={"id": {"read_as_type": 9}}), ReportSettings()) is None


def test_a_comment_holds_no_second_line():
    source = replace(tables_of_files().source, origin="mysql.w:t\nDROP TABLE t;")

    assert "\nDROP" not in written("repair", tables_of_files(source=source)).decode()
