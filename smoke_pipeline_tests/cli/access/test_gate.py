"""What stands before every command: keys, whose session it is, and the log."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.access.gate import admitted, guard, note_session
from smoke_pipeline.cli.main import main
from smoke_pipeline.errors import HistoryError, PermissionDeniedError
from smoke_pipeline.history.access.acting import acting
from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.records import Role

pytestmark = pytest.mark.services

TABLE = "id,amount\n1,10\n2,20\n"


def newest(world):
    with world.open() as database:
        return AuditLog(database).page(limit=1).entries[0]


def rows_of(world) -> int:
    with world.open() as database:
        return len(AuditLog(database).page(limit=1000).entries)


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(TABLE)
    return str(file)


def test_a_session_belongs_to_the_client_of_the_key_that_started_it(world, table):
    started = world.give("start", table, "--format", "json", who="user")
    assert started.exit_code == 0, started.output
    session_id = json.loads(started.stdout)["session_id"]

    noted = newest(world)
    exits = {who: world.give("show", session_id, who=who).exit_code for who in ("user", "other", "dba")}
    refused = world.give("continue", session_id, who="other")
    seen = json.loads(world.give("show", session_id, "--format", "json").stdout)

    assert (noted.tool_name, noted.action, noted.session_id) == ("smoke start", "start_session", session_id)
    assert (noted.client_id, noted.client_role, noted.preset) == ("ada", Role.USER, "development")
    assert exits == {"user": 0, "other": 2, "dba": 0}
    assert refused.exit_code == 2
    assert f"may not change the session {session_id}" in refused.stderr
    assert "  - Ask somebody with the role admin or dba" in refused.stderr
    assert (seen["status"], seen["failure"]) == ("active", None)


def test_a_session_that_was_refused_while_it_started_is_not_there(world, table):
    before = world.give("sessions", "--format", "json").stdout

    refused = world.give("start", table, "--preset", "production", who="user")

    assert refused.exit_code == 2
    assert "may not read by the preset 'production'" in refused.stderr
    assert world.give("sessions", "--format", "json").stdout == before
    assert newest(world).preset in ("production", None)


def test_a_session_that_fails_on_the_way_is_in_the_log_with_its_id(world, tmp_path):
    (tmp_path / "a.csv").write_text("id,old\n1,2\n")
    (tmp_path / "b.csv").write_text("id,new\n1,2\n")

    run = world.give("run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), who="user")

    noted = newest(world)
    assert run.exit_code == 2
    assert (noted.success, noted.error_class) == (False, "ColumnsDifferError")
    assert noted.session_id.startswith("upload_")


def test_a_verdict_that_is_not_passed_is_an_answer_and_no_failure(world, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / "b.csv").write_text(TABLE.replace("20", "21"))

    run = world.give("run", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--key", "id", who="user")

    noted = newest(world)
    assert run.exit_code == 1
    assert (noted.success, noted.details) == (True, {"exit_status": 1})


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("admin", {"own", "other", "finished", "production"}),
        ("user", {"own", "production"}),
        ("other", {"other", "finished"}),
        ("billing", {"finished"}),
    ],
)
def test_everybody_lists_what_they_may_see(who, seen, shared):
    listed = shared.give("sessions", "--format", "json", who=who)

    assert {one["session_id"] for one in json.loads(listed.stdout)["sessions"]} == seen


@pytest.mark.parametrize(
    ("who", "words"),
    [("user", "--client bob"), ("billing", "--status active")],
)
def test_what_somebody_may_not_list_is_refused(who, words, shared):
    refused = shared.give("sessions", *words.split(), who=who)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"With the role {who} you may not see" in refused.stderr


@pytest.mark.parametrize("command", ["compare", "profile"])
def test_a_production_preset_is_not_read_for_a_user_even_without_a_session(command, world, table):
    words = (command, table, table) if command == "compare" else (command, table)

    exits = [world.give(*words, "--preset", "production", who=who).exit_code for who in ("user", "dba", None)]

    assert exits == [2, 0, 0]


def test_comparing_without_a_key_asks_no_history(tmp_path, table):
    environment = {"SMOKE_POSTGRES_URL": "postgresql://me@127.0.0.1:1/none", "SMOKE_API_KEY": None}

    run = CliRunner().invoke(main, ["compare", table, table], env=environment)

    assert run.exit_code == 0, run.output


def test_comparing_without_a_key_imports_no_database(table):
    program = (
        "import sys; from smoke_pipeline.cli.main import main\n"
        f"try: main(['compare', {table!r}, {table!r}])\n"
        "except SystemExit: pass\n"
        "print(sorted({'sqlalchemy', 'psycopg', 'dagster'} & set(sys.modules)))"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", ["sessions", "show own", "compare {a} {a}", "keys list", "audit", "up"])
def test_where_a_key_is_required_nothing_is_done_without_one(words, world, table):
    before = rows_of(world)

    run = world.give(*words.format(a=table).split(), SMOKE_ACCESS__REQUIRE_KEY="true")

    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr.startswith("Error: This installation asks for an API key, and none was given.\n")
    assert "SMOKE_API_KEY" in run.stderr
    assert rows_of(world) == before


@pytest.mark.parametrize("words", ["db schema", "db grants app"])
def test_what_shows_no_data_is_open(words, world):
    run = world.give(*words.split(), SMOKE_ACCESS__REQUIRE_KEY="true")

    assert run.exit_code == 0


def test_where_a_key_is_required_the_key_is_enough(world):
    assert world.give("show", "own", who="user", SMOKE_ACCESS__REQUIRE_KEY="true").exit_code == 0


def test_a_command_that_cannot_be_written_down_is_an_error(world, monkeypatch):
    for name, value in world.variables("user").items():
        monkeypatch.setenv(name, value)

    with (
        pytest.raises(HistoryError),
        admitted("show", {"session_id": "own"}),
        psycopg.connect(world.url) as connection,
    ):
        connection.execute("DROP TABLE mcp_smoke.audit_log")


def test_a_command_stopped_on_the_way_is_in_the_log(world, monkeypatch):
    for name, value in world.variables("user").items():
        monkeypatch.setenv(name, str(value))

    with pytest.raises(KeyboardInterrupt), admitted("show", {"session_id": "own"}):
        raise KeyboardInterrupt

    assert newest(world).error_class == "KeyboardInterrupt"


def test_who_acts_is_known_within_and_forgotten_after(world, monkeypatch):
    for name, value in world.variables("user").items():
        monkeypatch.setenv(name, str(value))

    with admitted("show", {"session_id": "own"}):
        within = acting()

    assert (within.client_id, within.role) == ("ada", Role.USER)
    assert acting() == LOCAL


def test_a_gate_is_put_up_once_however_often_a_command_is_found():
    @click.command()
    def lonely():
        """Nothing."""

    first = guard(lonely, "lonely").callback

    assert guard(lonely, "lonely").callback is first


def test_noting_a_session_outside_of_a_command_is_nothing():
    note_session("stmt_1")


def test_a_key_shows_in_nothing_that_a_command_leaves_behind(world, table, caplog):
    caplog.set_level(logging.DEBUG)
    secret = world.secrets["user"][8:]
    commands = ["start {a}", "run {a} {a}", "show own", "show other", "sessions", "audit", "keys list --all"]
    commands += ["compare {a} {a} --format json", "continue own", "--traceback show other", "db grants x"]

    said = [world.give(*words.format(a=table).split(), who="user") for words in commands]

    everything = "".join(run.output + repr(run.exception) for run in said) + caplog.text
    assert secret not in everything
    files = [file for file in Path(world.data).rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if secret.encode() in file.read_bytes()]
    with psycopg.connect(world.url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('mcp_smoke', 'public')"
        ).fetchall()
        for (name,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {name} t").fetchall()
            assert secret not in str(rows), name


def test_a_refusal_is_raised_with_what_a_program_needs(world, monkeypatch):
    for name, value in world.variables("billing").items():
        monkeypatch.setenv(name, str(value))

    with pytest.raises(PermissionDeniedError) as caught, admitted("start", {"preset": None}):
        pass

    assert caught.value.to_dict()["required_roles"] == ["admin", "dba", "user"]
