"""Resources: what a client may read beside a conversation, each under the permissions of who asks."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from smoke_pipeline.errors import (
    InvalidOptionError,
    RunNotFoundError,
    SessionNotFoundError,
    SmokePipelineError,
)
from smoke_pipeline.history.access.audit import Action, AuditLog
from smoke_pipeline.history.access.roles import Permission, require
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.talk import documents
from smoke_pipeline.launcher.talk.summary import summary_of
from smoke_pipeline.launcher.tools.progress import job_answer
from smoke_pipeline.launcher.tools.sessions import presets_of, session_answer
from smoke_pipeline.smoke_test.access.permissions import session_to_see, sessions_to_see
from smoke_pipeline.smoke_test.outcome import outcome_of, require_report
from smoke_pipeline.smoke_test.surroundings import Surroundings

LARGEST_BLOB = 8 * 1024**2
"""Bytes of a report that are sent as a resource; a larger one is fetched by its link."""
MOST_SESSIONS = 50

SESSIONS = "smoke://sessions"
SESSION = "smoke://sessions/{session_id}"
REPORT = "smoke://sessions/{session_id}/report.zip"
SUMMARY = "smoke://sessions/{session_id}/summary.md"
JOB = "smoke://jobs/{job_id}"
PRESETS = "smoke://presets"
TOPICS = "smoke://docs"
TOPIC = "smoke://docs/{topic}"

P = ParamSpec("P")
T = TypeVar("T")


class Resources:
    """The resources of the server."""

    def __init__(self, server: MCPServer[Desk], desk: Desk) -> None:
        self._server = server
        self._desk = desk

    def offer(self) -> None:
        """Offer them."""
        data, text = "application/json", "text/markdown"
        for uri, mime_type, title, read in (
            (SESSIONS, data, "Sessions", self.sessions),
            (SESSION, data, "A session", self.session),
            (SUMMARY, text, "What a session found", self.summary),
            (REPORT, "application/zip", "The report of a session", self.report),
            (JOB, data, "A run", self.job),
            (PRESETS, data, "Presets", self.presets),
            (TOPICS, text, "Topics of the documentation", self.topics),
            (TOPIC, text, "Documentation", self.topic),
        ):
            self._server.resource(uri, mime_type=mime_type, title=title)(_told(read))

    async def sessions(self) -> str:
        """The newest sessions that you may see."""
        return await self._desk.ask(_sessions)

    async def session(self, session_id: str) -> str:
        """One session: where it stands, and what was found."""
        answer = await self._desk.ask(lambda here: session_answer(outcome_of(session_id, here), here))
        return answer.model_dump_json(indent=1)

    async def summary(self, session_id: str) -> str:
        """What a session found, in numbers; no value of the data."""
        return await self._desk.ask(lambda here: summary_of(outcome_of(session_id, here)))

    async def report(self, session_id: str) -> bytes:
        """The report of a session: a ZIP with report.html and mismatches.csv."""
        return await self._desk.ask(lambda here: _report(session_id, here))

    async def job(self, job_id: str) -> str:
        """How far a run has come."""
        seen = await self._desk.jobs.look(job_id)
        await self._desk.ask(lambda here: session_to_see(str(seen.job.session_id), here))
        return _json((await job_answer(self._desk, seen)).structured_content)

    async def presets(self) -> str:
        """The presets, and what each can read."""
        return await self._desk.ask(_presets)

    async def topics(self) -> str:
        """Every topic of the documentation."""
        return documents.contents()

    async def topic(self, topic: str) -> str:
        """The documentation of a topic, such as quick-start or troubleshooting."""
        return documents.document(topic)


def _told(read: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The function, whose errors reach the client as sentences."""

    @wraps(read)
    async def tell(*args: P.args, **given: P.kwargs) -> T:
        try:
            return await read(*args, **given)
        except SmokePipelineError as error:
            absent = (SessionNotFoundError, RunNotFoundError, InvalidOptionError)
            kind = ResourceNotFoundError if isinstance(error, absent) else ResourceError
            raise kind(" ".join((error.message, *error.suggestions))) from error

    return tell


def _sessions(here: Surroundings) -> str:
    """The newest sessions, a line each."""
    return _json(
        [
            {
                "session_id": one.session_id,
                "test_type": one.test_type,
                "test_name": one.test_name,
                "status": one.status.value,
                "step": one.step.value,
                "created_at": one.created_at.isoformat(timespec="seconds"),
            }
            for one in sessions_to_see(here, limit=MOST_SESSIONS)
        ]
    )


def _presets(here: Surroundings) -> str:
    require(here.identity, Permission.SEE_OWN_SESSIONS, "see the presets")
    return presets_of(here).model_dump_json(indent=1)


def _report(session_id: str, here: Surroundings) -> bytes:
    """The report; that somebody took it is written down."""
    action = Action(
        tool_name="report.zip",
        action="read_report",
        identity=here.identity,
        origin=here.identity.origin,
        session_id=session_id,
    )
    if here.database is None:
        return _bytes(session_id, here)
    with AuditLog(here.database).recording(action):
        return _bytes(session_id, here)


def _bytes(session_id: str, here: Surroundings) -> bytes:
    path = require_report(outcome_of(session_id, here))
    size_bytes = path.stat().st_size
    if size_bytes > LARGEST_BLOB:
        raise ResourceError(
            f"The report has {size_bytes:,} bytes, and a resource may have {LARGEST_BLOB:,}. "
            "get_report tells where it can be fetched."
        )
    return path.read_bytes()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
