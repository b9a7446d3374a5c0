"""How a function becomes a tool: guarded, written down, described, and with what it may do said truly."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Any

from mcp.types import CallToolResult, ResourceLink, TextContent, ToolAnnotations

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.access.audit import Action, AuditLog
from smoke_pipeline.history.access.roles import Identity, Permission, denied
from smoke_pipeline.launcher.answers import Answer
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.failures import refused, unexpected
from smoke_pipeline.launcher.words import listed
from smoke_pipeline.settings.traces.spans import span

READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
STARTS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
)
REPEATS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
STOPS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)

ToolFunction = Callable[..., Awaitable[CallToolResult]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool as it is offered."""

    function: ToolFunction
    """Its name, docstring and annotated parameters are what a model reads."""
    title: str
    hints: ToolAnnotations
    permissions: tuple[Permission, ...]
    """Any of them will do; whose session it is is asked besides."""
    toolset: str = "smoke"
    is_written_down: bool = True
    """Whether each call is a row of the audit log; one that is called every few seconds is not."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.function.__name__

    def is_open_to(self, who: Identity) -> bool:
        """Whether somebody may call it."""
        return any(who.may(permission) for permission in self.permissions)

    def require_open_to(self, who: Identity) -> None:
        """Refuse who may not call it.

        Raises:
            PermissionDeniedError: None of the permissions is theirs.
        """
        if not self.is_open_to(who):
            raise denied(who, self.permissions[0], f"call {self.name}")


def answered(answer: Answer, text: str, *links: ResourceLink) -> CallToolResult:
    """An answer as clients get it: words for the model, the same facts for a program."""
    words = TextContent(type="text", text=f"{text}{listed(answer.next_steps)}")
    return CallToolResult(content=[words, *links], structured_content=answer.model_dump(mode="json"))


def guarded(tool: Tool, desk: Desk) -> ToolFunction:
    """The function, whose errors reach the model as sentences and whose calls are written down."""
    audit = AuditLog(desk.around.database) if desk.around.database and tool.is_written_down else None
    names = inspect.signature(tool.function).parameters

    @wraps(tool.function)
    async def call(*args: Any, **given: Any) -> CallToolResult:
        who = desk.here().identity
        action = Action(
            tool_name=tool.name,
            action=tool.name,
            identity=who,
            origin="mcp",
            session_id=given.get("session_id") if "session_id" in names else None,
            preset=given.get("preset") if "preset" in names else None,
        )
        try:
            within = span(f"tool {tool.name}", tool=tool.name, session_id=action.session_id)
            with within, audit.recording(action) if audit else nullcontext():
                tool.require_open_to(who)
                return await tool.function(*args, **given)
        except SmokePipelineError as error:
            return refused(error)
        except Exception as error:  # noqa: BLE001 - the face: a model is helped by a sentence, a person by the log
            _log.exception("The tool %s failed.", tool.name)
            return unexpected(error)

    return call
