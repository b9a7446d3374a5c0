"""What only the real history can show: its transactions, its errors, its secrets."""

import traceback
from dataclasses import replace

import psycopg
import pytest

from smoke_pipeline.comparison.result import CellDifference, DifferenceKind, RowDifference
from smoke_pipeline.errors import HistoryError, HistoryUnavailableError, SettingsError
from smoke_pipeline.history.database import Database, open_database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.settings.model import Settings
from smoke_pipeline_tests.history.samples import file, found, move, session

pytestmark = pytest.mark.services

NOBODY_LISTENS = "postgresql://mcp:geheim@127.0.0.1:1/smoke"


@pytest.fixture
def opened(postgres_url):
    with open_database(Settings(postgres_url=postgres_url)) as database:
        yield PostgresHistory(database)


def test_an_opened_history_has_its_tables(opened):
    assert opened.create_session(session()) == session()


def test_it_can_be_opened_again(opened, postgres_url):
    opened.create_session(session())

    with open_database(Settings(postgres_url=postgres_url)) as again:
        assert [s.session_id for s in PostgresHistory(again).sessions()] == [session().session_id]


def test_a_server_that_does_not_answer_is_named_without_the_password():
    with Database(NOBODY_LISTENS) as database, pytest.raises(HistoryUnavailableError) as caught:
        PostgresHistory(database).sessions()

    assert "127.0.0.1" in caught.value.message
    assert caught.value.retryable
    assert any("embedded" in words for words in caught.value.suggestions)


def test_the_password_is_shown_nowhere():
    with Database(NOBODY_LISTENS) as database, pytest.raises(HistoryUnavailableError) as caught:
        PostgresHistory(database).sessions()

    shown = [*traceback.format_exception(caught.value), repr(database), str(vars(database)["_engine"])]
    assert "geheim" not in "".join(shown)
    assert "geheim" not in str(caught.value.to_dict())


def test_a_history_that_cannot_be_opened_is_unavailable():
    with pytest.raises(HistoryUnavailableError):
        open_database(Settings(postgres_url=NOBODY_LISTENS))


def test_an_address_that_is_none_is_refused_without_repeating_it():
    settings = Settings(postgres_url="mysql://mcp:geheim@host/db")

    with pytest.raises(SettingsError) as caught:
        open_database(settings)

    assert "geheim" not in "".join(traceback.format_exception(caught.value))


def test_without_tables_it_says_so(postgres_url):
    with Database(postgres_url) as database, pytest.raises(HistoryError, match="no tables"):
        PostgresHistory(database).sessions()


def test_what_postgresql_cannot_hold_is_refused(opened):
    with pytest.raises(HistoryError, match="NUL"):
        opened.create_session(session(test_name="a\0b"))
    with pytest.raises(HistoryError, match="whole characters"):
        opened.create_session(session(test_name="\ud800"))

    assert not opened.sessions()


def test_a_connection_that_was_lost_is_replaced(opened, postgres_url):
    opened.create_session(session())

    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert opened.session(session().session_id) == session()


def test_a_statement_that_takes_too_long_is_given_up(postgres_url):
    def sleep_past_the_limit(database):
        with database.transaction() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = '10ms'")
            connection.exec_driver_sql("SELECT pg_sleep(5)")

    with (
        Database(postgres_url) as database,
        pytest.raises(HistoryUnavailableError, match="longer than 60 s"),
    ):
        sleep_past_the_limit(database)


def test_every_statement_has_a_time_limit(postgres_url):
    with Database(postgres_url) as database, database.transaction() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "1min"


def test_a_value_postgresql_cannot_hold_stays_readable(opened, postgres_url):
    created = opened.create_session(session())
    cell = CellDifference(column="name", source="a\0b", target="a\ud800b")
    row = RowDifference(kind=DifferenceKind.MISMATCHED, key=("1",), cells=(cell,))

    opened.save_result(created.session_id, found(row), None)

    with psycopg.connect(postgres_url) as other:
        query = "SELECT column_name, source_value, target_value FROM mcp_smoke.mismatch_details"
        assert other.execute(query).fetchall() == [("name", "a�b", "a�b")]


def test_a_result_that_cannot_be_written_leaves_no_trace(opened):
    created = opened.create_session(session())
    row = RowDifference(kind=DifferenceKind.MISMATCHED, key=("1",), source_row=2**70)

    with pytest.raises(HistoryError):
        opened.save_result(created.session_id, found(row), move(created))

    assert opened.newest_result(created.session_id) is None
    assert opened.session(created.session_id) == created


def test_the_view_shows_a_session_with_its_newest_files_and_result(opened, postgres_url):
    created = opened.create_session(session())
    opened.create_session(session("bare"))
    opened.save_snapshot(file(created.session_id), None)
    opened.save_snapshot(replace(file(created.session_id), file_path="source/again.parquet"), None)
    result_id = opened.save_result(created.session_id, found(), None)
    opened.save_report(result_id, "report/bundle.zip", None)

    query = (
        "SELECT session_id, source_file_path, target_file_path, verdict, zip_package_path, html_report_path"
        " FROM mcp_smoke.v_test_sessions ORDER BY session_id"
    )
    with psycopg.connect(postgres_url) as other:
        rows = other.execute(query).fetchall()

    zipped = "report/bundle.zip"
    assert rows == [
        ("bare", None, None, None, None, None),
        (created.session_id, "source/again.parquet", None, "failed", zipped, f"{zipped}#report.html"),
    ]
