"""Feedback about this program: look for issues, see what would be published, and publish it."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Literal

import httpx2
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from smoke_pipeline.errors import HistoryUnavailableError, InvalidOptionError, SmokePipelineError
from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.launcher.answers import FeedbackAnswer
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.feedback.github import GitHub, Issue
from smoke_pipeline.launcher.feedback.limits import FeedbackLimits, Sender
from smoke_pipeline.launcher.feedback.quality import ENOUGH, Kind, Quality, quality_of
from smoke_pipeline.launcher.feedback.redaction import redacted
from smoke_pipeline.launcher.tools.registry import STARTS, Tool, answered
from smoke_pipeline.settings.sections.feedback import FeedbackSettings

LABELS = {"bug": "bug", "idea": "enhancement", "question": "question"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What would be published."""

    title: str
    body: str
    kind: Kind
    redacted: int
    quality: Quality


class FeedbackTools:
    """The tool about this program itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        around = desk.around
        self._settings: FeedbackSettings = around.settings.feedback
        now = around.now
        self._limits = FeedbackLimits(MetadataCache(around.database, now), now) if around.database else None

    def tools(self) -> list[Tool]:
        """As they are offered."""
        return [
            Tool(
                function=self.mcp_feedback,
                title="Tell the makers",
                hints=STARTS,
                permissions=(Permission.SEE_OWN_SESSIONS, Permission.READ_ALL_REPORTS),
            )
        ]

    async def mcp_feedback(
        self,
        ctx: Context,
        action: Annotated[Literal["search", "preview", "submit"], Field(description="In this order.")],
        title: Annotated[str, Field(description="What is wrong or wanted.", max_length=200)],
        body: Annotated[
            str, Field(description="Steps, expected, actual. No secrets, no rows.", max_length=20_000)
        ] = "",
        kind: Kind = "bug",
        issue_number: Annotated[
            int | None, Field(ge=1, description="An issue that was found: say it there.")
        ] = None,
        confirm: Annotated[bool, Field(description="True once the user agreed.")] = False,
    ) -> Annotated[CallToolResult, FeedbackAnswer]:
        """Report a problem of this program, or a wish, as a public issue. Submit needs confirm=true."""
        draft = drafted(title, body, kind)
        if not self._settings.is_on:
            return _off(draft)
        async with httpx2.AsyncClient() as client:
            github = GitHub(self._settings, client)
            if action == "search":
                return _found(await github.search(draft.title))
            if action == "preview" or not confirm:
                return _preview(draft)
            return _sent(draft, await self._submit(github, draft, issue_number, _sender(self._desk, ctx)))

    async def _submit(self, github: GitHub, draft: Draft, number: int | None, sender: Sender) -> str:
        """Publish it; the address."""
        if draft.quality.score < ENOUGH:
            raise InvalidOptionError(
                f"This scores {draft.quality.score} of 100, and nobody could do much with it.",
                draft.quality.improvements,
                {"quality": draft.quality.score},
            )
        if self._limits is None:
            raise HistoryUnavailableError("What was sent cannot be written down.", ("File it by hand.",))
        await self._limits.take(sender, draft.title, draft.body)
        try:
            if number is not None:
                return await github.update_issue(number, f"**{draft.title}**\n\n{draft.body}")
            return (await github.create_issue(draft.title, draft.body, [LABELS[draft.kind]])).url
        except SmokePipelineError as error:
            if not error.context.get("may_be_sent"):
                await self._limits.give_back(sender, draft.title, draft.body)
            raise


def drafted(title: str, body: str, kind: Kind) -> Draft:
    """The words as they may be published, with what the makers have to know of this program."""
    plain_title, plain_body = redacted(" ".join(title.split())), redacted(body.strip())
    about = f"smoke_pipeline {version('smoke-pipeline')}, Python {platform.python_version()}"
    return Draft(
        title=plain_title.text,
        body=f"{plain_body.text}\n\n---\n{about}".lstrip(),
        kind=kind,
        redacted=plain_title.places + plain_body.places,
        quality=quality_of(plain_title.text, plain_body.text, kind),
    )


def _sender(desk: Desk, ctx: Context) -> Sender:
    """Who sends; where the transport knows no conversations, a client has one."""
    client_id = desk.here().identity.client_id
    session = (ctx.headers or {}).get("mcp-session-id")
    return Sender(client_id=client_id, session=f"{client_id}:{session or 'its only one'}")


def _off(draft: Draft) -> CallToolResult:
    """The answer where nobody has said where feedback goes."""
    answer = _told(
        "off", draft, ["Show the user the text, so that they can send it to whoever runs this launcher."]
    )
    words = "Sending feedback is not set up here (settings feedback.repository and feedback.token)."
    return answered(answer, f"{words}\nThe text, to file by hand:\n{draft.title}\n\n{draft.body}")


def _found(issues: Sequence[Issue]) -> CallToolResult:
    steps = ["action=submit with issue_number, if one of them is the same.", "Else action=preview."]
    answer = FeedbackAnswer(
        state="found",
        issues=[
            {"number": one.number, "title": one.title, "state": one.state, "url": one.url} for one in issues
        ],
        next_steps=steps if issues else ["action=preview."],
    )
    lines = [f"#{one.number} ({one.state}) {one.title} {one.url}" for one in issues]
    return answered(answer, "\n".join(lines) or "Nobody has filed such an issue.")


def _preview(draft: Draft) -> CallToolResult:
    is_enough = draft.quality.score >= ENOUGH
    steps = ["Show it to the user, then action=submit with confirm=true."] if is_enough else []
    answer = _told("preview", draft, [*draft.quality.improvements, *steps])
    taken = f" {draft.redacted} places were taken out." if draft.redacted else ""
    words = f"Nothing was sent. Quality {draft.quality.score} of 100.{taken} It would be published so:"
    return answered(answer, f"{words}\n{draft.title}\n\n{draft.body}")


def _sent(draft: Draft, url: str) -> CallToolResult:
    answer = _told("sent", draft, ["Show the user the link."])
    return answered(answer.model_copy(update={"url": url}), f"Published: {url}")


def _told(state: Literal["preview", "sent", "off"], draft: Draft, steps: list[str]) -> FeedbackAnswer:
    return FeedbackAnswer(
        state=state,
        title=draft.title,
        body=draft.body,
        quality=draft.quality.score,
        next_steps=steps,
    )
