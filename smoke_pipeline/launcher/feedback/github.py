"""GitHub's REST interface, as much of it as feedback needs."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from smoke_pipeline.errors import (
    AccessDeniedError,
    InvalidOptionError,
    RateLimitError,
    SettingsError,
    UnavailableError,
)
from smoke_pipeline.settings.sections.feedback import FeedbackSettings

TIMEOUT_S = 15.0
MOST_FOUND = 5
_LONGEST_QUERY = 200
"""GitHub refuses a query of more than 256 characters."""
_LONGEST_WAIT_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue of the repository."""

    number: int
    title: str
    state: str
    url: str


class GitHub:
    """One repository.

    Args:
        settings: Which one, and as whom; the repository is set.
        client: Who carries the questions; closed by its owner.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        settings: FeedbackSettings,
        client: httpx2.AsyncClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock

    async def search(self, words: str) -> Sequence[Issue]:
        """Issues about something, the likeliest first.

        Raises:
            AccessDeniedError: The token is not accepted.
            RateLimitError: GitHub wants us to wait.
            SettingsError: There is no such repository, or the token may not see it.
            UnavailableError: GitHub does not answer.
        """
        plain = " ".join(re.findall(r"\w+", words))[:_LONGEST_QUERY]
        query = f"repo:{self._settings.repository} is:issue {plain}"
        found = await self._ask("GET", "/search/issues", params={"q": query, "per_page": str(MOST_FOUND)})
        items = found.get("items")
        return [_issue(one) for one in items] if isinstance(items, list) else []

    async def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """File an issue.

        Raises:
            InvalidOptionError: GitHub does not take it.
            AccessDeniedError: The token may not file issues.
            RateLimitError: GitHub wants us to wait.
            SettingsError: There is no such repository, or it has no issues.
            UnavailableError: GitHub does not answer; its context tells whether it `may_be_sent` all the same.
        """
        content = {"title": title, "body": body, "labels": list(labels)}
        return _issue(await self._ask("POST", f"/repos/{self._settings.repository}/issues", json=content))

    async def update_issue(self, number: int, body: str) -> str:
        """Say more about an issue; the address of what was said. Raises what `create_issue` raises."""
        path = f"/repos/{self._settings.repository}/issues/{number}/comments"
        return str((await self._ask("POST", path, json={"body": body})).get("html_url", ""))

    async def _ask(self, method: str, path: str, **what: Any) -> Mapping[str, Any]:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if self._settings.token is not None:
            headers["Authorization"] = f"Bearer {self._settings.token.get_secret_value()}"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.request(
                    method, f"{self._settings.url.rstrip('/')}{path}", headers=headers, **what
                )
        except (TimeoutError, httpx2.TransportError) as error:
            was_refused = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            if method == "GET" or was_refused:
                raise UnavailableError("GitHub does not answer.", ("Try again later.",)) from error
            raise UnavailableError(
                "GitHub did not answer; it may have been filed all the same.",
                ("Look for it before you send it again: action=search.",),
                {"may_be_sent": True},
            ) from error
        if answer.is_success:
            return _json(answer)
        raise self._refused(answer)

    def _refused(self, answer: httpx2.Response) -> Exception:
        """What GitHub's refusal means for who asked."""
        said, repository = str(_json(answer).get("message", ""))[:200], self._settings.repository
        if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS or _is_limit(answer, said):
            seconds = self._wait(answer)
            return RateLimitError(
                "GitHub takes no more for now.", (f"Wait {seconds} s.",), {"retry_after_s": seconds}
            )
        if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return UnavailableError(f"GitHub is not well (HTTP {answer.status_code}).", ("Try again later.",))
        if answer.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            return AccessDeniedError(
                f"GitHub does not accept the token for {repository}.",
                ("Set feedback.token to one that may write issues of it.",),
            )
        if answer.status_code in (httpx2.codes.NOT_FOUND, httpx2.codes.GONE):
            return SettingsError(
                f"GitHub knows no issues of {repository}, or the token may not see them.",
                ("Correct feedback.repository or feedback.token.",),
            )
        return InvalidOptionError(
            f"GitHub does not take this (HTTP {answer.status_code}){f': {said}' if said else ''}.",
            ("Change title or body.",),
        )

    def _wait(self, answer: httpx2.Response) -> int:
        after, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
        seconds = int(after) if after.isdecimal() else 60
        if not after and reset.isdecimal():
            seconds = round(int(reset) - self._clock())
        return min(max(seconds, 1), _LONGEST_WAIT_S)


def _is_limit(answer: httpx2.Response, said: str) -> bool:
    """Whether a refusal is no refusal of the token."""
    has_none_left = answer.headers.get("x-ratelimit-remaining") == "0"
    return answer.status_code == httpx2.codes.FORBIDDEN and (has_none_left or "rate limit" in said.lower())


def _json(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _issue(one: Mapping[str, Any]) -> Issue:
    return Issue(
        number=int(one.get("number", 0)),
        title=str(one.get("title", ""))[:200],
        state=str(one.get("state", "")),
        url=str(one.get("html_url", "")),
    )
