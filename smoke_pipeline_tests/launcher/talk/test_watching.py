"""Who subscribed hears of a run that moves; nobody looks while nobody listens."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from mcp import Client

from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.records import JobStatus, Move, Role, Status
from smoke_pipeline.history.runs.records import RunProgress
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.launcher.talk.watching import Watching

pytestmark = [pytest.mark.anyio, pytest.mark.services]


@asynccontextmanager
async def moving(around, run, session_id):
    """A run that comes further all the time."""

    async def move():
        rows = 0
        while True:
            rows += 1
            told = RunProgress(
                session_id=session_id,
                run_id=run.seen.run_id,
                stage="Reading",
                rows_done=rows,
                updated_at=around.now(),
            )
            await asyncio.to_thread(Runs(around.database).tell, told)
            await asyncio.sleep(0.05)

    run.seen = replace(run.seen, status=JobStatus.RUNNING)
    task = asyncio.create_task(move())
    yield
    task.cancel()


async def test_a_run_that_moves_is_told(desk, talk, sides, dagster, around):
    session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
    sides(session_id)
    dagster.daemon_is_awake = False
    job = await talk.do("continue_session", session_id=session_id)
    uris = {f"smoke://jobs/{job['job_id']}", f"smoke://sessions/{session_id}"}
    heard = set()

    run = next(iter(dagster.runs.values()))
    async with (
        Client(build_server(desk, look_every_s=0.05)) as client,
        moving(around, run, session_id),
        client.listen(resource_subscriptions=sorted(uris)) as subscription,
    ):
        async for event in subscription:
            heard.add(event.uri)
            if heard == uris:
                break

    assert heard == uris


async def test_nobody_hears_of_what_is_not_theirs(desk, talk):
    session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
    bob = Identity(client_id="bob", role=Role.USER, permissions=PERMISSIONS[Role.USER], origin="mcp")
    watching = Watching(replace(desk, local=bob), every_s=0.01)
    heard = []

    task = asyncio.create_task(
        watching.watch([f"smoke://sessions/{session_id}", "smoke://sessions"], heard.append)
    )
    await asyncio.sleep(0.1)
    await talk.do("start_smoke_test", test_type="upload")
    session = desk.around.history.session(session_id)
    desk.around.history.move(
        Move(session_id=session_id, version=session.version, status=Status.CANCELLED, step=session.step)
    )
    await asyncio.sleep(0.1)
    task.cancel()

    assert heard == []


async def test_nobody_looks_while_nobody_listens(desk):
    watching = Watching(desk, every_s=0.01)
    leave = watching.subscribe(lambda _event: None)

    lookers = watching.lookers
    leave()

    assert lookers == 0


async def test_who_leaves_is_not_looked_after_any_more(desk):
    watching = Watching(desk, every_s=0.01)

    class Listening:
        method = "subscriptions/listen"
        params = {"notifications": {"resourceSubscriptions": ["smoke://sessions"]}}

    async def listen(_ctx):
        return watching.subscribe(lambda _event: None)

    leave = await watching(Listening(), listen)
    during = watching.lookers
    leave()
    await asyncio.sleep(0.1)

    assert during == 1
    assert not watching.lookers


async def test_a_history_that_is_away_for_a_while_changes_nothing(desk, postgres_url):
    watching, heard = Watching(desk, every_s=0.01), []
    desk.around.database.close()

    task = asyncio.create_task(watching.watch(["smoke://sessions", "smoke://jobs/none"], heard.append))
    await asyncio.sleep(0.1)

    assert not task.done()
    assert heard == []
    task.cancel()
