"""Runs: how far one has come, and stopping one."""

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.runs.records import JobRecord
from smoke_pipeline.launcher.answers import JobAnswer
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.jobs import POLL_AFTER_S, SeenJob
from smoke_pipeline.launcher.tools.arguments import JobId
from smoke_pipeline.launcher.tools.registry import READS, STOPS, Tool, answered
from smoke_pipeline.launcher.words import (
    SIDE_OF,
    failure_words,
    job_words,
    next_steps,
    result_words,
    taken_words,
)
from smoke_pipeline.smoke_test.access.permissions import session_to_change, session_to_see
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side

LONGEST_WAIT_S = 25
"""Clients give up on a call after some time; 30 s is the shortest that is common."""


class ProgressTools:
    """Tools about runs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tools(self) -> list[Tool]:
        """As they are offered."""
        return [
            Tool(
                function=self.get_progress,
                title="Look how far a run is",
                hints=READS,
                permissions=(Permission.SEE_OWN_SESSIONS,),
                is_written_down=False,
            ),
            Tool(
                function=self.cancel_job,
                title="Stop a run",
                hints=STOPS,
                permissions=(Permission.START_SESSIONS,),
            ),
        ]

    async def get_progress(
        self,
        job_id: JobId,
        ctx: Context,
        wait_seconds: Annotated[
            int, Field(ge=0, le=LONGEST_WAIT_S, description="Wait so long for the end before answering.")
        ] = 0,
    ) -> Annotated[CallToolResult, JobAnswer]:
        """How far a run has come; poll_after_seconds says when to ask again, null that it has ended."""

        async def tell(seen: SeenJob) -> None:
            if seen.percent is not None:
                await ctx.report_progress(seen.percent, 100, job_words(seen))

        seen = await self._desk.jobs.look(job_id)
        await self._desk.ask(lambda here: _require_seen(seen.job, here))
        if wait_seconds and not seen.has_ended:
            seen = await self._desk.jobs.wait(job_id, wait_seconds, tell)
        return await job_answer(self._desk, seen)

    async def cancel_job(
        self,
        job_id: JobId,
        confirm: Annotated[bool, Field(description="True once the user said so.")] = False,
    ) -> Annotated[CallToolResult, JobAnswer]:
        """Stop a run. The session stays, and its step can be done again. Needs confirm=true."""
        seen = await self._desk.jobs.look(job_id)
        await self._desk.ask(lambda here: session_to_change(str(seen.job.session_id), here))
        if not confirm and not seen.has_ended:
            answer = await _answer(self._desk, seen)
            steps = ["Ask the user, then cancel_job with confirm=true."]
            return answered(answer.model_copy(update={"next_steps": steps}), "Nothing was stopped yet.")
        return await job_answer(self._desk, await self._desk.jobs.cancel(job_id))


async def job_answer(desk: Desk, seen: SeenJob) -> CallToolResult:
    """A job as every tool that started one answers it."""
    answer = await _answer(desk, seen)
    return answered(answer, answer.summary_text)


async def _answer(desk: Desk, seen: SeenJob) -> JobAnswer:
    if not seen.has_ended:
        return JobAnswer(
            job_id=seen.job.job_id,
            session_id=seen.job.session_id,
            state=seen.state.value,
            stage=seen.progress.stage if seen.progress else None,
            percent=seen.percent,
            poll_after_seconds=POLL_AFTER_S,
            summary_text=job_words(seen),
            next_steps=[f"get_progress with job_id={seen.job.job_id}, wait_seconds={LONGEST_WAIT_S - 5}."],
        )
    return await desk.ask(lambda here: _ended(seen, here))


def _ended(seen: SeenJob, here: Surroundings) -> JobAnswer:
    """A job that has ended, by what it has left behind."""
    outcome = outcome_of(str(seen.job.session_id), here)
    side = SIDE_OF.get(seen.job.job_name)
    if seen.state is JobStatus.CANCELLED:
        words = "The run was stopped; the session goes on from the same step."
    elif seen.state is not JobStatus.SUCCEEDED:
        words = failure_words(seen.failure)
    elif side is None:
        words = result_words(outcome)
    else:
        words = _taken(seen, side, here)
    is_result = seen.state is JobStatus.SUCCEEDED and side is None
    return JobAnswer(
        job_id=seen.job.job_id,
        session_id=seen.job.session_id,
        state=seen.state.value,
        percent=seen.percent,
        summary_text=words,
        verdict=outcome.verdict.value if is_result and outcome.verdict else None,
        match_score=outcome.shown_score or None if is_result else None,
        next_steps=next_steps(outcome.session),
    )


def _taken(seen: SeenJob, side: Side, here: Surroundings) -> str:
    session_id = str(seen.job.session_id)
    other = Side.TARGET if side is Side.SOURCE else Side.SOURCE
    taken = here.history.snapshot(session_id, side)
    beside = here.history.snapshot(session_id, other) if side is Side.TARGET else None
    return taken_words(taken, beside) if taken else f"The {side} was not taken."


def _require_seen(job: JobRecord, here: Surroundings) -> None:
    session_to_see(str(job.session_id), here)
