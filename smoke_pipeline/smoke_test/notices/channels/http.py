"""Slack, a webhook, and the status of a commit on GitHub."""

import json
import time
from collections.abc import Callable, Collection
from typing import ClassVar

from smoke_pipeline.settings.sections.notices import GitHubNotices
from smoke_pipeline.smoke_test.notices.channels.base import Channel, post
from smoke_pipeline.smoke_test.notices.notice import NOTHING, Notice, Why
from smoke_pipeline.smoke_test.notices.text import Words
from smoke_pipeline.smoke_test.signals.webhook import signature_of

LONGEST_STATUS = 140
"""Characters of a commit status, as GitHub allows."""


class Slack(Channel):
    """A channel of Slack, by an incoming webhook."""

    name: ClassVar[str] = "Slack"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, notice: Notice, words: Words) -> None:
        """Tell it; names cannot become mentions or links."""
        del notice
        text = f"*{_escaped(words.subject)}*\n{_escaped(words.body)}"
        post(self.name, self._url, json={"text": text})


class Webhook(Channel):
    """A program that takes JSON, signed as the ETL's signals are."""

    name: ClassVar[str] = "The webhook"

    def __init__(self, url: str, key: str | None, clock: Callable[[], float] = time.time) -> None:
        self._url, self._key, self._clock = url, key, clock

    def send(self, notice: Notice, words: Words) -> None:
        """Tell it; `id` is the same however often it is sent."""
        told = {**notice.to_dict(), "subject": words.subject, "text": words.body}
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        if self._key is not None:
            timestamp = str(int(self._clock()))
            headers |= {
                "X-Smoke-Timestamp": timestamp,
                "X-Smoke-Nonce": notice.key,
                "X-Smoke-Signature": signature_of(self._key, timestamp, notice.key, body),
            }
        post(self.name, self._url, headers=headers, content=body)


class GitHub(Channel):
    """The status of the commit that a session's order names."""

    name: ClassVar[str] = "GitHub"

    def __init__(self, settings: GitHubNotices) -> None:
        self._settings = settings

    def takes(self, notice: Notice, on: Collection[str]) -> bool:
        """Whether a session with a commit ended, in whatever way; else its status would wait for good."""
        del on
        return notice.commit is not None and notice.why is not Why.SUITE

    def send(self, notice: Notice, words: Words) -> None:
        """Set the status."""
        token, report = self._settings.token, notice.facts.get("report", NOTHING)
        status = {
            "state": "success" if notice.passed else "error" if notice.why is Why.EXPIRED else "failure",
            "context": f"{self._settings.context}: {notice.facts.get('test', '')}"[:LONGEST_STATUS],
            "description": words.subject[:LONGEST_STATUS],
            **({} if report == NOTHING else {"target_url": report}),
        }
        post(
            self.name,
            f"{self._settings.api_url}/repos/{self._settings.repository}/statuses/{notice.commit}",
            headers={
                "Accept": "application/vnd.github+json",
                **({"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}),
            },
            json=status,
        )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
