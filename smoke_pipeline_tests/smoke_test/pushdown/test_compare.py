"""Two tables of one database: what is read of them, and that the answer is the engine's."""

import pytest

from smoke_pipeline.comparison.result import KeyMode
from smoke_pipeline.errors import InvalidOptionError, ObjectChangedError, QueryRefusedError, QueryTimeoutError
from smoke_pipeline_tests.readers.tables.servers import as_owner
from smoke_pipeline_tests.smoke_test.pushdown.answers import facts, fall

pytestmark = pytest.mark.services

ORDERS = "(id INT PRIMARY KEY, amount DECIMAL(10,2), note VARCHAR(20))"
ROWS = ", ".join(f"({number}, {number}.50, 'row {number}')" for number in range(1, 201))


@pytest.fixture
def orders(pair):
    pair.fill(
        f"CREATE TABLE a {ORDERS}",
        f"CREATE TABLE b {ORDERS}",
        f"INSERT INTO a VALUES {ROWS}",
        f"INSERT INTO b VALUES {ROWS}",
    )
    return pair


def test_of_identical_tables_no_row_is_read(orders):
    result = orders.pushed(key="id")

    assert fall(result) == (200, 0, 0, 0)
    assert result.passed
    assert (result.engine.tier, result.engine.fallback) == ("pushdown", None)
    assert (result.engine.segments_read, result.engine.rows_read) == (0, 0)
    assert result.engine.segments > 1
    assert facts(result) == facts(orders.read(key="id"))


def test_only_segments_that_differ_are_read(orders):
    orders.fill(
        "UPDATE b SET amount = 7 WHERE id = 7",
        "DELETE FROM b WHERE id = 70",
        "INSERT INTO b VALUES (700, 1, NULL)",
    )

    result = orders.pushed(key="id", segments=64)

    assert fall(result) == (198, 1, 1, 1)
    assert 1 <= result.engine.segments_read <= 3
    assert 3 <= result.engine.rows_read < 40
    assert facts(result) == facts(orders.read(key="id"))


def test_empty_tables_are_the_same(pair):
    pair.fill(f"CREATE TABLE a {ORDERS}", f"CREATE TABLE b {ORDERS}")

    result = pair.pushed(key="id")

    assert (fall(result), result.passed) == ((0, 0, 0, 0), True)
    assert facts(result) == facts(pair.read(key="id"))


def test_a_row_against_an_empty_table_is_one_sided(pair):
    pair.fill(f"CREATE TABLE a {ORDERS}", f"CREATE TABLE b {ORDERS}", "INSERT INTO b VALUES (1, NULL, '')")

    result = pair.pushed(key="id")

    assert fall(result) == (0, 0, 0, 1)
    assert facts(result) == facts(pair.read(key="id"))


def test_values_swapped_between_two_rows_are_seen_though_their_sums_are_alike(orders):
    orders.fill("UPDATE b SET note = CASE id WHEN 1 THEN 'row 2' ELSE 'row 1' END WHERE id IN (1, 2)")

    result = orders.pushed(key="id", segments=1)

    assert fall(result) == (198, 2, 0, 0)


def test_the_border_between_two_columns_counts(pair):
    for name, row in (("a", "(1, 'a', 'bc')"), ("b", "(1, 'ab', 'c')")):
        pair.fill(
            f"CREATE TABLE {name} (id INT, x VARCHAR(9), y VARCHAR(9))", f"INSERT INTO {name} VALUES {row}"
        )

    result = pair.pushed(key="id")

    assert fall(result) == (0, 1, 0, 0)
    assert result.mismatch_by_column == {"x": 1, "y": 1}


def test_duplicates_that_left_in_pairs_are_missed(pair):
    for name, times in (("a", 4), ("b", 2)):
        rows = ", ".join(["(1, 'x')"] * times + ["(2, 'y')"])
        pair.fill(f"CREATE TABLE {name} (id INT, x VARCHAR(9))", f"INSERT INTO {name} VALUES {rows}")

    keyed, whole = pair.pushed(key="id", segments=64), pair.pushed(segments=64)

    assert fall(keyed) == fall(whole) == (3, 0, 2, 0)
    assert facts(keyed) == facts(pair.read(key="id"))
    assert facts(whole) == facts(pair.read())


def test_repeated_keys_are_listed_though_their_rows_are_the_same(pair):
    for name in ("a", "b"):
        rows = ", ".join(
            [*(f"({number}, 'x')" for number in range(100)), "(7, 'x')", "(NULL, 'x')", "(NULL, 'y')"]
        )
        pair.fill(f"CREATE TABLE {name} (id INT, x VARCHAR(9))", f"INSERT INTO {name} VALUES {rows}")

    result = pair.pushed(key="id", segments=1024)

    assert fall(result) == (103, 0, 0, 0)
    assert (result.duplicate_group_count, result.duplicates.source, result.duplicates.target) == (2, 2, 2)
    assert (result.engine.segments_read, result.engine.rows_read) == (2, 8)
    assert facts(result) == facts(pair.read(key="id"))


