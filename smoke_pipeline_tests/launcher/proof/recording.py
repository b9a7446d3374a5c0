"""A conversation that is held against the schemas of the tools and written down as it went."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from mcp import Client
from mcp.types import CallToolResult

from smoke_pipeline_tests.launcher.conftest import Talk

CHARACTERS_A_TOKEN = 4

_SESSION = re.compile(r"\b([a-z_]+?)_20\d{6}_\d{6}(?:_\d+)?\b")
_JOB = re.compile(r"\b[0-9a-f]{32}\b")
_FOLDER = re.compile(r"(?<![:/\w])(?:/[\w.-]+)+/(?=[\w.-]+\.(?:csv|zip)\b)")
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)")
_PYTHON = re.compile(r"\bPython 3[.\d]*\d")
_SIZE = re.compile(r'(?<="size_bytes": )\d+')
_BUCKET, _UPLOAD = re.compile(r"\bbucket-\d+\b"), re.compile(r"\bup_[0-9a-f]+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a tool, and what it answered."""

    tool: str
    arguments: dict[str, Any]
    answer: CallToolResult

    @property
    def text(self) -> str:
        return "\n".join(one.text for one in self.answer.content if one.type == "text")

    @property
    def cost(self) -> int:
        """Characters that a model reads: the words alone, or with the facts, where a client shows both."""
        return len(self.text)


class RecordedTalk(Talk):
    """A conversation whose answers are as the schemas say."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.calls: list[Call] = []
        self._schemas: dict[str, Draft202012Validator] = {}

    async def ask(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool, and hold its answer against its schema."""
        if not self._schemas:
            for one in (await self.client.list_tools()).tools:
                Draft202012Validator.check_schema(one.input_schema)
                self._schemas[one.name] = Draft202012Validator(one.output_schema)
        answer = await super().ask(tool, **arguments)
        if answer.is_error:
            assert answer.structured_content is None
        else:
            self._schemas[tool].validate(answer.structured_content)
        self.calls.append(Call(tool=tool, arguments=arguments, answer=answer))
        return answer

    async def failed(self, tool: str, **arguments: Any) -> str:
        """Call a tool that must fail, now or in the run that it starts; its words."""
        answer = await self.ask(tool, **arguments)
        if answer.is_error:
            return self.calls[-1].text
        job = answer.structured_content or {}
        while job["poll_after_seconds"] is not None:
            job = await self.do("get_progress", job_id=job["job_id"], wait_seconds=20)
        assert job["state"] == "failed", job
        return str(job["summary_text"])

    @property
    def tokens(self) -> int:
        """What the tools' words cost."""
        return sum(call.cost for call in self.calls) // CHARACTERS_A_TOKEN

    @property
    def tokens_with_facts(self) -> int:
        """What they cost in a client that shows a model the structured answers, too."""
        facts = sum(len(json.dumps(call.answer.structured_content or {})) for call in self.calls)
        return self.tokens + facts // CHARACTERS_A_TOKEN


def plain(text: str) -> str:
    """The text without what differs from run to run."""
    text = _SESSION.sub(r"\1_20260204_093000", text)
    jobs = dict.fromkeys(_JOB.findall(text))
    for number, job in enumerate(jobs, 1):
        text = text.replace(job, f"job-{number}")
    text = _MOMENT.sub("2026-02-04T09:30:00+00:00", _FOLDER.sub("/data/", text))
    text = _SIZE.sub("48213", _PYTHON.sub("Python 3", text))
    return _UPLOAD.sub("up_1", _BUCKET.sub("statements", text))


def as_markdown(calls: Iterable[Call]) -> str:
    """The conversation, call by call."""
    parts = []
    for call in calls:
        given = ", ".join(f"{name}={json.dumps(value)}" for name, value in call.arguments.items())
        parts.append(f"> {call.tool}({given})\n{call.text}")
    return plain("\n\n".join(parts)) + "\n"
