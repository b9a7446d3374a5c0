"""A history that moves from the embedded server to another database, and its sessions that go on there."""

import json
import shutil

import psycopg
import pytest

from smoke_pipeline_tests.cli.served import smoke

pytestmark = pytest.mark.services


@pytest.fixture
def other_url(postgres_server):
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE moved_to")
        yield postgres_server.replace("/postgres?", "/moved_to?")
        connection.execute("DROP DATABASE moved_to WITH (FORCE)")


def test_a_session_goes_on_in_the_database_that_the_history_was_moved_to(
    open_folder, other_url, tmp_path, monkeypatch
):
    old, new, file = open_folder / "moved_from", open_folder / "moved_to", tmp_path / "a.csv"
    file.write_text("id,amount\n1,10\n")
    session_id = json.loads(smoke(old, "start", str(file), "--format", "json").stdout)["session_id"]

    exported = smoke(old, "db", "export", str(tmp_path / "history.zip"))
    monkeypatch.setenv("SMOKE_POSTGRES_URL", other_url)
    imported = smoke(new, "db", "import", str(tmp_path / "history.zip"))
    again = smoke(new, "db", "import", str(tmp_path / "history.zip"))
    replaced = smoke(new, "db", "import", str(tmp_path / "history.zip"), "--replace")
    shutil.copytree(old / "uploads", new / "uploads", dirs_exist_ok=True)
    file.write_text("id,amount\n1,10\n2,20\n")
    gone_on = smoke(new, "continue", session_id, "--format", "json")

    assert exported.returncode == imported.returncode == replaced.returncode == 0, imported.stderr
    assert "API keys are not in it" in exported.stdout
    assert "each table was counted" in imported.stdout
    assert again.returncode == 2
    assert "not empty" in again.stderr
    assert json.loads(gone_on.stdout)["verdict"] == "failed", gone_on.stderr
