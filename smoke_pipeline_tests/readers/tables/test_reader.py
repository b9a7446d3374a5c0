"""What every database promises: the rows that were asked for, of one moment, or an error that says why."""

import resource
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest

from smoke_pipeline.errors import (
    AccessDeniedError,
    DuplicateColumnError,
    InvalidOptionError,
    ObjectNotFoundError,
    QueryFailedError,
    QueryRefusedError,
    QueryTimeoutError,
    SettingsError,
    UnavailableError,
    UnknownColumnError,
)
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import Database
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.store import open_snapshot, take_snapshot
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.tables.servers import as_owner, free_port

pytestmark = pytest.mark.services

NUMBERED = {
    "mysql": "INSERT INTO t SELECT seq, CONCAT('row ', seq) FROM seq_1_to_{}",
    "postgres": "INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, {}) AS n",
}
ANALYSED = {"mysql": "ANALYZE TABLE t", "postgres": "ANALYZE t"}


def numbered(served, rows: int) -> None:
    """A table `t` of so many rows."""
    served.fill("CREATE TABLE t (id int PRIMARY KEY, name varchar(100))", NUMBERED[served.kind].format(rows))
    served.fill(ANALYSED[served.kind])


def read(served, *table: str, **values) -> list[tuple]:
    with served.opened(*table, **values) as reader:
        return rows_of(reader)


def test_rows_are_those_of_the_table(served):
    served.fill(
        "CREATE TABLE t (a int, b varchar(9))", "INSERT INTO t VALUES (1, 'x'), (NULL, ''), (3, NULL)"
    )

    with served.opened() as reader:
        assert reader.schema == pa.schema({"a": pa.int32(), "b": pa.string()})
        assert rows_of(reader) == [(1, "x"), (None, ""), (3, None)]


def test_a_table_without_rows_has_its_columns(served):
    served.fill("CREATE TABLE t (a int, b varchar(9))")

    with served.opened() as reader:
        assert (reader.schema.names, rows_of(reader)) == (["a", "b"], [])
        assert reader.facts().size_bytes == 0


def test_columns_are_read_in_the_order_in_which_they_are_named(served):
    served.fill("CREATE TABLE t (a int, b int, c int)", "INSERT INTO t VALUES (1, 2, 3)")

    assert read(served, columns=("c", "a")) == [(3, 1)]


def test_a_where_clause_chooses_rows_and_its_text_is_only_text(served):
    served.fill(
        "CREATE TABLE t (a int, b varchar(20))",
        "INSERT INTO t VALUES (1, '%s'), (2, '100% {}'), (3, 'o''brien'), (4, 'x')",
    )

    assert read(served, where_clause="a > 2 AND b <> 'x'") == [(3, "o'brien")]
    assert read(served, where_clause="b = 'o''brien'") == [(3, "o'brien")]
    assert read(served, where_clause="b = '%s' OR b = '100% {}'") == [(1, "%s"), (2, "100% {}")]
    assert read(served, where_clause="b LIKE '100%'") == [(2, "100% {}")]


def test_a_cast_is_read_in_the_place_of_its_column(served):
    served.fill("CREATE TABLE t (a int, b varchar(9))", "INSERT INTO t VALUES (1, '1.50')")

    with served.opened(casts={"b": "CAST(b AS DECIMAL(5,2))"}, where_clause="b = '1.50'") as reader:
        assert reader.schema == pa.schema({"a": pa.int32(), "b": pa.decimal128(5, 2)})
        assert rows_of(reader) == [(1, Decimal("1.50"))]


def test_a_query_is_read_as_a_table(served):
    served.fill("CREATE TABLE t (a int, b int)", "INSERT INTO t VALUES (1, 2), (1, 3), (2, 100)")

    rows = read(served, query="SELECT a, COUNT(*) AS n, MAX(b) AS most FROM t WHERE b < 50 GROUP BY a")

    assert rows == [(1, 2, 3)]


@pytest.mark.parametrize("query", ["DELETE FROM t", "SELECT 1; DELETE FROM t", "SELECT 1 INTO OUTFILE '/x'"])
def test_a_query_that_does_more_than_read_is_refused(served, query):
    served.fill("CREATE TABLE t (a int)")

    with pytest.raises(QueryRefusedError):
        read(served, query=query)


