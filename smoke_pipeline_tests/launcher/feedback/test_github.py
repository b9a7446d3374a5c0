"""What GitHub says is told in our words, and each refusal in its own class."""

import json

import httpx2
import pytest

from smoke_pipeline.errors import (
    AccessDeniedError,
    InvalidOptionError,
    RateLimitError,
    SettingsError,
    UnavailableError,
)
from smoke_pipeline.launcher.feedback.github import GitHub
from smoke_pipeline_tests.launcher.feedback.github_server import REPOSITORY, TOKEN

pytestmark = pytest.mark.anyio


@pytest.fixture
async def asked(feedback):
    async with httpx2.AsyncClient() as client:
        yield GitHub(feedback, client, clock=lambda: 1_000.0)


async def test_an_issue_is_filed_and_found_again(asked, github):
    filed = await asked.create_issue("Counts are wrong", "Steps.", ["bug"])

    found = await asked.search("counts: wrong?")

    assert found == [filed]
    assert (filed.number, filed.state) == (1, "open")
    assert github.issues[0]["labels"] == ["bug"]
    assert github.queries == [f"repo:{REPOSITORY} is:issue counts wrong"]


async def test_more_can_be_said_of_an_issue(asked, github):
    url = await asked.update_issue(7, "The same here.")

    assert url.endswith("/issues/7#c1")
    assert github.comments == [(7, "The same here.")]


async def test_words_of_a_search_cannot_ask_another_repository(asked, github):
    await asked.search("repo:other/secret is:pr " + "long " * 100)

    assert github.queries[0].startswith(f"repo:{REPOSITORY} is:issue repo other secret is pr long")
    assert len(github.queries[0]) <= 256


@pytest.mark.parametrize(
    ("refusal", "error", "words"),
    [
        ((401, {}, {"message": "Bad credentials"}), AccessDeniedError, "does not accept the token"),
        ((403, {}, {"message": "Resource not accessible"}), AccessDeniedError, "does not accept the token"),
        ((404, {}, {"message": "Not Found"}), SettingsError, "knows no issues of somebody/smoke"),
        ((410, {}, {"message": "Issues are disabled"}), SettingsError, "knows no issues"),
        ((422, {}, {"message": "Validation Failed"}), InvalidOptionError, "HTTP 422): Validation Failed"),
        ((429, {"Retry-After": "30"}, {}), RateLimitError, "takes no more for now"),
        ((403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1030"}, {}), RateLimitError, "no more"),
        ((403, {"Retry-After": "30"}, {"message": "secondary rate limit"}), RateLimitError, "no more"),
        ((500, {}, {}), UnavailableError, "not well (HTTP 500)"),
        ((503, {}, {}), UnavailableError, "not well (HTTP 503)"),
    ],
)
async def test_a_refusal_says_what_to_do(asked, github, refusal, error, words):
    github.refusal = refusal

    with pytest.raises(error) as caught:
        await asked.create_issue("Title", "Body", [])

    assert words in caught.value.message
    assert caught.value.suggestions
    assert TOKEN not in json.dumps(caught.value.to_dict())
    if error is RateLimitError:
        assert caught.value.retry_after_s == 30


async def test_a_server_that_is_not_there_certainly_took_nothing(feedback):
    nowhere = feedback.model_copy(update={"url": "http://127.0.0.1:9"})
    async with httpx2.AsyncClient() as client:
        with pytest.raises(UnavailableError) as caught:
            await GitHub(nowhere, client).create_issue("Title", "Body", [])

    assert "may_be_sent" not in caught.value.context


async def test_a_server_that_says_nothing_may_have_taken_it(asked, github):
    github.hangs_up = True

    with pytest.raises(UnavailableError) as posted:
        await asked.create_issue("Title", "Body", [])
    with pytest.raises(UnavailableError) as searched:
        await asked.search("Title")

    assert posted.value.context == {"may_be_sent": True}
    assert "action=search" in posted.value.suggestions[0]
    assert searched.value.context == {}


def test_the_token_shows_nowhere(feedback):
    assert TOKEN not in repr(feedback)
    assert TOKEN not in feedback.model_dump_json()
