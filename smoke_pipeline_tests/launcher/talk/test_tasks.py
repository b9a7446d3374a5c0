"""The extension of tasks: for clients that declare it a run is a task, which a restart does not forget."""

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

import pytest
from mcp import Client
from mcp.client.extension import ClientExtension, ResultClaim
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, Request, RequestParams, Result
from pydantic import ConfigDict, Field

from smoke_pipeline.history.access.audit import AuditFilter, AuditLog
from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.records import Role
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.identity import AT_THIS_MACHINE
from smoke_pipeline.launcher.jobs import Jobs
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline_tests.launcher.conftest import Talk

pytestmark = [pytest.mark.anyio, pytest.mark.services]

BOB = Identity(client_id="bob", role=Role.USER, permissions=PERMISSIONS[Role.USER], origin="mcp")
TASKS = "io.modelcontextprotocol/tasks"


class Task(Result):
    """A task as it comes over the wire."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    result_type: Literal["task"] = "task"


class TaskAnswer(Result):
    """What a method of the extension answers."""

    model_config = ConfigDict(extra="allow")


class TaskParams(RequestParams):
    """Which task, and what is said of it."""

    task_id: str = Field(serialization_alias="taskId")
    input_responses: dict[str, Any] = Field({}, serialization_alias="inputResponses")


class TaskRequest(Request[TaskParams, str]):
    """One of the extension's own methods."""


class ClientTasks(ClientExtension):
    """A client that remembers the task it was given last."""

    identifier = TASKS
    given: Any = None

    def claims(self) -> list[ResultClaim[Task]]:
        async def resolve(task: Task, _context: Any) -> CallToolResult:
            self.given = task.model_extra
            return CallToolResult(content=[], is_error=True)  # what is no error is held against the schema

        return [ResultClaim(result_type="task", model=Task, resolve=resolve)]


class TaskTalk(Talk):
    """A conversation of a client that declares the extension."""

    def __init__(self, client: Client, tasks: ClientTasks) -> None:
        super().__init__(client)
        self._tasks = tasks

    async def start(self, tool: str, **arguments: Any) -> Any:
        """Call a tool that answers with a task."""
        await self.ask(tool, **arguments)
        return self._tasks.given


@asynccontextmanager
async def having_tasks(desk, dagster, who=AT_THIS_MACHINE):
    """A conversation of a client that declares the extension, with a launcher that was just started."""
    tasks, jobs = ClientTasks(), Jobs(desk.around, Runs(desk.around.database), dagster)
    async with Client(build_server(replace(desk, jobs=jobs, local=who)), extensions=[tasks]) as client:
        yield TaskTalk(client, tasks)


async def about(talk, method, task_id):
    request = TaskRequest(method=method, params=TaskParams(task_id=task_id))
    return (await talk.client.session.send_request(request, TaskAnswer)).model_extra


@pytest.fixture
async def working(desk, connect, sides, dagster):
    """A run that waits: the id of its session."""
    async with connect() as talk:
        session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
    sides(session_id)
    dagster.daemon_is_awake = False
    return session_id


async def test_a_run_is_a_task_that_a_restart_does_not_forget(desk, working, dagster, around):
    async with having_tasks(desk, dagster) as talk:
        task = await talk.start("continue_session", session_id=working)
    dagster.daemon_is_awake = True
    run = next(iter(dagster.runs.values()))
    await dagster._carry_out(run)
    async with having_tasks(desk, dagster) as talk:
        ended = await about(talk, "tasks/get", task["taskId"])

    assert (task["status"], task["pollIntervalMs"]) == ("working", 3000)
    assert Runs(around.database).job(task["taskId"]).session_id == working
    assert (ended["taskId"], ended["status"]) == (task["taskId"], "completed")
    assert ended["result"]["structuredContent"]["state"] == "succeeded"
    assert ended["result"]["isError"] is False
    assert "The source is frozen" in ended["result"]["content"][0]["text"]


async def test_a_run_that_fails_is_a_task_whose_result_is_an_error(desk, working, dagster, tmp_path):
    async with having_tasks(desk, dagster) as talk:
        task = await talk.start("continue_session", session_id=working)
    (tmp_path / "before.csv").unlink()
    await dagster._carry_out(next(iter(dagster.runs.values())))
    async with having_tasks(desk, dagster) as talk:
        ended = await about(talk, "tasks/get", task["taskId"])

    assert ended["status"] == "completed"
    assert ended["result"]["isError"] is True
    assert "Error" in ended["result"]["content"][0]["text"]


async def test_a_task_is_stopped_and_that_is_written_down(desk, working, around, dagster):
    async with having_tasks(desk, dagster) as talk:
        task = await talk.start("continue_session", session_id=working)
        await about(talk, "tasks/cancel", task["taskId"])
        ended = await about(talk, "tasks/get", task["taskId"])
        again = await about(talk, "tasks/update", task["taskId"])

    assert ended["status"] == "cancelled"
    assert "result" not in ended
    assert again is not None
    (entry,) = AuditLog(around.database).page(AuditFilter(action="cancel_job")).entries
    assert (entry.tool_name, entry.session_id, entry.success) == ("tasks/cancel", working, True)


async def test_tools_that_start_nothing_answer_as_ever(desk, working, dagster):
    async with having_tasks(desk, dagster) as talk:
        task = await talk.start("continue_session", session_id=working)
        seen = await talk.do("get_progress", job_id=task["taskId"])
        session = await talk.do("get_session", session_id=working)

    assert (seen["job_id"], seen["state"]) == (task["taskId"], "queued")
    assert session["session_id"] == working


async def test_who_does_not_declare_it_gets_a_job(connect, working):
    async with connect() as talk:
        job = await talk.do("continue_session", session_id=working)

    assert job["state"] == "queued"
    assert "taskId" not in job


async def test_who_does_not_declare_it_may_not_ask(connect, working):
    async with connect() as talk:
        job = await talk.do("continue_session", session_id=working)
        with pytest.raises(MCPError, match="required extension"):
            await about(talk, "tasks/get", job["job_id"])


async def test_a_task_of_somebody_else_is_as_unknown_as_none(desk, working, dagster):
    async with having_tasks(desk, dagster) as talk:
        task = await talk.start("continue_session", session_id=working)
    words = []
    async with having_tasks(desk, dagster, BOB) as bob:
        for method in ("tasks/get", "tasks/cancel"):
            for task_id in (task["taskId"], "none"):
                with pytest.raises(MCPError) as caught:
                    await about(bob, method, task_id)
                words.append(caught.value.error.message.replace(task_id, "…"))

    assert set(words) == {"There is no task '…'."}


async def test_the_extension_is_told(desk, dagster):
    async with having_tasks(desk, dagster) as talk:
        assert TASKS in talk.client.server_capabilities.extensions