def test_a_query_with_two_columns_of_one_name_is_refused(served):
    with pytest.raises(DuplicateColumnError, match="'a'"):
        read(served, query="SELECT 1 AS a, 2 AS a")


def test_a_hostile_filter_is_refused_before_the_database_sees_it(served):
    served.fill("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")

    with pytest.raises(QueryRefusedError):
        read(served, where_clause="1 = 1; DROP TABLE t")
    with pytest.raises(QueryRefusedError):
        read(served, casts={"a": "a; DROP TABLE t"})

    assert read(served) == [(1,)]


@pytest.mark.parametrize("name", ["a.b", 'q"uote', "ti`ck", "per%cent", "MiXed", "with space", "ünï", "{b}"])
def test_a_table_and_its_columns_are_found_whatever_they_are_called(served, name):
    mark = "`" if served.kind == "mysql" else '"'
    quoted = mark + name.replace(mark, mark * 2) + mark
    served.fill(f"CREATE TABLE {quoted} ({quoted} int)", f"INSERT INTO {quoted} VALUES (7)")

    schema = "smoke" if served.kind == "mysql" else "public"
    with served.opened(name, columns=(name,)) as reader:
        assert (reader.schema.names, rows_of(reader)) == ([name], [(7,)])
    assert read(served, f"{schema}.{name}") == [(7,)]


def test_a_table_of_another_schema_is_found_by_its_whole_name(served):
    kind = "DATABASE" if served.kind == "mysql" else "SCHEMA"
    served.fill(f"CREATE {kind} other", "CREATE TABLE other.t (a int)", "INSERT INTO other.t VALUES (5)")
    if served.kind == "mysql":
        served.fill("GRANT SELECT ON other.* TO 'reader'@'127.0.0.1'")

    try:
        assert read(served, "other.t") == [(5,)]
    finally:
        served.fill("DROP TABLE other.t", f"DROP {kind} other")


def test_a_view_is_read_like_a_table(served):
    served.fill(
        "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)", "CREATE VIEW v AS SELECT a + 1 AS b FROM t"
    )

    assert read(served, "v") == [(2,)]


@pytest.mark.parametrize(("wanted", "near"), [("Orders", "orders"), ("ordesr", "orders"), ("public.x", "")])
def test_a_table_that_is_not_there_is_named_with_the_nearest_one(served, wanted, near):
    served.fill("CREATE TABLE orders (a int)")

    with pytest.raises(ObjectNotFoundError, match=f"{wanted}") as caught:
        read(served, wanted)

    assert near in caught.value.suggestions[0]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"columns": ("Amuont",)}, id="columns"),
        pytest.param({"casts": {"amuont": "amount"}}, id="casts"),
        pytest.param({"where_clause": "amuont = 1"}, id="where_clause"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_nearest_one(served, values):
    served.fill("CREATE TABLE t (amount int)")

    with pytest.raises(UnknownColumnError, match=r"(?i)amuont") as caught:
        read(served, **values)

    assert "amount" in str(caught.value.suggestions)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"columns": ("a", "a")}, "more than once"),
        ({"columns": ("a",), "casts": {"b": "a"}}, "casts names 'b'"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(served, values, what):
    served.fill("CREATE TABLE t (a int, b int)")

    with pytest.raises(InvalidOptionError, match=what):
        read(served, **values)


def test_batches_are_no_longer_than_asked_for(served):
    numbered(served, 10)

    with served.opened() as reader:
        assert [batch.num_rows for batch in reader.batches(4)] == [4, 4, 2]
    with served.given(fetch_rows=3).opened() as reader:
        assert [batch.num_rows for batch in reader.batches(4)] == [3, 3, 3, 1]


def test_wide_rows_come_in_smaller_batches(served):
    served.fill("CREATE TABLE t (a text)" if served.kind == "postgres" else "CREATE TABLE t (a LONGTEXT)")
    served.fill(*["INSERT INTO t VALUES (REPEAT('x', 4000000))"] * 12)

    with served.opened() as reader:
        batches = [batch.num_rows for batch in reader.batches(1000)]

    assert sum(batches) == 12
    assert max(batches) <= 5


def test_the_digest_is_that_of_the_rows_however_they_are_cut(served):
    numbered(served, 100)
    found = []
    for chunk_rows in (7, 1000):
        with served.opened() as reader:
            list(reader.batches(chunk_rows))
            found.append(reader.facts())

    assert found[0].sha256 == found[1].sha256
    assert found[0].size_bytes == found[1].size_bytes > 400
    assert found[0].format == "table"
    assert reader.facts(digest=False).sha256 is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET name = 'x' WHERE id = 2",
        "UPDATE t SET name = NULL WHERE id = 2",
        "DELETE FROM t WHERE id = 3",
    ],
)
def test_the_digest_tells_any_change(served, change):
    numbered(served, 3)
    before = digest(served)

    served.fill(change)

    assert digest(served) != before


