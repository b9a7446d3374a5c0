"""Notifications: who subscribed to a resource hears when it has changed.

Nobody looks while nobody listens, and looking is done in the name of who subscribed: what they may not see
never changes for them.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated, ServerEvent
from mcp.shared.uri_template import UriTemplate

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.talk.resources import JOB, REPORT, SESSION, SESSIONS, SUMMARY
from smoke_pipeline.smoke_test.access.permissions import session_to_see, sessions_to_see
from smoke_pipeline.smoke_test.surroundings import Surroundings

LOOK_EVERY_S = 2.0
MOST_WATCHED = 50
"""Resources of one subscription that are looked at; further ones never change."""

LISTEN = "subscriptions/listen"
_SESSION_URIS = tuple(UriTemplate.parse(one) for one in (SUMMARY, REPORT, SESSION))
_JOB_URI = UriTemplate.parse(JOB)
_wanted: ContextVar[Sequence[str]] = ContextVar("wanted", default=())
_log = logging.getLogger(__name__)

Seen = Any
"""Whatever differs once a resource has changed."""


class Watching(InMemorySubscriptionBus):
    """The bus of the server's events; each subscription looks at its own resources.

    Args:
        desk: Where what is looked at lies.
        every_s: How often.
    """

    def __init__(self, desk: Desk, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__()
        self._desk = desk
        self._every_s = every_s
        self._looking: set[asyncio.Task[None]] = set()

    @property
    def lookers(self) -> int:
        """How many subscriptions are looked after now."""
        return len(self._looking)

    async def __call__(self, ctx: Any, call_next: Any) -> Any:
        """Middleware: remember which resources a subscription is about."""
        if ctx.method == LISTEN:
            asked = (ctx.params or {}).get("notifications") or {}
            _wanted.set(tuple(map(str, asked.get("resourceSubscriptions") or ()))[:MOST_WATCHED])
        return await call_next(ctx)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Tell `listener` of events, and of its resources when they change, until the answer is called."""
        leave = super().subscribe(listener)
        uris = _wanted.get()
        if not uris:
            return leave
        task = asyncio.create_task(self.watch(uris, listener))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

        def unsubscribe() -> None:
            leave()
            task.cancel()

        return unsubscribe

    async def watch(self, uris: Sequence[str], listener: Callable[[ServerEvent], None]) -> None:
        """Look at resources again and again, in the name of who asks now, and tell of each change."""
        before = {uri: await self._look(uri, None) for uri in uris}
        while True:
            await asyncio.sleep(self._every_s)
            for uri in uris:
                now = await self._look(uri, before[uri])
                if now != before[uri]:
                    before[uri] = now
                    listener(ResourceUpdated(uri=uri))

    async def _look(self, uri: str, before: Seen) -> Seen:
        """What differs once the resource has changed; as before where that cannot be told now."""
        try:
            job = _JOB_URI.match(uri)
            if job is not None:
                return await self._job(str(job["job_id"]))
            return await self._desk.ask(lambda here: _state(uri, here))
        except SmokePipelineError:
            return before
        except Exception:  # noqa: BLE001 - one bad look must not end the subscription; the log tells
            _log.exception("A resource that is subscribed to cannot be looked at.")
            return before

    async def _job(self, job_id: str) -> Seen:
        seen = await self._desk.jobs.look(job_id)
        await self._desk.ask(lambda here: session_to_see(str(seen.job.session_id), here))
        return (seen.state, seen.progress)


def _state(uri: str, here: Surroundings) -> Seen:
    """What differs once a session, or the list of them, has changed."""
    if uri == SESSIONS:
        return [(one.session_id, one.updated_at) for one in sessions_to_see(here)]
    for template in _SESSION_URIS:
        found = template.match(uri)
        if found is not None:
            session = session_to_see(str(found["session_id"]), here)
            progress = Runs(here.database).progress(session.session_id) if here.database else None
            return (session.updated_at, session.status, session.step, progress)
    return None
