"""A role of PostgreSQL with the printed rights: all that sessions promise holds, and no more is allowed."""

from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from smoke_pipeline.errors import HistoryError, InvalidOptionError
from smoke_pipeline.history.access.audit import Action, AuditLog
from smoke_pipeline.history.access.grants import grants_sql
from smoke_pipeline.history.access.keys import Keys
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline_tests.history import test_base as contract
from smoke_pipeline_tests.history.access.people import new_key

pytestmark = pytest.mark.services

ROLE = 'smoke "app" %s; DROP'

globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})
"""Every promise of a history, asked here of one that works by the role."""


@pytest.fixture(scope="session")
def app_role(postgres_server):
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
    return ROLE


@pytest.fixture
def app_url(database, postgres_url, app_role):
    """The database as the role sees it, after the owner has made the tables and given the rights."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute(grants_sql(app_role))
    return f"{postgres_url}&user={quote(app_role)}"


@pytest.fixture
def app(app_url):
    with Database(app_url) as database:
        database.migrate()
        yield database


@pytest.fixture
def history(app, clock):
    return PostgresHistory(app, clock)


def test_the_role_is_who_works(app_url):
    with psycopg.connect(app_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (ROLE,)


def test_keys_and_the_log_work_by_the_role(app, clock):
    keys, log = Keys(app, clock), AuditLog(app, clock)
    made, secret = keys.create(new_key(), LOCAL)
    with log.recording(Action(tool_name="smoke show", action="see_session", identity=LOCAL)):
        assert keys.authenticate(secret.text).key_id == made.key_id
    keys.revoke(made.key_id)

    assert len(log.page().entries) == 1


FORBIDDEN = [
    "UPDATE mcp_smoke.audit_log SET client_id = 'eve'",
    "DELETE FROM mcp_smoke.audit_log",
    "TRUNCATE mcp_smoke.audit_log",
    "TRUNCATE mcp_smoke.test_sessions CASCADE",
    "CREATE TABLE mcp_smoke.mine (a int)",
    "CREATE TABLE public.mine (a int)",
    "CREATE SCHEMA mine",
    "DROP TABLE mcp_smoke.audit_log",
    "DROP TRIGGER append_only ON mcp_smoke.audit_log",
    "ALTER TABLE mcp_smoke.audit_log DISABLE TRIGGER ALL",
    "ALTER TABLE mcp_smoke.test_sessions ADD COLUMN mine int",
    "UPDATE mcp_smoke.alembic_version SET version_num = '0'",
    "CREATE OR REPLACE FUNCTION mcp_smoke.append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "SET session_replication_role = replica",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_may_not(statement, app_url):
    with psycopg.connect(app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("statement", FORBIDDEN[:3])
def test_the_log_is_closed_to_its_owner_too(statement, database, log, postgres_url):
    with log.recording(Action(tool_name="smoke show", action="see_session", identity=LOCAL)):
        pass

    with (
        psycopg.connect(postgres_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"),
    ):
        connection.execute(statement)
    assert len(log.page().entries) == 1


def test_a_refused_statement_is_one_of_our_errors(app):
    from sqlalchemy import text

    with pytest.raises(HistoryError, match="refused: permission denied"), app.transaction() as connection:
        connection.execute(text("DELETE FROM mcp_smoke.audit_log"))


def test_a_role_that_had_more_is_brought_down(database, postgres_url, app_role):
    with psycopg.connect(postgres_url) as connection:
        name = sql.Identifier(app_role)
        connection.execute(sql.SQL("GRANT ALL ON ALL TABLES IN SCHEMA mcp_smoke TO {}").format(name))
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA mcp_smoke TO {}").format(name))
        connection.execute(grants_sql(app_role))
        rights = connection.execute(
            "SELECT array_agg(privilege_type::text ORDER BY 1) FROM information_schema.role_table_grants"
            " WHERE grantee = %s AND table_name = 'audit_log'",
            [app_role],
        ).fetchone()
        may_create = connection.execute(
            "SELECT has_schema_privilege(%s, 'mcp_smoke', 'CREATE')", [app_role]
        ).fetchone()

    assert rights == (["INSERT", "SELECT"],)
    assert may_create == (False,)


@pytest.mark.parametrize("role", ["", "a\0b", "x" * 64, "ä" * 32])
def test_a_name_that_no_role_can_have_is_refused(role):
    with pytest.raises(InvalidOptionError, match="1 to 63 bytes"):
        grants_sql(role)
