"""What waits holds little: processes that wait and decide load nothing that reads rows or draws pages."""

import os
import subprocess
import sys

import pytest

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import snapshot_side
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side

HEAVY = ("pyarrow", "numpy", "pandas", "polars", "datacompy", "jinja2", "boto3", "oracledb", "pymysql")
MIGRATING = "alembic"
"""Which Dagster itself loads for an instance."""

SENSORS = """
import dagster as dg
from smoke_pipeline.definitions import SENSORS
from smoke_pipeline.defs.resources import SmokeResource

instance, told = dg.DagsterInstance.ephemeral(), []
for sensor in SENSORS:
    if type(sensor) is dg.SensorDefinition:
        context = dg.build_sensor_context(instance=instance, resources={"smoke": SmokeResource(listen_s=0)})
        sensor.evaluate_tick(context)
        told.append(sensor.name)
assert {"runs_reconciled", "etl_verified", "etl_looked_for", "notices_sent"} <= set(told), told
pass"""
LAUNCHER = """
import asyncio, httpx2
from smoke_pipeline.launcher import __main__
from smoke_pipeline.launcher.serving.app import build_app
from smoke_pipeline.launcher.serving.opening import opened
from smoke_pipeline.settings.load import load_settings

async def served():
    async with httpx2.AsyncClient() as client:
        with opened(load_settings(), client, is_http=True) as found:
            app = build_app(found)
            async with app.router.lifespan_context(app):
                transport = httpx2.ASGITransport(app)
                async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
                    assert (await asking.get("/healthz")).status_code == 200
asyncio.run(served())
pass"""
REPORTS = """
from smoke_pipeline.cli.reports.app import build_app
from smoke_pipeline.cli.reports import __main__
from smoke_pipeline.smoke_test.surroundings import open_surroundings
with open_surroundings() as around:
    build_app(around)
pass"""


def loaded(program: str, **variables: str) -> str:
    told = f"; import sys; print(sorted({{*{(*HEAVY, MIGRATING)!r}}} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program + told],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip().splitlines()[-1]


@pytest.fixture
def history(postgres_url, tmp_path):
    """Variables that lead to a history with a session that waits for its ETL."""
    source, data = tmp_path / "a.csv", tmp_path / "data"
    source.write_text("id\n1\n")
    data.mkdir()
    with Database(postgres_url) as database:
        database.migrate()
        around = Surroundings(
            history=PostgresHistory(database),
            settings=load_settings(environ={}),
            data_folder=data,
            database=database,
        )
        started = start_session(SessionSpec(source=PathSide(path=str(source))), around)
        snapshot_side(started.session_id, Side.SOURCE, around)
    return {"SMOKE_POSTGRES_URL": postgres_url, "SMOKE_DATA_DIR": str(data)}


@pytest.mark.parametrize("module", ["definitions", "cli.up"])
def test_what_only_starts_others_loads_nothing_heavy(module):
    assert loaded(f"import smoke_pipeline.{module}") == "[]"


@pytest.mark.services
@pytest.mark.parametrize(
    ("program", "found"),
    [
        pytest.param(SENSORS, [MIGRATING], id="sensors"),
        pytest.param(LAUNCHER, [], id="launcher"),
        pytest.param(REPORTS, [], id="report server"),
    ],
)
def test_what_waits_over_an_open_history_loads_nothing_heavy(program, found, history):
    assert loaded(program, **history) == str(found)
