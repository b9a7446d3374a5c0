"""Files that the user has: handed in over a link, or named where they lie, and made sides of a session."""

from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.launcher.answers import HandedInAnswer, UploadAnswer
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.jobs import SeenJob
from smoke_pipeline.launcher.tools.arguments import IdempotencyKey
from smoke_pipeline.launcher.tools.progress import job_answer
from smoke_pipeline.launcher.tools.registry import STARTS, Tool, answered
from smoke_pipeline.launcher.tools.sides import JOB_OF
from smoke_pipeline.launcher.transfers.inbox import LONGEST_NAME, Inbox
from smoke_pipeline.launcher.transfers.naming import BOTH, Named, handed_over, named
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.lifecycle import Act, move_after
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side

PATIENCE_S = 15
"""So long the source of two files is waited for, so that the target is taken in the same call."""

OptionalSessionId = Annotated[
    str | None, Field(description="Default: the file opens a session.", max_length=100)
]


class UploadTools:
    """Tools about files of the user's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tools(self) -> list[Tool]:
        """As they are offered."""
        needs = (Permission.START_SESSIONS,)
        return [
            Tool(function=self.create_upload, title="Get an upload link", hints=STARTS, permissions=needs),
            Tool(
                function=self.handle_uploaded_files,
                title="Freeze files of the user's",
                hints=STARTS,
                permissions=needs,
            ),
        ]

    async def create_upload(
        self,
        filename: Annotated[str, Field(description="Without its folder.", max_length=LONGEST_NAME)],
        size_bytes: Annotated[int, Field(ge=1, description="Exactly.")],
        session_id: OptionalSessionId = None,
    ) -> Annotated[CallToolResult, UploadAnswer]:
        """A link that takes one file, once: curl -T FILE LINK. Then handle_uploaded_files."""
        links, who = self._desk.links, self._desk.here().identity
        if links is None:
            raise InvalidOptionError(
                "This launcher was started by its client, and takes no files over the network.",
                (
                    "handle_uploaded_files with paths=[…] of files below the folders of launcher.roots.",
                    "Or serve it over HTTP: `smoke mcp --http`.",
                ),
            )

        def ready(here: Surroundings) -> str:
            if session_id is not None:
                session_to_change(session_id, here)
            inbox = Inbox(here)
            inbox.require_welcome(filename, size_bytes)
            return inbox.new_id()

        upload_id = await self._desk.ask(ready)
        url = links.upload(upload_id, who.client_id, filename, size_bytes)
        with_session = f", session_id={session_id}" if session_id else ""
        answer = UploadAnswer(
            upload_id=upload_id,
            put_url=url,
            expires_in_minutes=links.upload_minutes,
            next_steps=[
                f"PUT the file: curl -T FILE '{url}'",
                f"handle_uploaded_files with upload_ids=[{upload_id}]{with_session}.",
            ],
        )
        return answered(answer, f"The link holds for {links.upload_minutes} minutes.")

    async def handle_uploaded_files(
        self,
        upload_ids: Annotated[list[str] | None, Field(description="One or two.", max_length=2)] = None,
        paths: Annotated[
            list[str] | None, Field(description="Files of the launcher's machine.", max_length=2)
        ] = None,
        session_id: OptionalSessionId = None,
        file_role: Annotated[
            Literal["auto", "source", "target"], Field(description="auto: by name, else by order.")
        ] = "auto",
        zip_member: Annotated[str | None, Field(description="Which CSV of a ZIP.", max_length=1000)] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Annotated[CallToolResult, HandedInAnswer]:
        """Freeze one file as one side, or two as both. Answers with a job, as other slow tools do."""
        if session_id is None:
            session_id = await self._opened_before(idempotency_key)

        def name(here: Surroundings) -> Named:
            files = handed_over(upload_ids or [], paths or [], here)
            return named(files, session_id, file_role, zip_member, here)

        found = await self._desk.ask(name)
        seen = await self._taken(found, idempotency_key)
        job = await job_answer(self._desk, seen)
        names = {side: file.name for side, file in found.sides.items()}
        answer = HandedInAnswer.model_validate(
            {
                **(job.structured_content or {}),
                "source": names.get(Side.SOURCE),
                "target": names.get(Side.TARGET),
                "role_rule": found.rule,
                "ready_for_comparison": found.has_both,
            }
        )
        return answered(answer, f"{_words(found)} {answer.summary_text}")

    async def _opened_before(self, idempotency_key: str | None) -> str | None:
        """The session that the same request has opened before."""
        if idempotency_key is None:
            return None
        who = self._desk.here().identity.client_id
        keys = (f"{idempotency_key}/{side}" for side in Side)
        jobs = [await self._desk.jobs.requested_before(who, key) for key in keys]
        return next((job.session_id for job in jobs if job is not None), None)

    async def _taken(self, found: Named, idempotency_key: str | None) -> SeenJob:
        """Freeze the sides that were named; the target of two once the source is."""
        source, target = (side in found.sides for side in Side)
        if not source:
            return await self._start(found, Side.TARGET, idempotency_key)
        seen = await self._start(found, Side.SOURCE, idempotency_key)
        if not target:
            return seen
        seen = await self._desk.jobs.wait(seen.job.job_id, PATIENCE_S, _hear_nothing)
        if seen.state is not JobStatus.SUCCEEDED:
            return seen
        return await self._start(found, Side.TARGET, idempotency_key)

    async def _start(self, found: Named, side: Side, idempotency_key: str | None) -> SeenJob:
        session_id = found.session.session_id

        def require(here: Surroundings) -> None:
            move_after(here.history.session(session_id), Act.taking(side))

        await self._desk.ask(require)  # refused now, and not by a run some seconds later
        key = f"{idempotency_key}/{side}" if idempotency_key else None
        return await self._desk.launched(JOB_OF[side], session_id, key)


async def _hear_nothing(_seen: SeenJob) -> None:
    """Nobody is told of the wait in between."""


def _words(found: Named) -> str:
    """Which file is which, and why."""
    names = ", ".join(f"{side}: {file.name}" for side, file in found.sides.items())
    why = {"name": " (by their names)", "order": " (by their order)", "told": ""}[found.rule]
    both = " Both sides are here: once both are frozen, ask the user whether to compare them now."
    opened = f"Session {found.session.session_id}, {names}{why if len(found.sides) == BOTH else ''}."
    return f"{opened}{both if found.has_both else ''}"