def test_an_index_of_a_part_of_the_key_makes_no_row_be_read(pair):
    for name in ("a", "b"):
        pair.fill(f"CREATE TABLE {name} {ORDERS}", f"INSERT INTO {name} VALUES {ROWS}")

    result = pair.pushed(key=["id", "note"])

    assert (fall(result), result.engine.rows_read) == ((200, 0, 0, 0), 0)
    assert facts(result) == facts(pair.read(key=["id", "note"]))


def test_filters_casts_columns_renames_and_queries_are_part_of_what_is_summed_up(orders):
    orders.fill("ALTER TABLE b RENAME COLUMN note TO remark", "UPDATE b SET remark = 'x' WHERE id = 150")
    source = {"table": "a", "where_clause": "id < 100 AND note <> 'row 5%'", "columns": ("note", "id")}
    cast = {"table": "b", "where_clause": "id < 101", "casts": {"remark": "LOWER(remark)"}}
    query = {"query": "SELECT id, remark FROM b WHERE id < 101"}
    options = {"key": "id", "renames": {"remark": "note"}, "columns": "common"}

    for target in (cast, query):
        result = orders.pushed(source, target, segments=64, **options)

        assert fall(result) == (99, 0, 0, 1)
        assert 0 < result.engine.rows_read < 20
        assert facts(result) == facts(orders.read(source, target, **options))


def test_a_column_that_is_ignored_is_not_summed_up(orders):
    orders.fill("UPDATE b SET note = 'another'")

    result = orders.pushed(key="id", ignore_columns=["note"])

    assert (fall(result), result.engine.rows_read) == ((200, 0, 0, 0), 0)


def test_a_tolerance_is_applied_to_the_rows_that_were_read(orders):
    orders.fill(
        "UPDATE b SET amount = amount + 0.01 WHERE id IN (3, 4)", "UPDATE b SET amount = 0 WHERE id = 5"
    )
    options = {"key": "id", "rules": {"amount": {"abs_tol": "0.05"}}}

    result = orders.pushed(segments=256, **options)

    assert fall(result) == (199, 1, 0, 0)
    assert result.equal_under_rule == {"amount": {"abs_tol": 2}}
    assert facts(result) == facts(orders.read(**options))


def test_the_key_may_be_that_of_the_catalogue(orders):
    orders.fill("DELETE FROM b WHERE id = 9")

    result = orders.pushed(key="auto")

    assert (fall(result), result.key, result.key_mode) == ((199, 0, 1, 0), ("id",), KeyMode.AUTO)
    assert result.key_evidence.common_keys == 199
    assert result.key_evidence.reason == "It is the primary key of both tables."


def test_without_a_primary_key_in_common_no_key_is_looked_for(pair):
    pair.fill("CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE b (id INT)")

    with pytest.raises(InvalidOptionError, match="no primary key in common") as error:
        pair.pushed(key="auto")

    assert "--key" in error.value.suggestions[0]


def test_types_that_are_not_written_alike_are_read_and_the_answer_says_so(pair):
    pair.fill(
        "CREATE TABLE a (id INT PRIMARY KEY, x INT)",
        "CREATE TABLE b (id INT PRIMARY KEY, x VARCHAR(9))",
        "INSERT INTO a VALUES (1, 1), (2, 2)",
        "INSERT INTO b VALUES (1, '1'), (2, '02')",
    )

    result = pair.pushed(key="id")

    assert result.engine.fallback == (
        "The column 'x' is int32 in the source and string in the target, which are not written alike."
    )
    assert (result.engine.segments, result.engine.rows_read) == (0, 4)
    assert facts(result) == facts(pair.read(key="id"))


def test_rules_on_the_key_are_read_and_the_answer_says_so(orders):
    result = orders.pushed(key="note", rules={"note": ["trim"]})

    assert result.engine.fallback == "The key column 'note' has rules, which checksums know nothing of."
    assert facts(result) == facts(orders.read(key="note", rules={"note": ["trim"]}))


def test_keys_that_a_rule_makes_one_are_counted_as_repeated(pair):
    for name in ("a", "b"):
        pair.fill(
            f"CREATE TABLE {name} (id VARCHAR(9), x INT)",
            f"INSERT INTO {name} VALUES ('k', 1), ('K', 2), ('l', 3)",
        )
    options = {"key": "id", "rules": {"id": ["ignore_case"]}}

    result = pair.pushed(segments=64, **options)

    assert (fall(result), result.duplicate_group_count) == ((3, 0, 0, 0), 1)
    assert facts(result) == facts(pair.read(**options))


def test_a_binary_float_as_the_key_is_read_and_the_answer_says_so(pair):
    for name in ("a", "b"):
        pair.fill(
            f"CREATE TABLE {name} (id DOUBLE PRECISION, x INT)",
            f"INSERT INTO {name} VALUES (0e0, 1), (-0e0, 2), (1e0, 3)",
        )

    result = pair.pushed(key="id", segments=64)

    assert result.engine.fallback == "The key column 'id' is a binary float, whose zero has two signs."
    assert facts(result) == facts(pair.read(key="id"))


