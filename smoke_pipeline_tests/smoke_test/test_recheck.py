"""Rows that differ are read again a while later; those that agree by then were in flight."""

import threading
from collections import Counter
from dataclasses import replace

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.changing import set_comparison
from smoke_pipeline.smoke_test.parts.steps import compare_one_part, deal, merge_and_record
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec, TableSide
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.conftest import with_preset

SOURCE = TableSide(database="postgres.warehouse", table="s")
TARGET = TableSide(database="postgres.warehouse", table="t")
TABLES = ("CREATE TABLE s (id INT, v TEXT)", "CREATE TABLE t (id INT, v TEXT)")
ROWS = (
    "INSERT INTO s VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')",
    "INSERT INTO t VALUES (1, 'a'), (2, 'x'), (4, 'y'), (5, 'e')",
)


@pytest.fixture
def in_postgres(around, postgres):
    return with_preset(around, postgres={"warehouse": postgres})


def taken(around, source=SOURCE, target=TARGET, **options):
    """A session whose sides were taken, and that will be rechecked at once."""
    options = {"key": ("id",), "recheck": "0s", **options}
    spec = SessionSpec(source=source, target=target, comparison=ComparisonSpec.model_validate(options))
    session_id = start_session(spec, around).session_id
    for side in Side:
        snapshot_side(session_id, side, around)
    return session_id


def compared(session_id, around, while_waiting=None):
    """The result, where something happens between the comparison and the second look."""
    still_to_do = [while_waiting] if while_waiting else []

    def on_progress(progress):
        if progress.stage.startswith("Waiting") and still_to_do:
            still_to_do.pop()()

    return compare_and_record(session_id, around, on_progress=on_progress)


def in_flight(result):
    return [one.key for one in result.differences if one.in_flight]


def test_rows_that_agree_a_while_later_are_labelled_and_still_count(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres)

    def fix():
        fill_postgres(
            "UPDATE t SET v = 'b' WHERE id = 2",
            "INSERT INTO t VALUES (3, 'c')",
            "INSERT INTO s VALUES (5, 'e')",
        )

    result = compared(session_id, in_postgres, fix)

    assert in_flight(result) == [("2",), ("3",), ("5",)]
    found = result.recheck
    assert (found.keys, found.mismatched, found.source_only, found.target_only) == (4, 1, 1, 1)
    assert (found.in_flight, found.not_rechecked, found.impossible_because) == (3, 0, None)
    assert (result.counts.matched, result.counts.mismatched, result.difference_count) == (1, 2, 4)
    assert result.verdict is Verdict.FAILED


def test_a_row_that_got_worse_is_not_in_flight(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres)

    result = compared(
        session_id,
        in_postgres,
        lambda: fill_postgres("UPDATE t SET v = 'worse' WHERE id = 2", "DELETE FROM t WHERE id = 4"),
    )

    assert in_flight(result) == []
    assert result.recheck.keys == 4


def test_a_row_that_vanished_on_both_sides_was_in_flight(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres)

    result = compared(
        session_id,
        in_postgres,
        lambda: fill_postgres("DELETE FROM s WHERE id IN (2, 3)", "DELETE FROM t WHERE id = 2"),
    )

    assert in_flight(result) == [("2",), ("3",)]


