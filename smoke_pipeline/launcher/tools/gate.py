"""What stands before every tool: unknown arguments are refused, and tools are shown to who may call them.

The protocol's library drops unknown arguments in silence, and `ignore_column` would compare every column.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from mcp.types import CallToolResult

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.access.roles import Identity
from smoke_pipeline.launcher.failures import refused
from smoke_pipeline.launcher.tools.registry import Tool
from smoke_pipeline.settings.traces.spans import continuing


class Gate:
    """Middleware of the server."""

    def __init__(self, who: Any) -> None:
        self._who = who
        self._tools: dict[str, Tool] = {}
        self._arguments: dict[str, tuple[str, ...]] = {}

    def learn(self, tool: Tool, arguments: Iterable[str]) -> None:
        """Know a tool."""
        self._tools[tool.name] = tool
        self._arguments[tool.name] = tuple(arguments)

    async def __call__(self, ctx: Any, call_next: Any) -> Any:
        """Let a call pass, or answer it."""
        params = ctx.params or {}
        if ctx.method == "tools/call" and ctx.request_id is not None:
            stopped = self._stopped(params.get("name"), params.get("arguments") or {})
            if stopped is not None:
                return stopped
        with continuing((ctx.meta or {}).get("traceparent")):
            result = await call_next(ctx)
        return self._shown(result) if ctx.method == "tools/list" else result

    def _stopped(self, name: str | None, arguments: Mapping[str, object]) -> CallToolResult | None:
        if name not in self._tools:
            return None
        known = self._arguments[name]
        unknown = sorted(set(arguments) - set(known))
        return refused(_no_such(name, unknown, known)) if unknown else None

    def _shown(self, result: Any) -> Any:
        """The tools that who asks may call."""
        who: Identity = self._who()

        def may_call(name: str) -> bool:
            return name not in self._tools or self._tools[name].is_open_to(who)

        if isinstance(result, dict):
            return {**result, "tools": [tool for tool in result["tools"] if may_call(tool["name"])]}
        return result.model_copy(update={"tools": [tool for tool in result.tools if may_call(tool.name)]})


def _no_such(name: str, unknown: list[str], known: tuple[str, ...]) -> InvalidOptionError:
    advice = []
    for one in unknown:
        near = get_close_matches(one, known, n=1)
        advice.append(f"{one!r}: did you mean {near[0]!r}?" if near else f"{name} takes {', '.join(known)}.")
    return InvalidOptionError(
        f"{name} has no argument {' and no argument '.join(map(repr, unknown))}.",
        tuple(dict.fromkeys(advice)),
        {"unknown": unknown},
    )
