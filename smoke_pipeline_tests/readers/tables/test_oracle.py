"""The reader of Oracle: one state, the rows that were asked for, and failures in our words."""

import ssl
import threading

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import (
    AccessDeniedError,
    DuplicateColumnError,
    InvalidOptionError,
    ObjectChangedError,
    ObjectNotFoundError,
    QueryFailedError,
    QueryRefusedError,
    QueryTimeoutError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
    UnknownColumnError,
)
from smoke_pipeline_tests.oracle_standin.columns import OraError
from smoke_pipeline_tests.oracle_standin.server import OracleStandIn
from smoke_pipeline_tests.oracle_standin.session import PROFILES
from smoke_pipeline_tests.oracle_standin.tables import Tables
from smoke_pipeline_tests.oracle_standin.wire import ClosedError
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.tables.oracle_rows import PASSWORD, behaviour, certificate, opened
from smoke_pipeline_tests.readers.tables.servers import free_port

COLUMNS = {"ID": "NUMBER(10)", "NAME": "VARCHAR2(20)", "CODE": "CHAR(5)"}
ROWS = [[1, "one", "a"], [2, "two", "b"], [3, None, None]]
READ = [(1, "one", "a    "), (2, "two", "b    "), (3, None, None)]


@pytest.fixture
def tables() -> Tables:
    found = Tables()
    found.create("T", COLUMNS, ROWS)
    return found


@pytest.fixture
def server(tables):
    with OracleStandIn(tables, behaviour()) as running:
        yield running


def read(server, request=None, **values) -> list[tuple]:
    with opened(server, request, **values) as reader:
        return rows_of(reader)


def test_rows_come_in_batches_of_the_wanted_size(server):
    with opened(server) as reader:
        batches = list(reader.batches(2))

    assert [batch.num_rows for batch in batches] == [2, 1]
    assert pa.Table.from_batches(batches).column_names == list(COLUMNS)


def test_no_more_rows_are_fetched_together_than_the_settings_allow(server):
    with opened(server, fetch_rows=1) as reader:
        assert [batch.num_rows for batch in reader.batches(100)] == [1, 1, 1]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("verifier", ["11g", "12c"])
def test_every_version_lets_us_in_with_the_right_password_alone(tables, profile, verifier):
    with OracleStandIn(tables, behaviour(profile=profile, verifier=verifier)) as server:
        assert read(server) == READ
        with pytest.raises(AccessDeniedError, match="refuses the user 'scott'"):
            read(server, password="another")
        for wrong in ({"user": "nobody"}, {"password": None}, {"password": ""}):
            with pytest.raises(AccessDeniedError):
                read(server, **wrong)


def test_a_table_is_read_as_it_was_when_it_was_opened(server, tables):
    with opened(server) as reader:
        first = rows_of(reader)
        tables.change("T", [[9, "new", "n"]])

        assert rows_of(reader) == first == READ
        assert reader.facts().version == "1000"

    assert read(server) == [(9, "new", "n    ")]


@pytest.mark.parametrize("right", ["tells_scn", "looks_back"])
def test_without_the_right_to_look_back_a_transaction_holds_the_state(server, tables, right):
    setattr(tables, right, False)

    with opened(server) as reader:
        first = rows_of(reader)
        tables.change("T", [])

        assert rows_of(reader) == first == READ
        assert reader.facts().version is None


@pytest.mark.parametrize("code", [1466, 8181, 30052])
def test_a_table_without_a_past_is_held_by_a_transaction(tables, code):
    def fault(step, cursor) -> None:
        if step == "execute" and "AS OF SCN" in cursor.sql:
            raise OraError(code, "the table has no past")

    with OracleStandIn(tables, behaviour(fault=fault)) as server, opened(server) as reader:
        first = rows_of(reader)
        tables.change("T", [])

        assert rows_of(reader) == first == READ
        assert reader.facts().version is None


def test_a_query_is_read_in_a_transaction(server, tables):
    with opened(server, {"query": "SELECT id, name FROM t WHERE id < 3"}) as reader:
        first = rows_of(reader)
        tables.change("T", [])

        assert rows_of(reader) == first == [(1, "one"), (2, "two")]


def test_a_reading_that_was_left_early_can_be_begun_again(server):
    with opened(server) as reader:
        next(iter(reader.batches(1)))

        assert rows_of(reader, 1) == READ


def test_columns_a_condition_and_a_cast_are_those_of_the_request(server):
    request = {
        "table": "T",
        "columns": ("NAME", "ID"),
        "where_clause": "id >= 2 AND (name LIKE 't%' OR name IS NULL)",
        "casts": {"NAME": "NVL(name, 'none')"},
    }

    assert read(server, request) == [("two", 2), ("none", 3)]


def test_values_of_a_condition_are_never_part_of_the_statement(server):
    read(server, {"table": "T", "where_clause": "name = 'x'' OR 1=1 --' OR id = 77001"})

    assert [sql for sql in server.statements if "1=1" in sql or "77001" in sql] == []