def test_a_writer_that_catches_up_while_we_wait_is_seen(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id, waiting = taken(in_postgres, recheck="1s"), threading.Event()

    def catch_up():
        waiting.wait(30)
        fill_postgres("UPDATE t SET v = 'b' WHERE id = 2")

    writer = threading.Thread(target=catch_up)
    writer.start()
    told = []

    def on_progress(progress):
        told.append((progress.stage, progress.rows))
        if progress.stage.startswith("Waiting"):
            waiting.set()

    result = compare_and_record(session_id, in_postgres, on_progress=on_progress)
    writer.join()

    assert in_flight(result) == [("2",)]
    assert result.recheck.waited_s == 1
    assert ("Waiting 1 s before the differing keys are read again", 4) in told


def test_who_is_told_of_the_wait_can_end_it(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres, recheck="60m")

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compared(session_id, in_postgres, stop)


def test_nothing_differs_so_nobody_waits(in_postgres, fill_postgres):
    fill_postgres(*TABLES, ROWS[0], "INSERT INTO t SELECT * FROM s")
    session_id = taken(in_postgres, recheck="60m")

    result = compared(session_id, in_postgres)

    assert (result.recheck.keys, result.recheck.waited_s, result.verdict) == (0, 0, Verdict.PASSED)


def test_a_file_keeps_what_its_snapshot_has(in_postgres, fill_postgres, write):
    fill_postgres(*TABLES, ROWS[1])
    path = write("s.csv", "id,v\n1,a\n02,b\n3,c\n4,d\n")
    session_id = taken(in_postgres, source=PathSide(path=path))

    def fix():
        fill_postgres("UPDATE t SET v = 'b' WHERE id = 2", "INSERT INTO t VALUES (3, 'c')")
        write("s.csv", "id,v\n4,y\n5,e\n")

    result = compared(session_id, in_postgres, fix)

    assert in_flight(result) == [("02",), ("3",)]


def test_the_source_of_an_etl_in_place_is_what_it_was_before(in_postgres, fill_postgres):
    fill_postgres(*TABLES, ROWS[0])
    spec = SessionSpec(source=SOURCE, comparison=ComparisonSpec(key=("id",), recheck=0))
    session_id = start_session(spec, in_postgres).session_id
    snapshot_side(session_id, Side.SOURCE, in_postgres)
    fill_postgres("UPDATE s SET v = 'changed' WHERE id < 3")
    snapshot_side(session_id, Side.TARGET, in_postgres)

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE s SET v = 'b' WHERE id = 2"))

    assert in_flight(result) == [("2",)]


def test_several_rows_of_a_key_agree_together_or_not_at_all(in_postgres, fill_postgres):
    fill_postgres(
        *TABLES,
        "INSERT INTO s VALUES (1, 'a'), (1, 'b'), (1, 'c'), (2, 'a'), (2, 'b')",
        "INSERT INTO t VALUES (1, 'a'), (1, 'x'), (1, 'y'), (2, 'a')",
    )
    session_id = taken(in_postgres)

    result = compared(
        session_id,
        in_postgres,
        lambda: fill_postgres("UPDATE t SET v = 'b' WHERE v = 'x'", "INSERT INTO t VALUES (2, 'b')"),
    )

    assert in_flight(result) == [("2",)]
    assert (result.recheck.keys, result.counts.mismatched) == (2, 2)


def test_keys_with_null_in_them_are_found_again(in_postgres, fill_postgres):
    fill_postgres(
        "CREATE TABLE s (a INT, b TEXT, v INT)",
        "CREATE TABLE t (a INT, b TEXT, v INT)",
        "INSERT INTO s VALUES (1, NULL, 1), (NULL, 'x', 1), (NULL, NULL, 1), (1, '', 1)",
        "INSERT INTO t VALUES (1, NULL, 2), (NULL, 'x', 2), (NULL, NULL, 2), (1, '', 2)",
    )
    session_id = taken(in_postgres, key=("a", "b"))

    unchanged = compared(session_id, in_postgres)
    fixed = compared(
        session_id,
        in_postgres,
        lambda: fill_postgres("UPDATE t SET v = 1 WHERE b IS NULL"),
    )

    assert (unchanged.recheck.keys, in_flight(unchanged)) == (4, [])
    assert set(in_flight(fixed)) == {(None, None), ("1", None)}


def test_an_empty_key_of_a_csv_is_null_or_the_empty_text_of_a_table(in_postgres, fill_postgres, write):
    fill_postgres("CREATE TABLE t (id TEXT, v TEXT)", "INSERT INTO t VALUES ('', 'x')")
    session_id = taken(in_postgres, source=PathSide(path=write("s.csv", "id,v\n,a\n")))

    unchanged = compared(session_id, in_postgres)
    fixed = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'a'"))
    now_null = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET id = NULL"))
    also_empty = compared(session_id, in_postgres, lambda: fill_postgres("INSERT INTO t VALUES ('', 'a')"))

    assert [in_flight(one) for one in (unchanged, fixed, now_null, also_empty)] == [
        [],
        [(None,)],
        [(None,)],
        [],
    ]


def test_no_more_keys_are_read_again_than_the_settings_allow(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    comparison = in_postgres.settings.comparison.model_copy(update={"recheck_max_keys": 2})
    around = replace(in_postgres, settings=in_postgres.settings.model_copy(update={"comparison": comparison}))
    session_id = taken(around)

    def fix():
        fill_postgres("DELETE FROM s", "DELETE FROM t")

    result = compared(session_id, around, fix)

    assert in_flight(result) == [("2",), ("3",)]
    assert (result.recheck.keys, result.recheck.not_rechecked) == (2, 2)


def test_more_rows_are_read_again_than_are_kept(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres, max_mismatches=1)

    result = compared(session_id, in_postgres, lambda: fill_postgres("DELETE FROM s", "DELETE FROM t"))

    assert (len(result.differences), result.recheck.in_flight) == (1, 4)


def test_more_keys_than_one_statement_takes_are_all_read_again(in_postgres, fill_postgres):
    fill_postgres(
        *TABLES,
        "INSERT INTO s SELECT n, 'a' FROM generate_series(1, 901) n",
        "INSERT INTO t SELECT n, 'b' FROM generate_series(1, 901) n",
    )
    session_id = taken(in_postgres)

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'a' WHERE id % 3 = 0"))

    assert {int(key) for (key,) in in_flight(result)} == set(range(3, 902, 3))
    assert result.recheck.keys == 901


@pytest.mark.parametrize("key", [None, ()], ids=["none", "empty"])
def test_a_recheck_without_a_key_is_refused(in_postgres, fill_postgres, key):
    fill_postgres(*TABLES)

    with pytest.raises(InvalidOptionError, match="there is no key"):
        taken(in_postgres, key=key)


def test_a_recheck_without_a_table_is_refused(around, write):
    files = [PathSide(path=write(name, "id\n1\n")) for name in ("a.csv", "b.csv")]

    with pytest.raises(InvalidOptionError, match="neither side is one"):
        taken(around, *files)


def test_a_session_that_is_told_later_to_recheck_is_refused_as_well(around, write):
    files = [PathSide(path=write(name, "id\n1\n")) for name in ("a.csv", "b.csv")]
    session_id = taken(around, *files, recheck=None)

    with pytest.raises(InvalidOptionError, match="neither side is one"):
        set_comparison(session_id, ComparisonSpec(key=("id",), recheck="5s"), around)


@pytest.mark.parametrize("text", ["soon", "5", "1h", "-1s", "2000m", "s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="recheck"):
        ComparisonSpec(recheck=text)


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("5m", 300), ("1.5m", 90), (7, 7), ("0s", 0)])
def test_a_duration_is_written_with_its_unit(text, seconds):
    assert ComparisonSpec(recheck=text).recheck == seconds


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        ("DROP TABLE t", "There is no table 't' that this user can see"),
        ("ALTER TABLE t RENAME COLUMN v TO w", "The columns of postgres.warehouse:t changed"),
        ("ALTER TABLE t ALTER COLUMN v TYPE VARCHAR(1) USING 'x', ADD w INT", "The columns of"),
    ],
    ids=["dropped", "renamed", "widened"],
)
def test_a_comparison_is_not_lost_when_its_table_is(in_postgres, fill_postgres, happens, reason):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres)

    result = compared(session_id, in_postgres, lambda: fill_postgres(happens))

    assert result.recheck.impossible_because.startswith(reason)
    assert (result.recheck.not_rechecked, result.recheck.in_flight) == (4, 0)
    assert (result.counts.matched, result.verdict) == (1, Verdict.FAILED)


