"""How the tables come to be, and that they are those of `history.schema.tables`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.schema import CreateSchema

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Move, Status, Step
from smoke_pipeline.history.schema.migrate import (
    LOCK,
    current_revision,
    known_revisions,
    migrate,
    migrate_down,
    newest_revision,
    schema_sql,
)
from smoke_pipeline.history.schema.tables import SCHEMA, metadata
from smoke_pipeline.history.server.urls import sqlalchemy_url

pytestmark = pytest.mark.services

INDEXES = {
    "idx_test_sessions_status",
    "idx_test_sessions_created",
    "idx_test_sessions_client",
    "idx_test_sessions_active",
    "idx_test_sessions_name",
    "idx_test_files_session",
    "idx_test_files_downloaded",
    "idx_comparison_results_session",
    "idx_comparison_results_created",
    "idx_api_keys_client",
    "idx_audit_log_happened",
    "idx_audit_log_client",
    "idx_audit_log_session",
    "idx_jobs_session",
    "idx_jobs_idempotency",
    "idx_files_session",
    "idx_files_expires",
    "idx_metadata_cache_expires",
    "idx_baselines_active",
    "idx_baselines_test",
}
VIEWS = {
    "v_test_sessions",
    "v_active_sessions",
    "v_session_summary",
    "v_recent_completions",
    "v_weekly_summary",
    "v_performance_30d",
}
REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"]
HEAD = REVISIONS[-1]


OLD_SESSION = """
INSERT INTO mcp_smoke.test_sessions (session_id, test_type, test_name, preset, spec, test_folder, status,
    step, version, client_id, created_at, updated_at)
VALUES ('stmt_1', 'statement', 'statement', 'development', '{}', 'tests/stmt_1', 'active', 'awaiting_etl',
    3, 'local', now(), now())
"""
OLD_FILE = """
INSERT INTO mcp_smoke.test_files (session_id, file_role, file_path, row_count, file_size_mb, manifest,
    downloaded_at)
VALUES ('stmt_1', 'source', 'source/rows.parquet', 1, 0.1, '{"origin": "before.csv"}', now())
"""


@pytest.fixture
def engine(postgres_url) -> Iterator[Engine]:
    made = create_engine(sqlalchemy_url(postgres_url))
    yield made
    made.dispose()


def described(engine: Engine) -> set[tuple]:
    """Every column, index and constraint of the schema, as PostgreSQL itself writes it."""
    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, is_identity FROM information_schema.columns"
        " WHERE table_schema = :schema AND table_name <> 'alembic_version' AND table_name NOT LIKE 'v\\_%'",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = :schema"
        " AND tablename <> 'alembic_version'",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = CAST(:schema AS regnamespace) AND contype IN ('c', 'f', 'p', 'u')"
        " AND conrelid::regclass::text <> 'mcp_smoke.alembic_version'",
    )
    with engine.connect() as connection:
        return {
            tuple(row) for query in queries for row in connection.execute(text(query), {"schema": SCHEMA})
        }


def names(engine: Engine, query: str) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text(query)))


def test_the_migrated_schema_is_that_of_the_tables(engine):
    with engine.begin() as connection:
        migrate(connection)
        options = {
            "include_schemas": True,
            "version_table_schema": SCHEMA,
            "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
        }
        context = MigrationContext.configure(connection, opts=options)

        assert compare_metadata(context, metadata) == []


def test_the_migrated_schema_is_that_of_the_tables_to_the_letter(engine):
    with engine.begin() as connection:
        migrate(connection)
    migrated = described(engine)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
        connection.execute(CreateSchema(SCHEMA))
        metadata.create_all(connection)

    assert described(engine) == migrated


def test_there_are_exactly_the_named_indexes(engine):
    with engine.begin() as connection:
        migrate(connection)

    found = names(engine, f"SELECT indexname FROM pg_indexes WHERE schemaname = '{SCHEMA}'")

    assert {name for name in found if not name.endswith(("_pkey", "_pkc", "_key"))} == INDEXES
    assert names(engine, f"SELECT viewname FROM pg_views WHERE schemaname = '{SCHEMA}'") == VIEWS


def test_migrating_again_changes_nothing(engine):
    for _ in range(2):
        with engine.begin() as connection:
            migrate(connection)

    assert names(engine, f"SELECT version_num FROM {SCHEMA}.alembic_version") == {HEAD}


def test_the_newest_revision_is_the_head_of_the_migrations():
    assert newest_revision() == HEAD
    assert known_revisions() == frozenset(REVISIONS)


def test_tables_that_are_up_to_date_are_left_alone_while_somebody_migrates(engine):
    with engine.begin() as connection:
        migrate(connection)

    with engine.begin() as migrating, engine.begin() as other:
        migrating.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        migrate(other)  # waits for nobody

        assert current_revision(other) == HEAD


def test_down_takes_everything_away_and_up_brings_it_back(engine):
    with engine.begin() as connection:
        migrate(connection)
    first = described(engine)

    with engine.begin() as connection:
        migrate_down(connection)
    left = names(engine, f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{SCHEMA}'")
    with engine.begin() as connection:
        migrate(connection)

    assert left == {"alembic_version"}
    assert described(engine) == first


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_down_to_any_revision_and_up_again_is_the_same(engine, revision):
    with engine.begin() as connection:
        migrate(connection)
    whole = described(engine)

    with engine.begin() as connection:
        migrate_down(connection, revision)
    with engine.begin() as connection:
        migrate(connection)

    assert described(engine) == whole


def test_sessions_of_the_first_revision_live_on(engine, postgres_url):
    with engine.begin() as connection:
        migrate(connection, "0001")
        connection.execute(text(OLD_SESSION))
        connection.execute(text(OLD_FILE))

    with Database(postgres_url) as database:
        database.migrate()
        history = PostgresHistory(database)
        old = history.session("stmt_1")
        after = history.move(
            Move(session_id="stmt_1", version=3, status=Status.ACTIVE, step=Step.AWAITING_COMPARISON)
        )

    assert (old.step, after.version) == (Step.AWAITING_ETL, 4)
    assert names(engine, f"SELECT origin FROM {SCHEMA}.test_files") == {"before.csv"}


def test_several_who_start_at_once_all_succeed(engine):
    together = Barrier(4)

    def start(_):
        together.wait()
        with engine.begin() as connection:
            migrate(connection)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))

    assert names(engine, f"SELECT version_num FROM {SCHEMA}.alembic_version") == {HEAD}


def test_a_migration_that_is_rolled_back_leaves_nothing_behind(engine):
    with engine.connect() as connection:
        migrate(connection)
        connection.rollback()

    assert names(engine, "SELECT nspname FROM pg_namespace") & {SCHEMA} == set()


def test_a_schema_of_a_newer_version_is_refused(engine):
    with engine.begin() as connection:
        migrate(connection)
        connection.execute(text(f"UPDATE {SCHEMA}.alembic_version SET version_num = '9999'"))

    with pytest.raises(HistoryError, match="newer version"), engine.begin() as connection:
        migrate(connection)


def test_a_user_who_may_not_make_schemas_can_use_one_that_was_made(engine):
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS mcp"))
        connection.execute(text("CREATE ROLE mcp"))
        connection.execute(text(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION mcp"))

    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE mcp"))
        migrate(connection)

    assert len(described(engine)) > 40


def test_the_schema_as_sql_makes_the_same_tables(engine, postgres_url):
    with engine.begin() as connection:
        migrate(connection)
    migrated = described(engine)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(schema_sql())

    assert described(engine) == migrated
