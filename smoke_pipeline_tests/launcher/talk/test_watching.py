"""Who subscribed hears of a run that moves; nobody looks while nobody listens."""

import asyncio
from dataclasses import replace

import pytest
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated

from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.records import Move, Role, Status
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.launcher.talk.watching import Watching

pytestmark = [pytest.mark.anyio, pytest.mark.services]


async def first(subscription):
    async with asyncio.timeout(20):
        return await anext(aiter(subscription))


async def test_a_run_that_moves_is_told(desk, talk, sides, dagster):
    session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
    sides(session_id)
    dagster.daemon_is_awake = False
    job = await talk.do("continue_session", session_id=session_id)
    job_uri, session_uri = f"smoke://jobs/{job['job_id']}", f"smoke://sessions/{session_id}"

    async with Client(build_server(desk, look_every_s=0.05)) as client:
        async with client.listen(resource_subscriptions=[job_uri]) as one:
            await asyncio.sleep(0.1)
            await dagster.cancel(next(iter(dagster.runs)))
            told = await first(one)
        async with client.listen(resource_subscriptions=[session_uri, "smoke://sessions"]) as two:
            await asyncio.sleep(0.1)
            dagster.daemon_is_awake = True
            await talk.finished("continue_session", session_id=session_id)
            also_told = await first(two)

    assert told == ResourceUpdated(uri=job_uri)
    assert also_told.uri in (session_uri, "smoke://sessions")


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
