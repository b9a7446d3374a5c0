"""The tool that tells the makers: nothing is published unseen, twice, too often, or with a secret in it."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from mcp import Client

from smoke_pipeline.errors import RateLimitError
from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.launcher.feedback.limits import FeedbackLimits, Sender
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.settings.sections.feedback import FeedbackSettings
from smoke_pipeline_tests.launcher.conftest import Talk
from smoke_pipeline_tests.launcher.feedback.github_server import TOKEN

pytestmark = [pytest.mark.anyio, pytest.mark.services]

TITLE = "Rows are counted twice with renames"
BODY = (
    "Steps:\n1. start_smoke_test\n2. compare_csv_files\nExpected 10 rows, but got 20, and no error was told."
)
REPORT = {"title": TITLE, "body": BODY}


@asynccontextmanager
async def launcher(desk, **changes):
    """A launcher that was started again, at another time."""
    around = replace(desk.around, **changes)
    async with Client(build_server(replace(desk, around=around))) as client:
        yield Talk(client)


async def test_feedback_is_looked_for_shown_and_published(talk, github):
    none = await talk.do("mcp_feedback", action="search", **REPORT)
    shown = await talk.do("mcp_feedback", action="preview", **REPORT)
    unsent = await talk.do("mcp_feedback", action="submit", **REPORT)
    assert github.issues == []
    sent = await talk.do("mcp_feedback", action="submit", confirm=True, **REPORT)
    found = await talk.do("mcp_feedback", action="search", **REPORT)

    assert (none["state"], none["issues"]) == ("found", [])
    assert (shown["state"], unsent["state"], shown["quality"]) == ("preview", "preview", 100)
    assert "confirm=true" in unsent["next_steps"][-1]
    assert (sent["state"], sent["url"]) == ("sent", github.issues[0]["html_url"])
    assert github.issues[0]["title"] == TITLE
    assert github.issues[0]["body"] == shown["body"]
    assert "smoke_pipeline 0." in shown["body"]
    assert found["issues"][0]["number"] == 1
    assert "issue_number" in found["next_steps"][0]


async def test_more_is_said_of_an_issue_that_is_there(talk, github):
    sent = await talk.do("mcp_feedback", action="submit", confirm=True, issue_number=3, **REPORT)

    assert sent["url"].endswith("/issues/3#c1")
    assert github.issues == []
    assert github.comments[0][1].startswith(f"**{TITLE}**")


@pytest.mark.parametrize(
    ("kind", "label"), [("bug", "bug"), ("idea", "enhancement"), ("question", "question")]
)
async def test_the_kind_becomes_a_label(connect, github, kind, label):
    body = f"{BODY} I tried it because I need it; should it?"
    async with connect() as talk:
        await talk.do("mcp_feedback", action="submit", confirm=True, title=TITLE, body=body, kind=kind)

    assert github.issues[0]["labels"] == [label]


async def test_secrets_are_gone_before_anybody_sees_the_text(talk, github):
    body = f'{BODY}\npassword: hunter2hunter\nrow {{"source": "Smith", "target": "Smyth"}}'

    shown = await talk.do("mcp_feedback", action="preview", title=TITLE, body=body)
    await talk.do("mcp_feedback", action="submit", confirm=True, title=TITLE, body=body)

    assert shown["body"].count("[redacted]") == 3
    assert github.issues[0]["body"] == shown["body"]
    assert not any(one in shown["body"] for one in ("hunter2", "Smith", "Smyth"))


async def test_what_nobody_could_use_is_not_published(talk, github):
    words, _ = await talk.refused("mcp_feedback", action="submit", confirm=True, title="broken", body="help")

    assert "nobody could do much with it" in words
    assert "Say what was expected." in words
    assert github.issues == []


async def test_the_same_is_not_published_twice(desk, github, around):
    now = around.now()
    async with launcher(desk, now=lambda: now) as talk:
        await talk.do("mcp_feedback", action="submit", confirm=True, **REPORT)
    again = {"title": TITLE.upper(), "body": BODY.replace(" ", "  ")}
    async with launcher(desk, now=lambda: now + timedelta(minutes=29)) as talk:
        words, _ = await talk.refused("mcp_feedback", action="submit", confirm=True, **again)
    async with launcher(desk, now=lambda: now + timedelta(minutes=31)) as talk:
        await talk.do("mcp_feedback", action="submit", confirm=True, **again)

    assert "less than 30 minutes ago" in words
    assert len(github.issues) == 2


async def test_a_conversation_sends_three_an_hour_and_a_restart_does_not_help(desk, github, around):
    now = around.now()
    for number in range(3):
        async with launcher(desk, now=lambda: now) as talk:
            await talk.do("mcp_feedback", action="submit", confirm=True, title=f"{TITLE} {number}", body=BODY)
    async with launcher(desk, now=lambda: now + timedelta(minutes=50)) as talk:
        words, payload = await talk.refused(
            "mcp_feedback", action="submit", confirm=True, title=f"{TITLE} 4", body=BODY
        )

    assert "3 an hour of one conversation" in words
    assert payload["retry_after_s"] == 600
    assert len(github.issues) == 3


@pytest.mark.parametrize(
    ("sessions", "apart", "allowed", "words"),
    [
        (1, timedelta(minutes=21), 10, "10 a day of one conversation"),
        (100, timedelta(minutes=1), 20, "20 an hour of one client"),
        (100, timedelta(minutes=4), 50, "50 a day of one client"),
    ],
)
async def test_each_limit_bites(around, sessions, apart, allowed, words):
    time = [around.now()]
    limits = FeedbackLimits(MetadataCache(around.database, lambda: time[0]), lambda: time[0])

    for number in range(allowed):
        await limits.take(Sender(client_id="alice", session=f"{number % sessions}"), f"{number}", "body")
        time[0] += apart

    with pytest.raises(RateLimitError, match=words):
        await limits.take(Sender(client_id="alice", session=f"{allowed % sessions}"), "one more", "body")


async def test_what_github_refused_does_not_count(connect, github):
    async with connect() as talk:
        github.refusal = (500, {}, {})
        for _ in range(5):
            _, payload = await talk.refused("mcp_feedback", action="submit", confirm=True, **REPORT)
        github.refusal = None
        sent = await talk.do("mcp_feedback", action="submit", confirm=True, **REPORT)

    assert (payload["error_type"], payload["retryable"]) == ("UnavailableError", True)
    assert sent["state"] == "sent"


async def test_what_may_have_been_published_is_not_published_again_unseen(connect, github):
    async with connect() as talk:
        github.hangs_up = True
        first, _ = await talk.refused("mcp_feedback", action="submit", confirm=True, **REPORT)
        github.hangs_up = False
        second, _ = await talk.refused("mcp_feedback", action="submit", confirm=True, **REPORT)

    assert "may have been filed all the same" in first
    assert "less than 30 minutes ago" in second
    assert github.issues == []


async def test_without_settings_the_text_is_given_to_file_it_by_hand(desk):
    off = desk.around.settings.model_copy(update={"feedback": FeedbackSettings()})
    async with launcher(desk, settings=off) as talk:
        answer = await talk.ask("mcp_feedback", action="submit", confirm=True, **REPORT)

    assert answer.structured_content["state"] == "off"
    assert "feedback.repository" in answer.content[0].text
    assert TITLE in answer.content[0].text
    assert BODY in answer.content[0].text


async def test_feedback_is_written_down_without_its_words(connect, around, github):
    async with connect() as talk:
        await talk.do("mcp_feedback", action="preview", **REPORT)
        github.refusal = (401, {}, {"message": "Bad credentials"})
        words, payload = await talk.refused("mcp_feedback", action="submit", confirm=True, **REPORT)

    entries = AuditLog(around.database).page().entries
    assert [(one.tool_name, one.success) for one in reversed(entries)] == [
        ("mcp_feedback", True),
        ("mcp_feedback", False),
    ]
    assert TOKEN not in f"{words}{payload}{entries}"
