"""The launcher as a real HTTP server in the event loop of a test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from smoke_pipeline.history.access.keys import Keys, NewKey
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.records import Role
from smoke_pipeline.launcher.dagster.base import Dagster
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.serving.app import Opened, build_app
from smoke_pipeline.launcher.transfers.links import SignedLinks
from smoke_pipeline.launcher.transfers.signing import signer_of
from smoke_pipeline.settings.sections.launcher import LauncherSettings
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline_tests.cli.served import free_port
from smoke_pipeline_tests.launcher.conftest import Talk


class WithoutSignals(uvicorn.Server):
    """A server that leaves the signals of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Site:
    """A launcher that serves."""

    url: str
    desk: Desk
    http: httpx2.AsyncClient
    server: uvicorn.Server

    @property
    def around(self) -> Surroundings:
        return self.desk.around

    def key(self, role: Role = Role.USER, client: str = "alice", **new: Any) -> str:
        """A new key."""
        wanted = NewKey(name="test", client_id=client, role=role, **new)
        return Keys(self.around.database).create(wanted, LOCAL)[1].text

    @asynccontextmanager
    async def talk(self, key: str | None = None, era: str = "auto", **headers: str) -> AsyncIterator[Talk]:
        """A conversation over HTTP."""
        shown = {"Authorization": f"Bearer {key}"} if key else {}
        async with httpx2.AsyncClient(headers={**shown, **headers}, timeout=60) as http:
            transport = streamable_http_client(f"{self.url}/mcp", http_client=http)
            async with Client(transport, mode=era) as client:
                yield Talk(client)

    async def post(self, key: str | None = None, **headers: str) -> httpx2.Response:
        """One request to the tools, as a client begins."""
        shown = {"Authorization": f"Bearer {key}"} if key is not None else {}
        accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        params = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
        return await self.http.post(f"{self.url}/mcp", json=body, headers={**accept, **shown, **headers})


@asynccontextmanager
async def serving_http(desk: Desk, dagster: Dagster, **settings: Any) -> AsyncIterator[Site]:
    """Serve a desk until the block ends.

    Args:
        desk: What is served.
        dagster: Who is asked whether all is well.
        settings: Settings of the launcher that differ.
    """
    port = free_port()
    own = LauncherSettings.model_validate({**dict(desk.around.settings.launcher), "port": port, **settings})
    around = replace(desk.around, settings=desk.around.settings.model_copy(update={"launcher": own}))
    signer = signer_of(around.settings, around.data_folder)
    desk = replace(desk, around=around, links=SignedLinks(signer, own))
    app = build_app(Opened(desk=desk, dagster=dagster, signer=signer))
    config = uvicorn.Config(app, port=port, log_config=None, log_level="warning", timeout_graceful_shutdown=5)
    server = WithoutSignals(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), task.result()
        await asyncio.sleep(0.01)
    async with httpx2.AsyncClient(timeout=30) as http:
        yield Site(f"http://127.0.0.1:{port}", desk, http, server)
    server.should_exit = True
    await task
