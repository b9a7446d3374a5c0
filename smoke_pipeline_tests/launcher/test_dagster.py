"""What the launcher asks of Dagster, asked of the real one and of the fake: the same promises."""

import asyncio
import time
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from smoke_pipeline.errors import DagsterUnavailableError, LaunchError, RunNotFoundError
from smoke_pipeline.history.records import JobStatus, Step
from smoke_pipeline.launcher.dagster.graphql import GraphqlDagster
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings
from smoke_pipeline_tests.cli.served import free_port
from smoke_pipeline_tests.fakes import FakeHistory
from smoke_pipeline_tests.launcher.fakes import FakeDagster

pytestmark = pytest.mark.anyio

ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


@pytest.fixture(params=[pytest.param("fake"), pytest.param("real", marks=pytest.mark.services)])
async def world(request, tmp_path):
    """A Dagster, and the surroundings in which its runs work."""
    if request.param == "fake":
        data = tmp_path / "data"
        data.mkdir()
        around = Surroundings(history=FakeHistory(), settings=load_settings(environ={}), data_folder=data)
        yield FakeDagster(around), around
        return
    served = request.getfixturevalue("smoke_up")
    settings = load_settings(environ={"SMOKE_DATA_DIR": str(served.data)})
    with open_surroundings(settings) as around:
        async with httpx2.AsyncClient() as client:
            yield GraphqlDagster(served.url, client), around


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return PathSide(path=str(tmp_path / name))

    return write


async def ended(dagster, run_id):
    deadline = time.monotonic() + 90
    while (run := await dagster.run(run_id)).status not in ENDED:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    return run


async def test_a_session_becomes_a_partition_and_its_source_is_taken(world, write):
    dagster, around = world
    session = start_session(SessionSpec(source=write("a.csv", "id,x\n1,2\n")), around)

    await dagster.add_session(session.session_id)
    await dagster.add_session(session.session_id)
    run_id = await dagster.launch("take_source", session.session_id, {"smoke/job": session.session_id})

    assert (await ended(dagster, run_id)).status is JobStatus.SUCCEEDED
    assert around.history.session(session.session_id).step is Step.AWAITING_ETL
    assert (await dagster.run_with_tag("smoke/job", session.session_id)).run_id == run_id


async def test_why_a_run_failed_is_told(world, write):
    dagster, around = world
    session = start_session(SessionSpec(source=write("a.csv", "id,x\n1,2\n")), around)
    write("a.csv", "id,x\n1,2,3\n")
    await dagster.add_session(session.session_id)

    run = await ended(dagster, await dagster.launch("take_source", session.session_id, {}))

    assert run.status is JobStatus.FAILED
    assert "2" in run.problem


async def test_a_failed_run_can_be_run_again(world, write):
    dagster, around = world
    session = start_session(SessionSpec(source=write("a.csv", "id,x\n1,2\n")), around)
    write("a.csv", "id,x\n1,2,3\n")
    await dagster.add_session(session.session_id)
    failed = await ended(dagster, await dagster.launch("take_source", session.session_id, {}))
    write("a.csv", "id,x\n1,2\n")

    again = await dagster.run_again(failed.run_id)

    assert again != failed.run_id
    assert (await ended(dagster, again)).status is JobStatus.SUCCEEDED


async def test_a_run_that_has_ended_need_not_be_cancelled(world, write):
    dagster, around = world
    session = start_session(SessionSpec(source=write("a.csv", "id,x\n1,2\n")), around)
    await dagster.add_session(session.session_id)
    run_id = await dagster.launch("take_source", session.session_id, {})
    await ended(dagster, run_id)

    await dagster.cancel(run_id)

    assert (await dagster.run(run_id)).status is JobStatus.SUCCEEDED


async def test_that_the_etl_has_run_can_be_told(world, write):
    dagster, around = world
    session = start_session(SessionSpec(source=write("a.csv", "id,x\n1,2\n")), around)
    await dagster.add_session(session.session_id)

    await dagster.tell_etl_completed(session.session_id, "a test")


async def test_a_run_nobody_knows_is_none(world):
    dagster, _ = world

    assert await dagster.run("00000000-0000-0000-0000-000000000000") is None
    assert await dagster.run_with_tag("smoke/job", "nobody's") is None
    for ask in (dagster.cancel, dagster.run_again):
        with pytest.raises(RunNotFoundError):
            await ask("00000000-0000-0000-0000-000000000000")


async def test_a_job_nobody_knows_is_refused(world):
    dagster, _ = world

    with pytest.raises(LaunchError, match="Dagster refused"):
        await dagster.launch("no_such_job", "nobody", {})


async def test_all_is_well(world):
    dagster, _ = world

    health = await dagster.health()

    assert health.problem is None
    assert health.heartbeat_age_s < 90


async def test_a_webserver_that_does_not_answer_is_named():
    url = f"http://127.0.0.1:{free_port()}"
    async with httpx2.AsyncClient() as client:
        with pytest.raises(DagsterUnavailableError, match=url) as caught:
            await GraphqlDagster(url, client).health()

    assert caught.value.retryable


HEALTHY = {
    "workspaceLocationEntryOrError": {
        "__typename": "WorkspaceLocationEntry",
        "loadStatus": "LOADED",
        "locationOrLoadError": {"__typename": "RepositoryLocation"},
    },
    "instance": {"daemonHealth": {"allDaemonStatuses": []}},
}
LOST = "dagster._core.errors.DagsterUserCodeUnreachableError: Could not reach user code server."


@asynccontextmanager
async def webserver_that_says(launched, health=HEALTHY):
    """A webserver that answers every launch like that."""

    async def answer(request):
        asked = await request.json()
        if "launchRun" in asked["query"]:
            return JSONResponse(launched)
        return JSONResponse({"data": health})

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        yield GraphqlDagster("http://dagster", client)


def as_python_error(message):
    return {"data": {"launchRun": {"__typename": "PythonError", "message": message}}}


async def test_a_webserver_that_lost_the_pipeline_may_be_asked_again():
    async with webserver_that_says(as_python_error(LOST)) as dagster:
        with pytest.raises(DagsterUnavailableError, match="has lost the pipeline") as caught:
            await dagster.launch("verify", "s", {})

    assert caught.value.retryable


@pytest.mark.parametrize(
    ("launched", "health", "words"),
    [
        (
            as_python_error("sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) no"),
            HEALTHY,
            "database",
        ),
        ({"errors": [{"message": "(psycopg2.OperationalError) no"}], "data": None}, HEALTHY, "database"),
        (
            {"data": {"launchRun": {"__typename": "PipelineNotFoundError", "message": "no"}}},
            {
                **HEALTHY,
                "workspaceLocationEntryOrError": {
                    "__typename": "WorkspaceLocationEntry",
                    "loadStatus": "LOADING",
                    "locationOrLoadError": None,
                },
            },
            "is loading the pipeline",
        ),
    ],
    ids=["its database is away", "its database is away before it knows", "it loads the pipeline"],
)
async def test_what_passes_by_itself_may_be_asked_again(launched, health, words):
    async with webserver_that_says(launched, health) as dagster:
        with pytest.raises(DagsterUnavailableError, match=words) as caught:
            await dagster.launch("verify", "s", {})

    assert caught.value.retryable
