"""How an error reaches a language model: as a sentence and what to do, with the error object beside it.

The object is in `_meta` and not in the structured content: clients hold that against the tool's output
schema, and then a model sees a complaint about a schema in place of the reason.
"""

from typing import Any

from mcp.types import CallToolResult, TextContent

from smoke_pipeline.errors import SmokePipelineError

META = "smoke-pipeline/error"


def refused(error: SmokePipelineError) -> CallToolResult:
    """The answer of a tool that could not do what was asked."""
    lines = [f"{type(error).__name__}: {error.message}", *(f"- {one}" for one in error.suggestions)]
    if error.retryable:
        lines.append("- Nothing has to be changed: the same call may succeed later.")
    return CallToolResult(
        content=[TextContent(type="text", text="\n".join(lines))],
        is_error=True,
        _meta={META: {**error.to_dict(), "retryable": error.retryable}},
    )


def unexpected(error: Exception) -> CallToolResult:
    """The answer where the program itself is wrong; what went wrong is in the log, and nowhere else."""
    words = f"An unexpected {type(error).__name__} stopped this; the launcher's log tells where."
    payload: dict[str, Any] = {
        "status": "error",
        "error_type": type(error).__name__,
        "error_message": words,
        "suggestions": ["Report it with mcp_feedback."],
        "context": {},
        "retryable": False,
    }
    return CallToolResult(
        content=[TextContent(type="text", text=f"{words}\n- {payload['suggestions'][0]}")],
        is_error=True,
        _meta={META: payload},
    )
