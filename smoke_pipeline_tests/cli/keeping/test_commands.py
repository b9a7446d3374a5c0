"""`smoke cancel`, `smoke archive`, `smoke clean` and `smoke doctor --deep`, over a real PostgreSQL."""

import csv
import io
import json
import shutil
import subprocess

import psycopg
import pytest

from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline_tests.cli.served import SMOKE, environment, smoke, until

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def data(open_folder):
    """A data folder whose PostgreSQL runs all the time, which spares each command a start and a stop."""
    folder = open_folder / "keeping"
    with postgres(load_settings(environ={}, overrides={"data_dir": str(folder)})) as url:
        folder.with_suffix(".url").write_text(url)
        yield folder


@pytest.fixture
def began(data, tmp_path):
    """Start a session; its id."""
    (tmp_path / "a.csv").write_text("id\n1\n")

    def began():
        return told(data, "start", str(tmp_path / "a.csv"), "--key", "id")["session_id"]

    return began


def told(data, *arguments, status=0):
    """What a command tells a program."""
    run = smoke(data, *arguments, "--format", "json")
    assert run.returncode == status, run.stderr
    return json.loads(run.stdout)


def refused(data, *arguments):
    run = smoke(data, *arguments)
    assert run.returncode == 2
    return run.stderr


def grown_old(data, days):
    """Let every session be older than it is."""
    with psycopg.connect(data.with_suffix(".url").read_text().replace("+psycopg", "")) as connection:
        connection.execute(
            "UPDATE mcp_smoke.test_sessions SET updated_at = updated_at - %s * interval '1 day'", [days]
        )


def test_a_session_is_cancelled_then_archived_and_nothing_goes_on(data, began):
    session_id = began()

    cancelled = told(data, "cancel", session_id)
    again = refused(data, "cancel", session_id)
    gone_on = refused(data, "continue", session_id)
    archived = told(data, "archive", session_id)

    assert (cancelled["status"], cancelled["next"]) == ("cancelled", None)
    assert f"Session {session_id} is cancelled already." in again
    assert f"Session {session_id} is cancelled." in gone_on
    assert archived["status"] == "archived"


def test_a_session_under_way_is_not_archived_and_the_way_out_is_told(data, began):
    session_id = began()

    stderr = refused(data, "archive", session_id)

    assert f"Session {session_id} is active and cannot be archived." in stderr
    assert f"smoke cancel {session_id}" in stderr


def test_cleaning_tells_first_and_takes_away_then(data, began):
    session_id = began()
    told(data, "cancel", session_id)
    grown_old(data, 31)

    dry = told(data, "clean", "--dry-run")
    table = smoke(data, "clean", "--dry-run", "--format", "csv").stdout
    words = smoke(data, "clean", "--dry-run")
    still = told(data, "show", session_id)
    gone = told(data, "clean")

    assert dry["dry_run"]
    assert {"kind": "session", "name": session_id, "why": "cancelled for 30 days", "size_bytes": None} in dry[
        "gone"
    ]
    assert (gone["dry_run"], gone["gone"]) == (False, dry["gone"])
    assert [row["name"] for row in csv.DictReader(io.StringIO(table))] == [row["name"] for row in dry["gone"]]
    assert f"{len(dry['gone'])} would go." in words.stderr
    assert still["status"] == "cancelled"
    assert f"There is no session '{session_id}'" in refused(data, "show", session_id)
    assert "There is nothing to take away." in smoke(data, "clean").stderr
    audit = smoke(data, "audit", "--session", session_id).stdout
    assert "smoke clean" in audit
    assert told(data, "doctor", "--deep")[-1]["name"] == "sessions hang together"


def test_what_hangs_on_nothing_is_told_and_the_status_is_1(data, began):
    session_id = began()
    shutil.rmtree(data / "uploads" / session_id)

    findings = told(data, "doctor", "--deep", status=1)

    torn = [one for one in findings if one["name"] == "torn"]
    assert session_id in torn[0]["detail"]
    assert "take_source" in torn[0]["advice"][0]
    assert "torn" not in {one["name"] for one in told(data, "doctor")}
    told(data, "cancel", session_id)
    grown_old(data, 31)
    told(data, "clean")
    told(data, "doctor", "--deep")


def test_a_session_that_lost_its_partition_goes_on(data, began):
    session_id = began()
    with psycopg.connect(data.with_suffix(".url").read_text().replace("+psycopg", "")) as connection:
        connection.execute("DELETE FROM dynamic_partitions WHERE partition = %s", [session_id])

    outcome = told(data, "continue", session_id, status=1)

    assert outcome["verdict"] == "unproven"


def test_a_command_that_was_killed_leaves_a_session_that_is_settled_and_goes_on(data, tmp_path):
    big = tmp_path / "big.csv"
    big.write_text("id,amount\n" + "".join(f"{i},{i % 97}\n" for i in range(3_000_000)))
    known = {folder.name for folder in data.glob("uploads/*")}
    with subprocess.Popen([*SMOKE, "start", str(big)], env=environment(data)) as process:
        working = until(
            lambda: [p for p in data.glob("uploads/*/.source.parquet.*") if p.parent.name not in known]
        )
        process.kill()
    session_id = working[0].parent.name

    cleaned = smoke(data, "clean")
    shown = told(data, "show", session_id)
    big.write_text("id,amount\n1,2\n")
    gone_on = told(data, "continue", session_id)

    assert "of take_source failed outside of a step." in cleaned.stderr
    assert (shown["status"], shown["failure"]["error_type"]) == ("failed", "RunStoppedError")
    assert (gone_on["status"], gone_on["step"], gone_on["failure"]) == ("active", "awaiting_etl", None)