def test_a_text_is_compared_with_a_char_as_a_literal_is(server):
    assert read(server, {"table": "T", "where_clause": "code = 'a'"}) == READ[:1]
    assert read(server, {"table": "T", "where_clause": "name = 'one '"}) == []


def test_names_are_taken_letter_by_letter_and_never_as_sql(server, tables):
    tables.create('odd "name', {'a "b': "NUMBER(1)"}, [[1]])

    assert read(server, {"table": 'odd "name'}) == [(1,)]
    with pytest.raises(ObjectNotFoundError, match="no table 't'") as caught:
        read(server, {"table": "t"})
    assert caught.value.suggestions == ("Did you mean 'T'?",)
    with pytest.raises(ObjectNotFoundError):
        read(server, {"table": "T; DROP TABLE T"})
    with pytest.raises(UnknownColumnError, match="no column 'NAM'"):
        read(server, {"table": "T", "columns": ("NAM",)})


def test_a_schema_comes_from_the_name_the_settings_or_the_user(server, tables):
    tables.create("T", {"ID": "NUMBER(1)"}, [[7]], schema="OTHER")
    tables.create("A.B", {"ID": "NUMBER(1)"}, [[8]])
    tables.create("B", {"ID": "NUMBER(1)"}, [[9]], schema="A")

    assert read(server, {"table": "OTHER.T"}) == [(7,)]
    assert read(server, db_schema="OTHER") == [(7,)]
    assert read(server, {"table": "SCOTT.T"}) == READ
    with pytest.raises(InvalidOptionError, match="can be"):
        read(server, {"table": "A.B"})


def test_an_invisible_column_is_read_too(server, tables):
    tables.tables["SCOTT", "T"].invisible = ("ID",)

    with opened(server) as reader:
        assert reader.schema.names == ["NAME", "CODE", "ID"]


def test_a_column_that_was_set_unused_is_not_read(server, tables):
    unused = "SYS_C00002_24010203:04:05$"
    tables.create("T", {"ID": "NUMBER(1)", unused: "NUMBER(1)"}, [[1, 2]])
    tables.tables["SCOTT", "T"].invisible = (unused,)

    assert read(server) == [(1,)]


def test_names_that_come_in_many_answers_are_all_known(server, tables):
    for number in range(2_500):
        tables.create(f"T{number}", {f"C{place}": "NUMBER(1)" for place in range(2)})

    assert read(server, {"table": "T2499"}) == []
    with pytest.raises(ObjectNotFoundError):
        read(server, {"table": "T2500"})


def test_wide_rows_are_fetched_a_few_at_a_time(server, tables):
    columns = {f"C{place}": "VARCHAR2(4000)" for place in range(400)}
    tables.create("T", columns, [["a"] * 400] * 25)

    with opened(server) as reader:
        assert [batch.num_rows for batch in reader.batches(1000)] == [10, 10, 5]


def test_rows_with_lobs_are_fetched_a_few_at_a_time(server, tables):
    tables.create("T", {"L": "CLOB"}, [["a"]] * 130)

    with opened(server) as reader:
        assert [batch.num_rows for batch in reader.batches(1000)] == [64, 64, 2]


def test_a_view_is_read_too(server, tables):
    tables.create("V", {"ID": "NUMBER(1)"}, [[1]], is_view=True)

    assert read(server, {"table": "V"}) == [(1,)]


def test_a_large_table_is_read_only_when_that_is_confirmed(server, tables):
    tables.create("T", COLUMNS, ROWS, estimate=1001)

    with pytest.raises(QueryRefusedError, match="about 1,001 rows"):
        read(server, large_rows=1000)
    assert read(server, {"table": "T", "confirm_large": True}, large_rows=1000) == READ
    assert read(server, {"table": "T", "where_clause": "id < 9"}, large_rows=1000) == READ
    assert read(server, large_rows=1001) == READ


def test_more_rows_than_max_rows_are_refused(server):
    assert read(server, {"table": "T", "max_rows": 3}) == READ
    with pytest.raises(QueryRefusedError, match="max_rows allows, 2"):
        read(server, {"table": "T", "max_rows": 2})


def test_the_digest_tells_rows_apart_however_they_are_cut(server, tables):
    def digest(chunk_rows: int) -> str | None:
        with opened(server) as reader:
            rows_of(reader, chunk_rows)
            return reader.facts().sha256

    first = digest(1)
    assert digest(100) == first
    tables.change("T", [*ROWS[:2], [3, None, "x"]])
    assert digest(100) != first


def test_what_is_hostile_never_reaches_the_database(server):
    for request in (
        {"table": "T", "where_clause": "id = 1; DROP TABLE t"},
        {"table": "T", "where_clause": "id IN (SELECT 1 FROM dual)"},
        {"table": "T", "casts": {"ID": "UTL_HTTP.REQUEST('http://example.com')"}},
        {"query": "DELETE FROM t"},
        {"query": "SELECT * FROM t FOR UPDATE"},
    ):
        with pytest.raises((QueryRefusedError, UnknownColumnError)):
            read(server, request)

    assert [sql for sql in server.statements if "DROP" in sql or "UTL_HTTP" in sql or "DELETE" in sql] == []


