"""Questions that are asked again until somebody answers, as a careful client of a service would."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from mcp import Client

from smoke_pipeline.launcher.failures import META

CALL_S = 60
PAUSE_S = 0.5


class LostError(Exception):
    """Nobody answered: whether it was done is not known."""


class StuckError(Exception):
    """It took too long."""


class RefusedError(Exception):
    """The answer is an error that stays."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class Heard:
    """What all clients together were told."""

    errors: Counter[str] = field(default_factory=Counter)
    """Kind of error of a tool -> how often."""
    lost: int = 0
    """Calls without an answer."""
    words: dict[str, str] = field(default_factory=dict)
    """Kind of error -> one of its sentences."""


class Talker:
    """Asks the launcher and Dagster's webserver.

    Args:
        launcher: The launcher's address.
        page: Dagster's.
        heard: Where it is noted what came back.
        patience_s: So long a question is asked again.
    """

    def __init__(self, launcher: str, page: str, heard: Heard, patience_s: float) -> None:
        self._launcher, self._page = launcher, page
        self.heard = heard
        self._patience_s = patience_s

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool until it answers; only what may be asked twice."""
        end = time.monotonic() + self._patience_s
        while True:
            try:
                return await self.ask_once(tool, **arguments)
            except LostError as lost:
                if time.monotonic() > end:
                    raise StuckError(f"{tool} {arguments}: {lost}") from lost
                await asyncio.sleep(PAUSE_S)

    async def ask_once(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; `LostError` where it has not answered, or says that it may answer later."""
        try:
            with anyio.fail_after(CALL_S):
                async with Client(f"{self._launcher}/mcp") as client:
                    answer = await client.call_tool(tool, arguments)
        except Exception as error:  # whatever a broken line looks like
            self.heard.lost += 1
            raise LostError(str(error)) from error
        if not answer.is_error:
            facts: dict[str, Any] = answer.structured_content or {}
            return facts
        error = (answer.meta or {}).get(META) or {"error_type": "none", "error_message": str(answer.content)}
        self.heard.errors[error["error_type"]] += 1
        self.heard.words[error["error_type"]] = error["error_message"]
        if error.get("retryable"):
            raise LostError(error["error_message"])
        raise RefusedError(error)

    async def finished(self, tool: str, **arguments: Any) -> bool:
        """Start a run and wait for its end; whether it did its work."""
        job = await self.ask(tool, **arguments)
        end = time.monotonic() + self._patience_s
        while job["poll_after_seconds"] is not None:
            if time.monotonic() > end:
                raise StuckError(f"It does not end: {job}")
            job = await self.ask("get_progress", job_id=job["job_id"], wait_seconds=20)
        return bool(job["state"] == "succeeded")

    async def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask Dagster's page; `LostError` where it does not answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        status, text = await self.post(f"{self._page}/graphql", body, {"Content-Type": "application/json"})
        found = json.loads(text) if status == 200 else {}
        if "data" not in found or found.get("errors"):
            raise LostError(f"{status}: {text[:300]}")
        data: dict[str, Any] = found["data"]
        return data

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], how: str = "POST"
    ) -> tuple[int, str]:
        """Send something; `LostError` where nobody answers."""
        return await asyncio.to_thread(self._posted, url, body, headers, how)

    def _posted(self, url: str, body: bytes, headers: Mapping[str, str], how: str) -> tuple[int, str]:
        request = urllib.request.Request(url, data=body, headers=dict(headers), method=how)
        try:
            with urllib.request.urlopen(request, timeout=CALL_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError as error:
            self.heard.lost += 1
            raise LostError(str(error)) from error
