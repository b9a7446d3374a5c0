"""What MySQL and MariaDB alone do, whatever the server's own settings are."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import (
    AccessDeniedError,
    ObjectChangedError,
    QueryFailedError,
    QueryRefusedError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
)
from smoke_pipeline.readers.tables.mysql.failures import told
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import MySql
from smoke_pipeline_tests.readers.reading import rows_of
from smoke_pipeline_tests.readers.tables.servers import as_owner, certificate, mariadb

pytestmark = [pytest.mark.services, pytest.mark.mariadb]


def read(mysql, **values) -> list[tuple]:
    values = values if "query" in values else {"table": "t"} | values
    with opened_table(mysql, TableRequest(database="mysql.main", **values)) as reader:
        return rows_of(reader)


@pytest.fixture
def strange_server(mysql) -> Iterator[None]:
    """A server whose own settings read text and rows in other ways."""
    strange = {
        "sql_mode": "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT'",
        "sql_select_limit": "2",
        "time_zone": "'+09:00'",
        "max_statement_time": "0",
        "tx_isolation": "'READ-UNCOMMITTED'",
        "character_set_server": "latin1",
    }
    with as_owner(mysql.port) as connection, connection.cursor() as cursor:
        for name, value in strange.items():
            cursor.execute(f"SET GLOBAL {name} = {value}")
        yield
        for name in strange:
            cursor.execute(f"SET GLOBAL {name} = DEFAULT")


def test_the_settings_of_the_server_change_nothing(mysql, fill_mysql, strange_server):
    fill_mysql(
        "CREATE TABLE t (id INT, c CHAR(5), ts TIMESTAMP NULL)",
        "SET time_zone = '+00:00'",
        "INSERT INTO t VALUES (1, 'é', '2026-01-02 03:04:05'), (2, 'b', NULL), (3, 'c', NULL)",
    )

    rows = read(mysql, where_clause="c <> 'x''y'")

    assert [row[:2] for row in rows] == [(1, "é"), (2, "b"), (3, "c")]
    assert rows[0][2].isoformat() == "2026-01-02T03:04:05+00:00"


def test_an_invisible_column_is_read_too(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a INT, b INT INVISIBLE)", "INSERT INTO t (a, b) VALUES (1, 2)")

    assert read(mysql) == [(1, 2)]


def test_a_table_without_transactions_that_changed_between_two_reads_is_told(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a INT) ENGINE = MyISAM", "INSERT INTO t VALUES (1)")

    with opened_table(mysql, TableRequest(database="mysql.main", table="t")) as reader:
        assert rows_of(reader) == [(1,)]
        fill_mysql("INSERT INTO t VALUES (2)")
        with pytest.raises(ObjectChangedError, match="t did not give the same rows twice"):
            rows_of(reader)


def test_a_view_over_tables_that_the_user_may_not_read_is_counted(mysql, fill_mysql):
    fill_mysql(
        "CREATE DATABASE hidden",
        "CREATE TABLE hidden.t (a INT)",
        "INSERT INTO hidden.t SELECT seq FROM smoke.seq_1_to_50",
        "CREATE VIEW t AS SELECT a FROM hidden.t",
    )
    try:
        assert len(read(mysql.model_copy(update={"large_rows": 50}))) == 50
        with pytest.raises(QueryRefusedError, match="about 50 rows, more than the 49"):
            read(mysql.model_copy(update={"large_rows": 49}))
    finally:
        fill_mysql("DROP DATABASE hidden")


def test_certificates_that_are_not_there_are_told(mysql, tmp_path):
    lost = mysql.model_copy(update={"ca_bundle": tmp_path / "no.pem"})

    with pytest.raises(SettingsError, match=r"secure connection.*No such file"):
        read(lost)


@pytest.fixture(scope="module")
def armed(open_folder) -> Iterator[MySql]:
    """A server that encrypts, and numbers its transactions."""
    folder = open_folder / "certificates"
    folder.mkdir()
    folder.chmod(0o755)
    own = certificate(folder / "own")
    certificate(folder / "other")
    with mariadb(open_folder / "armed", ssl_cert=f"{own}.pem", ssl_key=f"{own}.key", log_bin="log") as server:
        yield server.model_copy(update={"ca_bundle": Path(f"{own}.pem")})


def test_with_certificates_the_connection_is_encrypted(armed):
    with opened_table(armed, TableRequest(database="mysql.main", query="SELECT 1 AS a")) as reader:
        assert rows_of(reader) == [(1,)]
        assert reader._ask("SHOW STATUS LIKE 'Ssl_cipher'")[0][1]


def test_a_server_with_a_certificate_of_somebody_elses_is_refused(armed, open_folder):
    stranger = armed.model_copy(update={"ca_bundle": open_folder / "certificates" / "other.pem"})

    with pytest.raises(SettingsError, match=r"secure connection.*certificate verify failed"):
        read(stranger)


def test_with_certificates_a_server_without_encryption_is_refused(mysql, armed):
    with pytest.raises(SettingsError, match="secure connection"):
        read(mysql.model_copy(update={"ca_bundle": armed.ca_bundle}))


def test_the_snapshot_is_named_by_the_last_transaction(armed):
    with as_owner(armed.port) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a INT)")

    with opened_table(armed, TableRequest(database="mysql.main", table="t")) as reader:
        assert rows_of(reader) == []
        assert (reader.facts().version or "").startswith("0-1-")


def test_a_server_that_numbers_no_transactions_names_no_snapshot(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a INT)")

    with opened_table(mysql, TableRequest(database="mysql.main", table="t")) as reader:
        assert reader.facts().version is None


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port where somebody accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_server_that_says_nothing_is_not_waited_for(mysql, mute_port):
    with pytest.raises(UnavailableError, match="timed out"):
        read(mysql.model_copy(update={"port": mute_port, "connect_timeout_s": 0.2}))


@contextmanager
def saying(words: bytes) -> Iterator[int]:
    """A port where these words are said to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(words)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_server_that_speaks_another_language_is_told(mysql):
    with saying(b"SSH-2.0-OpenSSH_9.2\r\n" * 20) as port, pytest.raises(UnavailableError):
        read(mysql.model_copy(update={"port": port}))


