"""Completion: what somebody may mean by the first characters of an argument, out of what they may see."""

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from mcp.server import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.talk import documents
from smoke_pipeline.launcher.tools.sides import Kind
from smoke_pipeline.smoke_test.access.permissions import sessions_to_see
from smoke_pipeline.smoke_test.spec import SessionType
from smoke_pipeline.smoke_test.surroundings import Surroundings

MOST = 100
"""Values of one answer; the protocol allows no more."""
_MOST_SESSIONS = 1000
_SESSIONS_WITH_JOBS = 20


class Completing:
    """Completes arguments of prompts and of resources."""

    def __init__(self, server: MCPServer[Desk], desk: Desk) -> None:
        self._server = server
        self._desk = desk

    def offer(self) -> None:
        """Offer it."""
        offered = self._server.completion()  # type: ignore[no-untyped-call]
        offered(self.complete)

    async def complete(
        self,
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        """What the argument may be: first what begins so, then what holds it anywhere."""
        del reference, context  # an argument means the same wherever it stands
        try:
            known = await self._desk.ask(lambda here: _known(argument.name, here))
        except SmokePipelineError:  # nothing is known: no reason to disturb whoever types
            known = ()
        wanted = argument.value.lower()
        fitting = [one for one in known if wanted in one.lower()]
        fitting.sort(key=lambda one: not one.lower().startswith(wanted))  # stable: else as they came
        return Completion(values=fitting[:MOST], total=len(fitting), has_more=len(fitting) > MOST)


def _known(name: str, here: Surroundings) -> Sequence[str]:
    """What an argument of that name may be."""
    find = KNOWN.get(name)
    return find(here) if find else ()


def _session_ids(here: Surroundings) -> Sequence[str]:
    return [one.session_id for one in sessions_to_see(here, limit=_MOST_SESSIONS)]


def _test_names(here: Surroundings) -> Sequence[str]:
    named = (one.test_name for one in sessions_to_see(here, limit=_MOST_SESSIONS))
    return list(dict.fromkeys(filter(None, named)))


def _presets(here: Surroundings) -> Sequence[str]:
    return sorted(here.settings.presets) if here.identity.may(Permission.SEE_OWN_SESSIONS) else ()


def _jobs(here: Surroundings) -> Sequence[str]:
    """The runs of the newest sessions."""
    if here.database is None:
        return ()
    runs = Runs(here.database)
    sessions = sessions_to_see(here, limit=_SESSIONS_WITH_JOBS)
    return [job.job_id for session in sessions for job in runs.jobs(session.session_id)]


KNOWN: Mapping[str, Callable[[Surroundings], Sequence[str]]] = {
    "session_id": _session_ids,
    "job_id": _jobs,
    "preset": _presets,
    "test_name": _test_names,
    "test_type": lambda _: get_args(SessionType),
    "db_type": lambda _: get_args(Kind),
    "topic": lambda _: list(documents.topics()),
}
"""Argument -> what it may be, the likeliest first."""
