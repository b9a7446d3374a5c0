"""The extension `io.modelcontextprotocol/tasks`: a run that was asked for is a task of the protocol's own.

Only clients that declare the extension get tasks; every other gets the job that a tool answers with.
A task is a job under its id: it lies in PostgreSQL, and a launcher that was started again knows it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import decode_header_value
from mcp.types import HEADER_MISMATCH, INTERNAL_ERROR, INVALID_PARAMS, CallToolRequestParams, RequestParams
from pydantic import ConfigDict, Field

from smoke_pipeline.errors import PermissionDeniedError, RunNotFoundError, SmokePipelineError
from smoke_pipeline.history.access.audit import Action, AuditLog
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.launcher.asking import ASKS_WITHOUT_SESSION
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.jobs import POLL_AFTER_S, SeenJob
from smoke_pipeline.launcher.tools.progress import job_answer
from smoke_pipeline.launcher.words import job_words
from smoke_pipeline.smoke_test.access.permissions import session_to_change, session_to_see

VERSIONS = frozenset({ASKS_WITHOUT_SESSION})
KEPT_MS = 30 * 86_400_000
"""How long a task can be asked for, at least; its session is kept for as long by default."""
NOT_STARTING = frozenset({"get_progress", "cancel_job"})
"""Tools that answer with a job that somebody else started."""
STATUS: Mapping[JobStatus, str] = {
    JobStatus.QUEUED: "working",
    JobStatus.RUNNING: "working",
    JobStatus.SUCCEEDED: "completed",
    JobStatus.FAILED: "completed",  # the task did its work: its result is that the tool failed
    JobStatus.CANCELLED: "cancelled",
}


class TaskParams(RequestParams):
    """Which task."""

    model_config = ConfigDict(populate_by_name=True)

    task_id: str = Field(alias="taskId", max_length=100)


class TaskUpdateParams(TaskParams):
    """What a client answers to a task that asked something; ours never do."""

    input_responses: dict[str, Any] = Field(alias="inputResponses")


class JobTasks(Extension):
    """Jobs as tasks."""

    identifier = "io.modelcontextprotocol/tasks"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def methods(self) -> Sequence[MethodBinding]:
        """What can be asked of a task."""
        return [
            MethodBinding("tasks/get", TaskParams, self.get, VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self.cancel, VERSIONS),
            MethodBinding("tasks/update", TaskUpdateParams, self.update, VERSIONS),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Give whoever declared the extension a task in place of a job that goes on."""
        result = await call_next(ctx)
        facts = getattr(result, "structured_content", None) or {}
        if params.name in NOT_STARTING or not self._is_declared(ctx) or not facts.get("poll_after_seconds"):
            return result
        return await self._wire(await self._desk.jobs.look(facts["job_id"]), "task")

    async def get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        """How far a task has come, with its result once it has ended."""
        return await self._wire(await self._seen(ctx, params), "complete")

    async def cancel(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        """Stop a task; one that has ended stays as it ended."""
        seen = await self._seen(ctx, params)
        try:
            await self._desk.ask(lambda here: session_to_change(str(seen.job.session_id), here))
            with self._written_down(seen):
                await self._desk.jobs.cancel(params.task_id)
        except SmokePipelineError as error:
            raise MCPError(INTERNAL_ERROR, error.message) from error
        return {"resultType": "complete"}

    async def update(self, ctx: ServerRequestContext[Any, Any], params: TaskUpdateParams) -> dict[str, Any]:
        """Take an answer that no task of ours asked for."""
        await self._seen(ctx, params)
        return {"resultType": "complete"}

    def _written_down(self, seen: SeenJob) -> AbstractContextManager[object]:
        """Write down that a run was stopped, as where a tool does it."""
        database, who = self._desk.around.database, self._desk.here().identity
        if database is None:
            return nullcontext()
        return AuditLog(database).recording(
            Action(
                tool_name="tasks/cancel",
                action="cancel_job",
                identity=who,
                origin=who.origin,
                session_id=seen.job.session_id,
            )
        )

    def _is_declared(self, ctx: ServerRequestContext[Any, Any]) -> bool:
        able = ctx.session.client_capabilities
        return ctx.protocol_version in VERSIONS and bool(
            able and able.extensions and self.identifier in able.extensions
        )

    async def _seen(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> SeenJob:
        """The job; one of somebody else is as unknown as one that never was."""
        require_client_extension(ctx, self.identifier)
        named = (getattr(ctx.request, "headers", None) or {}).get("mcp-name")
        if named is not None and decode_header_value(named) != params.task_id:
            raise MCPError(HEADER_MISMATCH, "The header Mcp-Name names another task.")
        try:
            seen = await self._desk.jobs.look(params.task_id)
            await self._desk.ask(lambda here: session_to_see(str(seen.job.session_id), here))
        except (RunNotFoundError, PermissionDeniedError) as error:
            raise MCPError(INVALID_PARAMS, f"There is no task {params.task_id!r}.") from error
        except SmokePipelineError as error:
            raise MCPError(INTERNAL_ERROR, error.message) from error
        return seen

    async def _wire(self, seen: SeenJob, result_type: str) -> dict[str, Any]:
        """The task as the protocol writes it."""
        job = seen.job
        told: dict[str, Any] = {
            "resultType": result_type,
            "taskId": job.job_id,
            "status": STATUS[seen.state],
            "statusMessage": None if seen.has_ended else job_words(seen),
            "createdAt": job.requested_at.isoformat(),
            "lastUpdatedAt": job.updated_at.isoformat(),
            "ttlMs": KEPT_MS,
            "pollIntervalMs": 1000 * POLL_AFTER_S,
        }
        if result_type == "complete" and STATUS[seen.state] == "completed":
            answer = await job_answer(self._desk, seen)
            result = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
            result["isError"] = seen.state is JobStatus.FAILED
            told["result"] = {**result, "resultType": "complete"}
        return {name: value for name, value in told.items() if value is not None}
