"""What PostgreSQL alone does, whatever the server's own settings are."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from smoke_pipeline.errors import (
    AccessDeniedError,
    QueryFailedError,
    QueryRefusedError,
    SettingsError,
    UnavailableError,
)
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline_tests.readers.reading import rows_of

pytestmark = pytest.mark.services


def read(postgres, **values) -> list[tuple]:
    values = values if "query" in values else {"table": "t"} | values
    with opened_table(postgres, TableRequest(database="postgres.main", **values)) as reader:
        return rows_of(reader)


def test_the_settings_of_the_user_change_nothing(postgres, fill_postgres):
    strange = {
        "bytea_output": "'escape'",
        "datestyle": "'German, DMY'",
        "extra_float_digits": "-15",
        "intervalstyle": "'postgres_verbose'",
        "timezone": "'Asia/Tokyo'",
        "standard_conforming_strings": "off",
        "default_transaction_read_only": "off",
        "search_path": "'nowhere'",
    }
    fill_postgres(
        "CREATE TABLE t (b bytea, d date, f float8, i interval, ts timestamptz)",
        r"INSERT INTO t VALUES ('\x00', '2026-01-02', 0.1, '1 day', '2026-01-02 03:04:05+00')",
        *(
            f"ALTER ROLE reader IN DATABASE {postgres.database} SET {name} = {value}"
            for name, value in strange.items()
        ),
    )

    ((*plain, moment),) = read(postgres)

    assert [str(value) for value in plain] == [r"b'\x00'", "2026-01-02", "0.1", "P1D"]
    assert moment.isoformat() == "2026-01-02T03:04:05+00:00"


def test_rows_that_a_policy_hides_are_an_error_and_not_left_out(postgres, fill_postgres):
    fill_postgres(
        "CREATE TABLE t (a int)",
        "INSERT INTO t VALUES (1), (2)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON t USING (a = 1)",
    )

    with pytest.raises(AccessDeniedError, match="row-level security"):
        read(postgres)


def test_the_schema_of_the_settings_is_that_of_names_without_one(postgres, fill_postgres):
    fill_postgres(
        'CREATE SCHEMA "My Schema"',
        'CREATE TABLE "My Schema".t (a int)',
        'INSERT INTO "My Schema".t VALUES (4)',
    )
    settings = postgres.model_copy(update={"db_schema": "My Schema"})

    assert read(settings) == [(4,)]
    assert read(settings, query="SELECT a + 1 AS b FROM t") == [(5,)]


def test_a_table_without_columns_is_refused(postgres, fill_postgres):
    fill_postgres("CREATE TABLE t ()")

    with pytest.raises(QueryRefusedError, match="no column"):
        read(postgres)


def test_a_function_of_a_user_does_not_take_the_place_of_the_databases_own(postgres, fill_postgres):
    fill_postgres(
        "CREATE TABLE t (a text)",
        "INSERT INTO t VALUES ('A')",
        "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'not ' || $1 $$",
    )

    assert read(postgres, query="SELECT lower(a) AS a FROM t") == [("a",)]


def test_a_dropped_column_is_not_read(postgres, fill_postgres):
    fill_postgres(
        "CREATE TABLE t (a int, b int)", "INSERT INTO t VALUES (1, 2)", "ALTER TABLE t DROP COLUMN a"
    )

    assert read(postgres) == [(2,)]


def test_the_snapshot_is_named(postgres, fill_postgres):
    fill_postgres("CREATE TABLE t (a int)")

    with opened_table(postgres, TableRequest(database="postgres.main", table="t")) as reader:
        rows_of(reader)
        assert len((reader.facts().version or "").split(":")) == 3


def test_text_that_is_not_utf_8_is_an_error(postgres, postgres_owner, fill_postgres):
    fill_postgres("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with psycopg.connect(
        postgres_owner.replace(f"/{postgres.database}?", "/ascii?"), autocommit=True
    ) as owner:
        owner.execute("CREATE TABLE t AS SELECT convert_from('\\xff', 'SQL_ASCII') AS a")

    try:
        with pytest.raises(QueryFailedError, match=r"UTF-?8"):
            read(postgres.model_copy(update={"database": "ascii"}))
    finally:
        fill_postgres("DROP DATABASE ascii WITH (FORCE)")


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port where the question for encryption is answered, and no other."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(8)
                connection.sendall(answer)
                connection.recv(1)

        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_sslmode_decides_whether_a_connection_must_be_encrypted(postgres):
    with answering(b"N") as port, pytest.raises(SettingsError, match="SSL was required"):
        read(postgres.model_copy(update={"host": "127.0.0.1", "port": port, "sslmode": "require"}))


def test_certificates_that_are_not_there_are_told(postgres, tmp_path):
    missing = {"host": "127.0.0.1", "sslmode": "verify-full", "ca_bundle": tmp_path / "no.pem"}

    with answering(b"S") as port, pytest.raises(SettingsError, match=r"no\.pem"):
        read(postgres.model_copy(update={**missing, "port": port}))


def test_a_server_that_says_nothing_is_not_waited_for(postgres):
    with socket.create_server(("127.0.0.1", 0)) as server:
        mute = {"host": "127.0.0.1", "port": server.getsockname()[1], "connect_timeout_s": 0.2}
        with pytest.raises(UnavailableError, match=r"timeout|timed out"):
            read(postgres.model_copy(update=mute))
