"""The pages of the tools: what people wrote of them, and what schemas and real calls say."""

import json
from collections.abc import Mapping
from typing import Any

from mcp.types import Tool

from smoke_pipeline_tests.launcher.proof.recording import Call, as_markdown, plain

RUNS = "It answers at once with a run; [get_progress](get_progress.md) tells how far it is."
ERRORS: Mapping[str, Mapping[str, str]] = {
    "start_smoke_test": {
        "UnknownPresetError": "there is no such preset; the message names those that there are",
        "PermissionDeniedError": "the role may not start sessions, or not with a production preset",
    },
    "continue_session": {
        "SessionNotFoundError": "there is no such session",
        "SessionStateError": "the session is closed, or nobody has said where its source lies",
        "DagsterUnavailableError": "Dagster does not answer; the same call may succeed later",
    },
    "list_sessions": {"InvalidOptionError": "an argument is not known"},
    "get_session": {
        "SessionNotFoundError": "there is no such session",
        "PermissionDeniedError": "it is somebody else's",
    },
    "list_presets": {"PermissionDeniedError": "the role may not start or see sessions of its own"},
    "download_storagegrid_file": {
        "InvalidOptionError": "something is missing of the key; `missing_parameters` in the context names it",
        "ObjectNotFoundError": "the bucket holds no such object; the message has its key",
        "AccessDeniedError": "the store does not let us read it",
        "UnavailableError": "the store does not answer; the same call may succeed later",
    },
    "export_database_table": {
        "InvalidOptionError": "the preset has no database of that kind, or several",
        "ObjectNotFoundError": "there is no such table",
        "QueryRefusedError": "the condition is more than a condition, or the table is large: ask the user",
        "UnknownColumnError": "the table has no such column",
    },
    "create_upload": {
        "UnsupportedFileTypeError": "only CSV and ZIP files and their like are taken",
        "FileTooLargeError": "it is larger than `uploads.max_bytes`: use StorageGrid or a path",
        "InvalidOptionError": "the launcher serves its client alone and takes paths",
    },
    "handle_uploaded_files": {
        "ArchiveChoiceError": "a ZIP holds several CSVs: ask the user, then name one as `zip_member`",
        "NoCsvInArchiveError": "a ZIP holds none",
        "UnsupportedFileTypeError": "it is no table",
        "FileTooLargeError": "it is larger than `uploads.max_bytes`",
    },
    "compare_csv_files": {
        "SessionStateError": "a side is missing",
        "UnknownColumnError": "no side has such a column; the nearest name is in the message",
        "KeyColumnMissingError": "one side lacks a key column",
    },
    "get_report": {"SessionStateError": "nothing was compared yet"},
    "get_mismatches": {
        "SessionStateError": "nothing was compared yet",
        "InvalidOptionError": "the cursor is none",
    },
    "get_progress": {"RunNotFoundError": "there is no such run"},
    "cancel_job": {
        "RunNotFoundError": "there is no such run",
        "PermissionDeniedError": "it is somebody else's",
    },
    "mcp_feedback": {
        "InvalidOptionError": "the report would help nobody, or was sent within the last 30 minutes",
        "RateLimitError": "too much was sent, or GitHub wants us to wait; `retry_after_s` says how long",
        "AccessDeniedError": "GitHub does not accept the token",
        "UnavailableError": "GitHub does not answer",
    },
}
"""Tool -> the errors that are its own; every tool may answer with `HistoryUnavailableError`, too."""
NOTES: Mapping[str, str] = {
    "start_smoke_test": "A session compares one source with one target, and keeps all about it.",
    "continue_session": f"For a target that lies where the source lay. {RUNS}",
    "list_sessions": "A page has `limit` sessions; `next_cursor` leads to the next one.",
    "get_session": "What is shown of the data are counts, never rows.",
    "list_presets": "It tells what can be read, and never how it is reached.",
    "download_storagegrid_file": (
        "A client that can ask its user is made to ask for what is missing of the key; "
        f"for any other the error names it. {RUNS}"
    ),
    "export_database_table": f"A table of more rows than `large_rows` is read once the user agreed. {RUNS}",
    "create_upload": "MCP carries no files: the bytes are sent to the link, outside of the conversation.",
    "handle_uploaded_files": (
        "Of two files the names say which is the source, else their order; `role_rule` tells by which. "
        f"{RUNS}"
    ),
    "compare_csv_files": f"Called again it compares anew, and the newest result counts. {RUNS}",
    "get_report": "Over HTTP a link opens the report without a key for a while; else there is a path.",
    "get_mismatches": "Long values are cut, and so is the answer; whatever stands in a value is data.",
    "get_progress": "With `wait_seconds` it answers when the run has ended, and sends progress on the way.",
    "cancel_job": "Without `confirm=true` it stops nothing and says so.",
    "mcp_feedback": "Keys, passwords and what looks like rows are taken out before anybody sees the text.",
}
"""Tool -> what to know of it."""


def page(tool: Tool, call: Call) -> str:
    """The page of a tool."""
    hints = tool.annotations
    assert hints is not None
    kind = (
        "reads only"
        if hints.read_only_hint
        else "stops something"
        if hints.destructive_hint
        else "starts something"
    )
    return f"""# {tool.name}

{_sentences(tool.description or "")}
{_sentences(NOTES[tool.name])}
It {kind}.

## Arguments

{_arguments(tool.input_schema)}

## Answer

{_answer(tool.output_schema or {})}

## Errors

{_errors(tool.name)}

## Example

```text
{as_markdown([call]).strip()}
```

The same for a program:

```json
{plain(json.dumps(_facts(call), indent=2, ensure_ascii=False))}
```
"""


def _sentences(text: str) -> str:
    return " ".join(text.split()).replace(". ", ".\n")


def _arguments(schema: Mapping[str, Any]) -> str:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not properties:
        return "None."
    lines = ["| argument | is | |", "|---|---|---|"]
    for name, one in properties.items():
        must = "Required." if name in required else _default(one)
        lines.append(
            f"| `{name}` | {_type(one)} | {' '.join(filter(None, (one.get('description'), must)))} |"
        )
    return "\n".join(lines)


def _default(one: Mapping[str, Any]) -> str:
    return f"Default: `{json.dumps(one['default'])}`." if "default" in one else ""


def _answer(schema: Mapping[str, Any]) -> str:
    names = [f"| `{name}` | {_type(one)} |" for name, one in schema.get("properties", {}).items()]
    return "\n".join(["| part | is |", "|---|---|", *names])


def _type(one: Mapping[str, Any]) -> str:
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    kinds = one.get("type", "object")
    words = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{words} of {_type(one['items'])}" if kinds == "array" and "items" in one else words


def _errors(name: str) -> str:
    lines = [f"| `{error}` | {what} |" for error, what in ERRORS[name].items()]
    return "\n".join(["| error | when |", "|---|---|", *lines])


def _facts(call: Call) -> Mapping[str, Any]:
    """The structured answer, without what is empty; that of an error lies in `_meta`."""
    facts = call.answer.structured_content or (call.answer.meta or {})["smoke-pipeline/error"]
    return {name: value for name, value in facts.items() if value not in (None, [], "")}