def digest(served) -> str | None:
    with served.opened() as reader:
        list(reader.batches(100))
        return reader.facts().sha256


def test_a_table_can_be_read_again_and_after_it_was_left_early(served):
    numbered(served, 1000)

    with served.opened() as reader:
        first = reader.batches(10)
        next(first)
        first.close()
        assert len(rows_of(reader)) == 1000
        assert len(rows_of(reader)) == 1000


def test_leaving_a_table_early_does_not_read_it_to_its_end(served):
    numbered(served, 1000)

    with served.opened() as reader:
        assert next(reader.batches(10)).num_rows == 10


def test_what_others_write_meanwhile_is_not_seen(served):
    numbered(served, 1000)

    with served.given(fetch_rows=10).opened() as reader:
        batches = reader.batches(10)
        rows = next(batches).num_rows
        served.fill(
            "DELETE FROM t WHERE id > 500", "INSERT INTO t VALUES (5000, 'new')", "UPDATE t SET name = 'x'"
        )
        rows += sum(batch.num_rows for batch in batches)
        again = rows_of(reader)

    assert rows == 1000
    assert again == [(number, f"row {number}") for number in range(1, 1001)]


def test_nothing_can_be_written_while_it_reads(served):
    served.fill("CREATE TABLE t (a int)")
    owner = {"user": "owner", "password": served.settings.password.__class__("owner")}
    able = served.given(**owner) if served.kind == "mysql" else served.given(user="postgres", password=None)

    with able.opened() as reader, pytest.raises(QueryFailedError, match=r"(?i)read.only"):
        reader._ask("INSERT INTO t VALUES (1)")

    assert read(served) == []


def test_a_snapshot_of_a_table_holds_its_rows_and_where_they_came_from(served, tmp_path, clock):
    numbered(served, 100)

    with served.opened() as reader:
        found = InPlaceSnapshot(reader, Side.SOURCE, origin="t", digest=True)
        taken = take_snapshot(found, Side.SOURCE, tmp_path, chunk_rows=30, now=clock)
        facts = reader.facts()

    assert (taken.format, taken.rows, taken.sha256) == ("table", 100, facts.sha256)
    assert taken.version == facts.version
    rows = [row for batch in open_snapshot(tmp_path, Side.SOURCE).batches(1000) for row in batch.to_pylist()]
    assert rows[99] == {"id": 100, "name": "row 100"}


def test_more_rows_than_max_rows_are_an_error(served):
    numbered(served, 10)

    assert len(read(served, max_rows=10)) == 10
    with pytest.raises(QueryRefusedError, match="more rows than max_rows allows, 9"):
        read(served, max_rows=9)


def test_a_large_table_is_read_only_if_that_was_confirmed(served):
    numbered(served, 2000)
    small = served.given(large_rows=100)

    with pytest.raises(QueryRefusedError, match="about 2,000 rows, more than the 100") as caught:
        read(small)
    assert "confirm_large" in caught.value.suggestions[1]
    with pytest.raises(QueryRefusedError, match="about"):
        read(small, query="SELECT id FROM t")
    assert len(read(small, where_clause="id < 20")) == 19
    assert len(read(small, confirm_large=True)) == 2000


def test_200_000_rows_do_not_stay_in_memory(served):
    numbered(served, 200_000)
    with served.opened() as reader:
        next(reader.batches(1000))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rows = sum(batch.num_rows for batch in reader.batches(1000))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert rows == 200_000
    assert after - before < 20_000