def test_every_difference_is_written_down_without_numbers_of_rows(orders, tmp_path):
    import pyarrow.parquet as pq

    orders.fill("UPDATE b SET amount = 0 WHERE id < 4")

    result = orders.pushed(key="id", all_mismatches=True, max_mismatches=1, mismatches_dir=tmp_path)

    written = pq.read_table(tmp_path / "mismatches.parquet")
    assert (written.num_rows, len(result.differences)) == (3, 1)
    assert {*written["source_row"].to_pylist(), *written["target_row"].to_pylist()} == {None}
    assert (result.differences[0].source_row, result.differences[0].target_row) == (None, None)


def test_more_rows_than_were_asked_for_are_refused(orders):
    with pytest.raises(QueryRefusedError, match="more rows than max_rows allows, 100"):
        orders.pushed({"table": "a", "max_rows": 100}, {"table": "b"}, key="id")


def test_a_large_table_waits_for_a_word(orders):
    orders.fill(*(["ANALYZE a"] if orders.kind == "postgres" else ["ANALYZE TABLE a"]))
    small = orders.given(large_rows=10)
    confirmed = [{"table": name, "confirm_large": True} for name in ("a", "b")]

    with pytest.raises(QueryRefusedError, match="has about"):
        small.pushed(key="id")

    assert fall(small.pushed(*confirmed, key="id")) == (200, 0, 0, 0)


def test_a_statement_that_takes_too_long_is_stopped(orders):
    many = ", ".join(["a"] + [f"a a{number}" for number in range(3)])
    slow = {"query": f"SELECT a.id, a.amount FROM {many}", "confirm_large": True}

    with pytest.raises(QueryTimeoutError, match=r"stopped the statement after 0\.3 s"):
        orders.given(statement_timeout_s=0.3).pushed(slow, slow, key="id", segments=1)


def test_whoever_is_told_of_the_progress_can_stop_the_database(orders):
    many = ", ".join(["a"] + [f"a a{number}" for number in range(4)])
    slow = {"query": f"SELECT a.id, a.amount FROM {many}", "confirm_large": True}
    told = []

    def stop(progress):
        told.append(progress.stage)
        if len(told) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        orders.pushed(slow, slow, key="id", segments=1, on_progress=stop)

    assert set(told) == {"Summing up the source"}


def test_what_is_written_meanwhile_changes_nothing(orders):
    def write(progress):
        if progress.stage == "Summing up the target":
            orders.fill("DELETE FROM b WHERE id > 100", "UPDATE a SET note = 'late'")

    result = orders.pushed(key="id", on_progress=write)

    assert fall(result) == (200, 0, 0, 0)
    assert fall(orders.pushed(key="id")) == (0, 100, 100, 0)


@pytest.mark.mariadb
def test_a_table_that_knows_no_transactions_and_changed_is_an_error(mysql_pair, mysql):
    for name in ("a", "b"):
        mysql_pair.fill(f"CREATE TABLE {name} {ORDERS} ENGINE=MyISAM", f"INSERT INTO {name} VALUES {ROWS}")
    mysql_pair.fill("UPDATE b SET note = 'another'")

    def write(progress):
        if progress.stage == "Reading the source":
            with as_owner(mysql.port) as owner, owner.cursor() as cursor:
                cursor.execute("DELETE FROM b WHERE id = 7")

    with pytest.raises(ObjectChangedError, match="gave 199 rows where 200 were summed up"):
        mysql_pair.pushed(key="id", on_progress=write)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"query": "SELECT id, note FROM a ORDER BY id LIMIT 5"}, "LIMIT"),
        ({"query": "SELECT id, MIN(note) OVER (PARTITION BY id) AS note FROM a WHERE id < 6"}, "OVER"),
        ({"table": "a", "columns": ("id", "note"), "where_clause": "id < 6 and note <> 'LIMIT'"}, None),
    ],
    ids=["LIMIT", "OVER", "a text"],
)
def test_sql_that_may_give_other_rows_each_time_is_asked_once(orders, asked, word):
    result = orders.pushed(asked, asked, key="id")

    assert fall(result) == (5, 0, 0, 0)
    assert result.engine.fallback == (
        word and f"What is read is said with {word}, which may give other rows each time."
    )


@pytest.mark.mariadb
def test_the_time_is_that_of_a_statement_in_mariadb(mysql_pair):
    for name in ("a", "b"):
        mysql_pair.fill(f"CREATE TABLE {name} {ORDERS}", f"INSERT INTO {name} VALUES {ROWS}")
    asked = [{"table": name, "where_clause": "note <> NOW()"} for name in ("a", "b")]

    result = mysql_pair.pushed(*asked, key="id")

    assert (fall(result), result.engine.rows_read) == ((200, 0, 0, 0), 400)
