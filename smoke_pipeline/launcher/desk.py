"""Where the tools find everything they work with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from anyio.to_thread import run_sync
from mcp.server.mcpserver import Context

from smoke_pipeline.history.access.roles import Identity
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.launcher.identity import AT_THIS_MACHINE, caller
from smoke_pipeline.launcher.jobs import Jobs, SeenJob
from smoke_pipeline.smoke_test.surroundings import Surroundings

T = TypeVar("T")


class Links(Protocol):
    """Makes addresses under which files are handed in and out; only a launcher that serves HTTP has them."""

    def report(self, session_id: str) -> str:
        """Where the bundle of a session can be fetched for a while, without a key."""
        ...

    def upload(self, upload_id: str, client_id: str, file_name: str, size_bytes: int) -> str:
        """Where one file of that size can be handed in, once, without a key."""
        ...

    @property
    def upload_minutes(self) -> int:
        """How long such a link can be begun with."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The history, the settings, and the runs."""

    around: Surroundings
    jobs: Jobs
    links: Links | None = None
    """None where the launcher serves nobody but the process that started it."""
    local: Identity = AT_THIS_MACHINE
    """Who asks where the transport asks for no key."""

    def here(self) -> Surroundings:
        """The surroundings, in the name of who asks now."""
        return replace(self.around, identity=caller(self.local))

    async def launched(self, job_name: str, session_id: str, idempotency_key: str | None = None) -> SeenJob:
        """A run of a job for a session, asked for in the name of who asks now.

        Raises:
            InvalidOptionError: The key was used for another request.
            LaunchError: Dagster refuses, or does not answer.
        """
        who = self.here().identity.client_id
        return await self.jobs.start(
            JobRequest(
                job_name=job_name, session_id=session_id, client_id=who, idempotency_key=idempotency_key
            )
        )

    async def ask(self, question: Callable[[Surroundings], T]) -> T:
        """What the history or a place answers, asked in a thread, in the name of who asks now."""
        here = self.here()
        return await run_sync(lambda: question(here))


def desk_of(ctx: Context) -> Desk:
    """The desk of the server that answers, for what is called before a tool is."""
    desk = ctx.request_context.lifespan_context
    assert isinstance(desk, Desk)  # noqa: S101 - the server is built so
    return desk
