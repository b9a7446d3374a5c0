"""What everybody may ask: whether the process lives, whether all is well, and which program it is."""

from dataclasses import replace
from importlib.metadata import version

import pytest

from smoke_pipeline.launcher.serving.health import Health
from smoke_pipeline_tests.launcher.site import serving_http

pytestmark = [pytest.mark.anyio, pytest.mark.services]

WELL = {"history": "ok", "data_folder": "ok", "webserver": "ok", "code_location": "ok", "daemon": "ok"}


@pytest.fixture
async def site(desk, dagster):
    async with serving_http(desk, dagster, require_key=True) as site:
        yield site


async def test_nobody_needs_a_key_to_ask_how_it_is(site):
    told = {
        path: await site.http.get(f"{site.url}{path}") for path in ("/healthz", "/health/deep", "/version")
    }

    assert {path: answer.status_code for path, answer in told.items()} == dict.fromkeys(told, 200)
    assert told["/healthz"].json() == {"status": "ok"}
    assert told["/health/deep"].json() == {"status": "ok", "parts": WELL}
    assert told["/version"].json() == {"name": "smoke-pipeline", "version": version("smoke-pipeline")}
    assert (await site.post()).status_code == 401


async def test_a_machine_that_knows_no_name_may_ask_whether_the_process_lives(site):
    answer = await site.http.get(f"{site.url}/healthz", headers={"Host": "10.0.0.7"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("illness", "parts"),
    [
        ({"is_there": False}, {"webserver": "failed", "code_location": "unknown", "daemon": "unknown"}),
        ({"daemon_is_awake": False}, {"daemon": "failed"}),
    ],
)
async def test_the_part_that_is_not_well_is_named(site, dagster, illness, parts):
    for name, value in illness.items():
        setattr(dagster, name, value)

    answer = await site.http.get(f"{site.url}/health/deep")
    alive = await site.http.get(f"{site.url}/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "failed", "parts": {**WELL, **parts}}
    assert alive.status_code == 200


async def test_a_folder_that_cannot_be_written_and_a_history_that_is_gone_are_named(
    around, dagster, tmp_path
):
    class Gone(type(around.history)):
        def sessions(self, **_):
            raise ConnectionRefusedError("postgresql://me:hunter2@db.internal/smoke")

    ill = replace(around, data_folder=tmp_path / "nowhere", history=Gone(around.database))

    answer = await Health(ill, dagster).deep(None)

    assert answer.status_code == 503
    assert b'"history":"failed","data_folder":"failed","webserver":"ok"' in answer.body
    assert b"hunter2" not in answer.body
    assert b"db.internal" not in answer.body


async def test_an_answer_serves_everybody_for_a_while(around, dagster):
    seconds = [0.0]
    health = Health(around, dagster, clock=lambda: seconds[0])
    await health.deep(None)
    dagster.daemon_is_awake = False

    soon = await health.deep(None)
    seconds[0] = 3.0
    later = await health.deep(None)

    assert (soon.status_code, later.status_code) == (200, 503)