def test_a_comparison_is_not_lost_when_its_server_is_gone(in_postgres, fill_postgres, postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres)

    gone = postgres.model_copy(update={"host": "/nowhere"})
    result = compare_and_record(session_id, with_preset(in_postgres, postgres={"warehouse": gone}))

    assert "does not answer" in result.recheck.impossible_because
    assert result.difference_count == 4


@pytest.mark.parametrize(
    ("rules", "reason"),
    [({"id": ["trim"]}, "A rule holds for the key column 'id'"), ({"*": ["ignore_case"]}, "A rule holds")],
    ids=["trim", "every column"],
)
def test_a_text_key_under_a_rule_cannot_be_asked_for(in_postgres, fill_postgres, rules, reason):
    fill_postgres(
        *(one.replace("INT", "TEXT") for one in TABLES),
        "INSERT INTO s VALUES ('a', 'v')",
        "INSERT INTO t VALUES ('a ', 'w')",
    )
    session_id = taken(in_postgres, rules=rules)

    result = compared(session_id, in_postgres)

    assert result.recheck.impossible_because.startswith(reason)


def test_a_text_key_that_is_read_as_a_number_cannot_be_asked_for(in_postgres, fill_postgres):
    fill_postgres(
        "CREATE TABLE s (id INT, v INT)",
        "CREATE TABLE t (id TEXT, v INT)",
        "INSERT INTO s VALUES (1, 1)",
        "INSERT INTO t VALUES ('01', 2)",
    )
    session_id = taken(in_postgres)

    result = compared(session_id, in_postgres)

    assert "is text in the target" in result.recheck.impossible_because


def test_rules_of_texts_do_not_keep_a_number_from_being_asked_for(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres, rules={"*": ["trim", "ignore_case"]})

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = ' B' WHERE id = 2"))

    assert in_flight(result) == [("2",)]


def test_a_key_that_was_found_is_asked_for_as_one_that_was_named(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres, key="auto")

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'b' WHERE id = 2"))

    assert (result.key, in_flight(result)) == (("id",), [("2",)])