@settings(max_examples=50, deadline=None)
@given(greeting=st.binary(min_size=1, max_size=60))
def test_whatever_a_server_says_ends_in_an_error_of_ours(mysql, greeting):
    framed = len(greeting).to_bytes(3, "little") + b"\0" + greeting

    with saying(framed) as port, pytest.raises(SmokePipelineError):
        read(mysql.model_copy(update={"port": port}))


@pytest.mark.parametrize(
    ("why", "error"),
    [("'cryptography' package is required", AccessDeniedError), ("LOAD_LOCAL", QueryFailedError)],
)
def test_what_the_driver_stops_at_is_told(mysql, why, error):
    with pytest.raises(error), told(mysql):
        raise RuntimeError(why)


def test_a_table_that_was_altered_since_the_snapshot_began_is_told(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")

    with opened_table(mysql, TableRequest(database="mysql.main", table="t")) as reader:
        fill_mysql("ALTER TABLE t ADD COLUMN b INT, ALGORITHM = COPY")
        with pytest.raises(ObjectChangedError, match="changed while it was read"):
            rows_of(reader)


def test_a_long_text_made_by_a_query_is_not_cut(mysql, fill_mysql):
    fill_mysql("CREATE TABLE t (a LONGTEXT)", "INSERT INTO t VALUES (REPEAT('x', 1500000)), (REPEAT('y', 9))")

    ((text,),) = read(mysql, query="SELECT GROUP_CONCAT(a) AS a FROM t")

    assert len(text) == 1_500_010


CODES = [
    (1045, "AccessDeniedError"),
    (1142, "AccessDeniedError"),
    (1049, "ObjectNotFoundError"),
    (1146, "ObjectNotFoundError"),
    (1969, "QueryTimeoutError"),
    (3024, "QueryTimeoutError"),
    (1040, "UnavailableError"),
    (1213, "UnavailableError"),
    (2006, "UnavailableError"),
    (2026, "SettingsError"),
    (1412, "ObjectChangedError"),
    (2061, "AccessDeniedError"),
    (1060, "DuplicateColumnError"),
    (1064, "QueryFailedError"),
    (4078, "QueryFailedError"),
]


@pytest.mark.parametrize(("code", "name"), CODES)
def test_a_code_of_the_server_becomes_an_error_of_ours(mysql, code, name):
    with pytest.raises(SmokePipelineError) as caught, told(mysql):
        raise pymysql.err.OperationalError(code, "as the server says.")

    assert type(caught.value).__name__ == name