def test_a_table_of_a_query_that_is_not_there_is_told(server):
    with pytest.raises(ObjectNotFoundError, match="ORA-00942"):
        read(server, {"query": "SELECT * FROM missing"})
    with pytest.raises(QueryFailedError, match="ORA-00904"):
        read(server, {"query": "SELECT nothing FROM t"})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1031, AccessDeniedError),
        (28000, AccessDeniedError),
        (942, ObjectNotFoundError),
        (904, QueryFailedError),
        (918, DuplicateColumnError),
        (1013, QueryTimeoutError),
        (1555, ObjectChangedError),
        (3113, UnavailableError),
        (1033, UnavailableError),
        (12801, QueryFailedError),
        (600, UnavailableError),
    ],
)
@pytest.mark.parametrize("when", ["execute", "fetch"])
def test_an_error_of_the_database_is_told_in_our_words(tables, when, code, expected):
    def fault(step, cursor) -> None:
        if step == when and 'FROM "SCOTT"."T"' in cursor.sql:
            raise OraError(code, "something about it")

    with OracleStandIn(tables, behaviour(fault=fault)) as server:
        with pytest.raises(expected, match=f"ORA-{code:05d}: something about it") as caught:
            read(server, fetch_rows=1)

        require_told(caught.value)


def require_told(error: SmokePipelineError) -> None:
    """A sentence, a way out, and no secret."""
    assert error.message.endswith(".")
    assert error.suggestions
    assert PASSWORD not in f"{error.message}{error.suggestions}{error.context}{error.__cause__}"


def test_a_connection_that_is_cut_in_the_middle_is_told(tables):
    def fault(step, cursor) -> None:
        if step == "fetch" and cursor.sent >= 1:
            raise ClosedError

    with OracleStandIn(tables, behaviour(fault=fault)) as server:
        with pytest.raises(UnavailableError, match="does not answer") as caught:
            read(server, fetch_rows=1)

        require_told(caught.value)
        assert caught.value.retryable


@pytest.fixture(scope="module")
def long_table() -> tuple[Tables, int]:
    """Tables whose reading takes many packets, and how many bytes that is."""
    tables = Tables()
    tables.create("T", COLUMNS, [[number, f"row {number}", "a"] for number in range(200)])
    with OracleStandIn(tables, behaviour(unit=512)) as server:
        read(server, fetch_rows=50)
        return tables, server.sessions[0].sent


@given(share=st.floats(0, 0.999))
def test_wherever_a_connection_is_cut_no_row_is_lost_unseen(long_table, share):
    tables, size = long_table
    with OracleStandIn(tables, behaviour(unit=512, cut_after=int(share * size))) as server:
        try:
            found = read(server, fetch_rows=50)
        except UnavailableError as error:
            require_told(error)
        else:
            assert len(found) == 200


def test_a_statement_that_takes_too_long_is_stopped(tables):
    with OracleStandIn(tables, behaviour(hangs=lambda sql: 'FROM "SCOTT"' in sql)) as server:
        with pytest.raises(QueryTimeoutError, match=r"longer than 0\.1 s") as caught:
            read(server, statement_timeout_s=0.1)

        require_told(caught.value)


def test_a_server_that_is_not_there_is_told(server):
    for dsn in (f"127.0.0.1:{free_port()}/standin", f"127.0.0.1:{server.port}/another"):
        with pytest.raises(UnavailableError) as caught:
            read(server, dsn=dsn)

        require_told(caught.value)


@pytest.mark.parametrize("dsn", ["", "(DESCRIPTION=", "no_such_alias", "host:port/service"])
def test_an_address_that_cannot_be_read_is_told(server, dsn):
    with pytest.raises(SettingsError, match="dsn") as caught:
        read(server, dsn=dsn)

    require_told(caught.value)


def test_a_descriptor_is_an_address_and_is_not_shown(server):
    descriptor = (
        f"(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT={server.port}))"
        "(CONNECT_DATA=(SERVICE_NAME=standin)))"
    )

    assert read(server, dsn=descriptor) == READ
    with pytest.raises(AccessDeniedError) as caught:
        read(server, dsn=descriptor, password="another")
    assert "DESCRIPTION" not in caught.value.message


def test_an_encrypted_connection_needs_the_right_certificates(tables, tmp_path):
    ours, another = certificate(tmp_path / "ours"), certificate(tmp_path / "another")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ours)

    with OracleStandIn(tables, behaviour(), tls=context) as server:
        assert read(server, ca_bundle=ours) == READ
        for bundle in (another, None, tmp_path / "missing.pem"):
            with pytest.raises(SettingsError, match="secure connection") as caught:
                read(server, ca_bundle=bundle)
            require_told(caught.value)


def test_nothing_stays_open(server):
    before = threading.active_count()
    for _ in range(3):
        read(server)
    with pytest.raises(ObjectNotFoundError):
        read(server, {"table": "MISSING"})

    for thread in threading.enumerate():
        if thread.name.startswith("Thread-") and thread is not server._threads[0]:
            thread.join(timeout=10)
    assert threading.active_count() <= before
