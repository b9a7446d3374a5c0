"""A launcher over a real history and a Dagster that runs at once, and a client that talks to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult, ElicitResult

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.jobs import Jobs
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline_tests.launcher.fakes import FakeDagster

Connect = Callable[..., AbstractAsyncContextManager["Talk"]]
ERAS = ("auto", "legacy")


class Talk:
    """A conversation."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.characters = 0

    async def ask(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool, whatever it answers."""
        answer = await self.client.call_tool(tool, arguments)
        self.characters += sum(len(one.text) for one in answer.content if one.type == "text")
        return answer

    async def do(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that must succeed; its facts."""
        answer = await self.ask(tool, **arguments)
        assert not answer.is_error, answer.content[0].text
        assert answer.structured_content is not None
        return answer.structured_content

    async def refused(self, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
        """Call a tool that must refuse; its words and the error object."""
        answer = await self.ask(tool, **arguments)
        assert answer.is_error, answer.structured_content
        assert answer.structured_content is None
        return answer.content[0].text, answer.meta["smoke-pipeline/error"]

    async def finished(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that starts a run, and wait for its end; the facts of the job."""
        job = await self.do(tool, **arguments)
        while job["poll_after_seconds"] is not None:
            job = await self.do("get_progress", job_id=job["job_id"], wait_seconds=20)
        return job


@pytest.fixture
def settings():
    """Settings of a launcher; a test may change them before it asks for anything else."""
    return load_settings(environ={})


@pytest.fixture
def around(postgres_url, settings, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    with Database(postgres_url) as database:
        database.migrate()
        yield Surroundings(
            history=PostgresHistory(database), settings=settings, data_folder=data, database=database
        )


@pytest.fixture
def dagster(around):
    return FakeDagster(around)


@pytest.fixture
def desk(around, dagster):
    return Desk(around=around, jobs=Jobs(around, Runs(around.database), dagster))


@pytest.fixture
def connect(desk) -> Connect:
    """Connect a client of an era, which answers questions or cannot be asked."""

    @asynccontextmanager
    async def connect(
        era: str = "auto", says: dict[str, Any] | None = None, **options: Any
    ) -> AsyncIterator[Talk]:
        async def answer(_context: object, _params: object) -> ElicitResult:
            return ElicitResult(action="accept", content=says)

        asked = {"elicitation_callback": answer} if says is not None else {}
        async with Client(build_server(desk, **options), mode=era, **asked) as client:
            yield Talk(client)

    return connect


@pytest.fixture(params=ERAS)
async def talk(request, connect):
    """A conversation in one era of the protocol, then in the other."""
    async with connect(request.param) as talk:
        yield talk