def test_a_comparison_in_parts_is_rechecked_once_it_is_merged(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    comparison = in_postgres.settings.comparison.model_copy(update={"partitions": 3})
    around = replace(in_postgres, settings=in_postgres.settings.model_copy(update={"comparison": comparison}))
    session_id = taken(around)
    for part in deal(session_id, around).parts:
        compare_one_part(session_id, part.number, around)
    fill_postgres("UPDATE t SET v = 'b' WHERE id = 2")

    result = merge_and_record(session_id, around)

    assert in_flight(result) == [("2",)]


def test_lines_of_every_difference_are_labelled(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres, all_mismatches=True, max_mismatches=0)

    compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'b' WHERE id = 2"))

    folder = in_postgres.folder(in_postgres.history.session(session_id))
    lines = pq.read_table(folder / "mismatches.parquet").to_pylist()
    assert {(line["key:id"], line["in_flight"]) for line in lines} == {
        ("2", True),
        ("3", False),
        ("4", False),
        ("5", False),
    }


def test_the_kept_result_and_the_history_know_what_was_in_flight(in_postgres, fill_postgres):
    fill_postgres(*TABLES, *ROWS)
    session_id = taken(in_postgres)

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'b' WHERE id = 2"))

    newest = in_postgres.history.newest_result(session_id)
    folder = in_postgres.folder(in_postgres.history.session(session_id))
    assert kept_result(newest.result_id, folder) == result
    assert newest.summary["recheck"]["in_flight"] == 1


ROW = st.tuples(st.sampled_from([None, "", "a", "A", "a ", "ä", "o'x\\", "%s"]), st.sampled_from("xyz"))
STATE = st.lists(ROW, max_size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.tuples(STATE, STATE), after=st.none() | st.tuples(STATE, STATE))
def test_what_is_labelled_agrees_now_and_nothing_else_changes(in_postgres, postgres_owner, before, after):
    def fill(states):
        with psycopg.connect(postgres_owner, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS s, t")
            for table, rows in zip("st", states, strict=True):
                connection.execute(f"CREATE TABLE {table} (id TEXT, v TEXT)")
                for row in rows:
                    connection.execute(f"INSERT INTO {table} VALUES (%s, %s)", row)

    fill(before)
    plain = compared(taken(in_postgres, recheck=None), in_postgres)
    result = compared(taken(in_postgres), in_postgres, None if after is None else lambda: fill(after))

    source, target = after or before
    agree = {
        key
        for key in {key for key, _ in (*source, *target, *before[0], *before[1])}
        if Counter(row for row in source if row[0] == key) == Counter(row for row in target if row[0] == key)
    }
    assert {key for (key,) in in_flight(result)} == agree & {one.key[0] for one in result.differences}
    assert all((one.key[0] in agree) == one.in_flight for one in result.differences)
    unlabelled = tuple(replace(one, in_flight=False) for one in result.differences)
    assert (unlabelled, result.counts, result.verdict) == (plain.differences, plain.counts, plain.verdict)
    if after is None:
        assert result.recheck.in_flight == 0


def test_a_key_that_a_table_cannot_hold_is_asked_for_in_vain(in_postgres, fill_postgres, write):
    fill_postgres("CREATE TABLE t (id BIGINT, v TEXT)", "INSERT INTO t VALUES (2, 'x')")
    keys = ("2", "2.5", "1" + "0" * 30, "-1" + "0" * 30, "two", "NaN", "2026-01-31", "")
    path = write("s.csv", "id,v\n" + "".join(f"{key},a\n" for key in keys))
    session_id = taken(in_postgres, source=PathSide(path=path))

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'a'"))

    assert (result.recheck.keys, in_flight(result)) == (len(keys), [("2",)])


def test_a_sign_that_a_database_does_not_know_is_not_asked_for(in_postgres, fill_postgres, write):
    fill_postgres("CREATE TABLE t (id TEXT, v TEXT)", "INSERT INTO t VALUES ('b', 'x')")
    session_id = taken(in_postgres, source=PathSide(path=write("s.csv", "id,v\na\0b,a\nb,a\n")))

    result = compared(session_id, in_postgres, lambda: fill_postgres("UPDATE t SET v = 'a'"))

    assert (result.recheck.impossible_because, in_flight(result)) == (None, [("b",)])


@pytest.mark.mariadb
def test_both_databases_are_asked_again(in_databases, fill_mysql, fill_postgres):
    fill_mysql(*(one.replace(" s ", " smoke.s ") for one in (TABLES[0], ROWS[0])))
    fill_postgres(TABLES[1], ROWS[1])
    source = TableSide(database="mysql.warehouse", table="s")
    session_id = taken(in_databases, source=source)

    def fix():
        fill_mysql("UPDATE smoke.s SET v = 'x' WHERE id = 2", "DELETE FROM smoke.s WHERE id = 3")
        fill_postgres("DELETE FROM t WHERE id = 5")

    result = compared(session_id, in_databases, fix)

    assert in_flight(result) == [("2",), ("3",), ("5",)]
    assert result.verdict is Verdict.FAILED
