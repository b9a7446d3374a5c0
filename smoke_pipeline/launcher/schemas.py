"""The schemas of tools as models read them: every word of them costs, and titles repeat the names."""

from collections.abc import Mapping
from typing import Any

from mcp.server import MCPServer


def lean(server: MCPServer, name: str) -> Mapping[str, Any]:
    """Make a tool's schemas short and closed; its arguments.

    The library holds tools in a manager of its own, and has no other way to say that a schema is closed.
    """
    tool = server._tool_manager.get_tool(name)  # noqa: SLF001 - see above
    assert tool is not None  # noqa: S101 - just added
    tool.parameters = {**_without_titles(tool.parameters), "additionalProperties": False}
    if tool.fn_metadata.output_schema is not None:
        tool.fn_metadata.output_schema = _without_titles(tool.fn_metadata.output_schema)
    arguments: Mapping[str, Any] = tool.parameters.get("properties", {})
    return arguments


def _without_titles(schema: Any, *, holds_names: bool = False) -> Any:
    """The schema without its titles; a property that is called `title` stays."""
    if isinstance(schema, list):
        return [_without_titles(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(value, holds_names=key in ("properties", "$defs") and not holds_names)
        for key, value in schema.items()
        if holds_names or key != "title" or not isinstance(value, str)
    }
