"""Completion offers what somebody may mean, and nothing they may not see."""

from dataclasses import replace

import pytest
from mcp import Client
from mcp.types import PromptReference, ResourceTemplateReference

from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.records import Role
from smoke_pipeline.launcher.server import build_server

pytestmark = [pytest.mark.anyio, pytest.mark.services]

PROMPT = PromptReference(type="ref/prompt", name="start_statement_test")
RESOURCE = ResourceTemplateReference(type="ref/resource", uri="smoke://sessions/{session_id}")


async def completed(client, name, value, reference=RESOURCE):
    return (await client.complete(reference, {"name": name, "value": value})).completion


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("preset", "dev", ["development"]),
        ("test_type", "sta", ["statement"]),
        ("db_type", "", ["oracle", "mysql", "postgres"]),
        ("db_type", "s", ["mysql", "postgres"]),
        ("topic", "quick", ["quick-start"]),
        ("topic", "trouble", ["troubleshooting"]),
        ("contract_number", "1", []),
    ],
)
async def test_an_argument_is_completed(talk, name, value, found):
    assert (await completed(talk.client, name, value, PROMPT)).values == found


async def test_sessions_and_runs_are_completed(talk, sides):
    session = await talk.do("start_smoke_test", test_type="gl", test_name="ledger")
    sides(session["session_id"])
    job = await talk.finished("continue_session", session_id=session["session_id"])

    assert (await completed(talk.client, "session_id", "GL_")).values == [session["session_id"]]
    assert (await completed(talk.client, "session_id", session["session_id"][5:])).total == 1
    assert (await completed(talk.client, "job_id", job["job_id"][:4])).values == [job["job_id"]]
    assert (await completed(talk.client, "test_name", "led")).values == ["ledger"]


async def test_an_answer_has_at_most_a_hundred_values(connect, around):
    presets = {f"preset_{number:03}": around.settings.presets["development"] for number in range(150)}
    around.settings.presets.update(presets)
    async with connect() as talk:
        found = await completed(talk.client, "preset", "preset_")

    assert (len(found.values), found.total, found.has_more) == (100, 150, True)


async def test_nobody_learns_the_names_of_what_is_not_theirs(desk, connect):
    async with connect() as talk:
        await talk.do("start_smoke_test", test_type="gl", test_name="secret project")
    bob = Identity(client_id="bob", role=Role.USER, permissions=PERMISSIONS[Role.USER], origin="mcp")

    async with Client(build_server(replace(desk, local=bob))) as client:
        found = [(await completed(client, name, "")).values for name in ("session_id", "test_name", "job_id")]

    assert found == [[], [], []]


async def test_a_history_that_is_away_completes_nothing(connect, around):
    async with connect() as talk:
        around.database.close()
        found = await completed(talk.client, "session_id", "")

    assert found.values == []