CONNECTIONS = {
    "mysql": (
        "SELECT id FROM information_schema.processlist WHERE user = 'reader'",
        "KILL {}",
    ),
    "postgres": (
        "SELECT pid FROM pg_stat_activity WHERE usename = 'reader'",
        "SELECT pg_terminate_backend({})",
    ),
}


def test_a_connection_lost_in_the_middle_is_told(served, kill_readers):
    served.fill("CREATE TABLE t (a text)" if served.kind == "postgres" else "CREATE TABLE t (a LONGTEXT)")
    served.fill(*["INSERT INTO t VALUES (REPEAT('x', 4000000))"] * 20)

    with served.opened() as reader:
        batches = reader.batches(1)
        next(batches)
        kill_readers()
        with pytest.raises(UnavailableError, match="no longer") as caught:
            list(batches)

    assert caught.value.retryable


def test_a_connection_that_was_lost_between_two_reads_is_told(served, kill_readers):
    numbered(served, 10)

    with served.opened() as reader:
        rows_of(reader)
        kill_readers()
        with pytest.raises(UnavailableError, match="no longer"):
            rows_of(reader)


@pytest.fixture
def kill_readers(served, request):
    """Ends the connections of the user who reads."""

    def kill() -> None:
        find, end = CONNECTIONS[served.kind]
        if served.kind == "mysql":
            with as_owner(served.settings.port) as connection, connection.cursor() as cursor:
                cursor.execute(find)
                for (number,) in cursor.fetchall():
                    cursor.execute(end.format(number))
        else:
            with psycopg.connect(request.getfixturevalue("postgres_owner"), autocommit=True) as connection:
                for (number,) in connection.execute(find).fetchall():
                    connection.execute(end.format(number))

    return kill


def test_a_statement_that_takes_too_long_is_stopped(served):
    numbered(served, 3000)
    slow = served.given(statement_timeout_s=0.2)

    with pytest.raises(QueryTimeoutError, match=r"after 0.2 s") as caught:
        read(
            slow,
            query="SELECT COUNT(*) AS n FROM t a, t b, t c WHERE a.id + b.id + c.id < 0",
            confirm_large=True,
        )

    assert "statement_timeout_s" in caught.value.suggestions[1]


@pytest.mark.parametrize("password", ["wr0ng-s3cret", None, "wr0ng-s3crét€"])
def test_a_wrong_password_is_told_without_it(served, password):
    given = None if password is None else served.settings.password.__class__(password)

    with pytest.raises(AccessDeniedError, match="refuses the user 'reader'") as caught:
        read(served.given(password=given))

    assert password is None or password not in f"{caught.value.to_dict()}{caught.value.__cause__!r}"


def test_a_database_that_is_not_there_is_told(served):
    with (
        pytest.raises(ObjectNotFoundError, match="nowhere")
        if served.kind == "postgres"
        else pytest.raises(AccessDeniedError, match="nowhere")
    ):
        read(served.given(database="nowhere"))


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_server_that_does_not_answer_is_told(served, host):
    with pytest.raises(UnavailableError, match=host) as caught:
        read(served.given(host=host, port=free_port(), connect_timeout_s=3))

    assert caught.value.retryable


def test_what_the_database_does_not_accept_is_told_in_its_words(served):
    served.fill("CREATE TABLE t (a int)", "INSERT INTO t VALUES (0)")
    wrong = {"mysql": "SELECT no_such_column FROM t", "postgres": "SELECT 1 / a AS b FROM t"}

    with pytest.raises(QueryFailedError, match=r"no_such_column|division by zero"):
        read(served, query=wrong[served.kind])


def test_a_table_that_the_user_may_not_read_is_told(served):
    if served.kind == "mysql":
        with pytest.raises(ObjectNotFoundError, match="this user can see"):
            read(served, "mysql.user")
    else:
        served.fill("CREATE TABLE t (a int)")
        with pytest.raises(AccessDeniedError, match="permission denied"):
            read(served.given(user="stranger", password=None))


def test_a_database_of_no_known_kind_is_refused():
    with pytest.raises(SettingsError, match="no reader for a Database"):
        opened_table(Database(user="a"), TableRequest(database="mysql.a", table="t"))
