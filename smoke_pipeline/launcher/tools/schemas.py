"""The schemas of tools as models read them: every word of them costs.

Titles repeat names, and how long a text may be is said to whoever writes too much. An argument that may be
null may as well be left out, so that null need not be named. What an answer may leave empty is told in the
shortest way that JSON Schema has.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server import MCPServer

_NULL = {"type": "null"}


def lean(server: MCPServer, name: str) -> Iterable[str]:
    """Make a tool's schemas short, and that of its arguments closed; the names of its arguments.

    The library holds tools in a manager of its own, and has no other way to say that a schema is closed.
    """
    tool = server._tool_manager.get_tool(name)  # noqa: SLF001 - see above
    assert tool is not None  # noqa: S101 - just added
    tool.parameters = {**_short(tool.parameters, with_null=False), "additionalProperties": False}
    answer = tool.fn_metadata.output_schema
    if answer is not None:
        whole = _short(answer, with_null=True)
        tool.fn_metadata.output_schema = {key: whole[key] for key in whole if key != "description"}
    arguments: Mapping[str, Any] = tool.parameters.get("properties", {})
    return arguments


def _short(schema: Any, *, with_null: bool, holds_names: bool = False) -> Any:
    """The schema without what nobody needs; a property that is called `title` stays."""
    if isinstance(schema, list):
        return [_short(one, with_null=with_null) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: _short(
            value, with_null=with_null, holds_names=key in ("properties", "$defs") and not holds_names
        )
        for key, value in schema.items()
        if holds_names or not _is_needless(key, value)
    }
    return found if holds_names else _without_choice(found, with_null=with_null)


def _is_needless(key: str, value: object) -> bool:
    match key:
        case "default":
            return value in (None, [], "")
        case "title":
            return isinstance(value, str)
        case "additionalProperties":
            return value is True
    return key == "maxLength"


def _without_choice(schema: dict[str, Any], *, with_null: bool) -> dict[str, Any]:
    """The schema, in which a choice between something and null is none."""
    arms = schema.get("anyOf", [])
    others = [arm for arm in arms if arm != _NULL]
    if len(others) != 1 or len(arms) != 2 or not isinstance(others[0].get("type"), str):
        return schema
    one = others[0] if not with_null else {**others[0], "type": [others[0]["type"], "null"]}
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **one}
