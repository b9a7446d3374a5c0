"""A polite kill in the middle of a step: the command ends, its session is told, and nothing is left."""

import json
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline_tests.cli.served import SMOKE, environment, smoke, until

pytestmark = pytest.mark.services

LEFT_OVERS = ("spill", "source.fetched", "target.fetched", "comparison.draft")
ENDED = {signal.SIGTERM: (130, 143), signal.SIGINT: (130,), signal.SIGHUP: (129, 130, 143)}


@pytest.fixture
def variables(open_folder, postgres_url, postgres, fill_postgres, tmp_path):
    """Variables of a data folder, a history and a preset that knows a table with one row that differs."""
    fill_postgres("CREATE TABLE s (id INT, v TEXT)", "INSERT INTO s VALUES (1, 'a'), (2, 'b')")
    (tmp_path / "before.csv").write_text("id,v\n1,a\n2,x\n")
    known = {"host": postgres.host, "user": postgres.user, "database": postgres.database}
    preset = {"postgres": {"warehouse": {**known, "password": postgres.password.get_secret_value()}}}
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump({"presets": {"development": preset}}))
    return {
        **environment(open_folder / f"ending_{tmp_path.name}"),
        "SMOKE_SETTINGS": str(file),
        "SMOKE_POSTGRES_URL": postgres_url,
    }


@pytest.fixture(autouse=True)
def heard():
    """Let SIGHUP reach what is started here, also where the tests themselves run behind `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@contextmanager
def ended(process):
    """The process, which is gone after the block whatever happens in it."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", list(ENDED), ids=lambda how: how.name)
def test_a_command_that_is_told_to_end_ends_and_so_does_its_session(how, variables, postgres_url, tmp_path):
    data = tmp_path / "unused"
    places = [str(tmp_path / "before.csv"), "postgres.warehouse:s", "--key", "id"]
    command = [*SMOKE, "run", *places, "--recheck", "10m"]
    started = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)
    with ended(started) as process, Database(postgres_url) as database:
        until(lambda: process.poll() is not None or _waits(database), timeout_s=120)
        assert process.poll() is None, process.stderr.read()
        process.send_signal(how)
        status = process.wait(timeout=60)
        said = process.stderr.read()
    listed = smoke(data, "sessions", "--format", "json", env=variables)
    (session,) = json.loads(listed.stdout)["sessions"]

    assert status in ENDED[how], said
    assert "Stopped." in said
    assert session["status"] == "failed"
    assert session["failure"]["error_type"] == "RunStoppedError"
    left = [path for path in Path(variables["SMOKE_DATA_DIR"]).rglob("*") if path.name in LEFT_OVERS]
    assert left == []


def _waits(database):
    """Whether a comparison waits for its second look."""
    try:
        with database.transaction() as connection:
            ids = connection.scalars(text("SELECT session_id FROM mcp_smoke.test_sessions")).all()
        told = [Runs(database).progress(one) for one in ids]
    except HistoryError:  # not made yet
        return False
    return any(one is not None and one.stage.startswith("Waiting") for one in told)
