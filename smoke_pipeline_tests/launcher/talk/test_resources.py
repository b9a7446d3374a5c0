"""Resources tell what there is, to who may see it, and no more than a client can take."""

import base64
import io
import json
import zipfile
from dataclasses import replace

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from smoke_pipeline.history.access.audit import AuditFilter, AuditLog
from smoke_pipeline.history.access.roles import PERMISSIONS, Identity
from smoke_pipeline.history.records import Role
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.launcher.talk import resources
from smoke_pipeline.launcher.talk.documents import topics

pytestmark = [pytest.mark.anyio, pytest.mark.services]


def as_(desk, role, client):
    who = Identity(client_id=client, role=role, permissions=PERMISSIONS[role], origin="mcp")
    return replace(desk, local=who)


async def text_of(client, uri):
    (found,) = (await client.read_resource(uri)).contents
    return found.text


async def refused(client, uri):
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    return caught.value.error


async def test_what_can_be_read_is_listed(talk):
    fixed = {one.uri for one in (await talk.client.list_resources()).resources}
    made = {one.uri_template for one in (await talk.client.list_resource_templates()).resource_templates}

    assert fixed == {"smoke://sessions", "smoke://presets", "smoke://docs"}
    assert made == {
        "smoke://sessions/{session_id}",
        "smoke://sessions/{session_id}/summary.md",
        "smoke://sessions/{session_id}/report.zip",
        "smoke://jobs/{job_id}",
        "smoke://docs/{topic}",
    }


async def test_a_session_and_its_run_are_told_as_the_tools_tell_them(talk, compare):
    session_id = await compare(talk)
    job_id = (await talk.do("get_session", session_id=session_id))["last_job_id"]

    session = json.loads(await text_of(talk.client, f"smoke://sessions/{session_id}"))
    listed = json.loads(await text_of(talk.client, "smoke://sessions"))

    assert session == await talk.do("get_session", session_id=session_id)
    assert [one["session_id"] for one in listed] == [session_id]
    if job_id:
        job = json.loads(await text_of(talk.client, f"smoke://jobs/{job_id}"))
        assert job == await talk.do("get_progress", job_id=job_id)


async def test_a_run_is_told(talk, sides):
    session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
    sides(session_id)
    job = await talk.finished("continue_session", session_id=session_id)

    found = json.loads(await text_of(talk.client, f"smoke://jobs/{job['job_id']}"))

    assert found == job


async def test_the_summary_has_numbers_and_names_and_no_values(talk, compare):
    session_id = await compare(talk)

    summary = await text_of(talk.client, f"smoke://sessions/{session_id}/summary.md")

    assert "| mismatched | 1 |" in summary
    assert "| <code>amount&#124;x</code> | 1 |" in summary
    assert "21" not in summary.replace(session_id, "")


async def test_the_report_is_sent_and_that_is_written_down(talk, compare, around):
    session_id = await compare(talk)

    (found,) = (await talk.client.read_resource(f"smoke://sessions/{session_id}/report.zip")).contents

    bundle = zipfile.ZipFile(io.BytesIO(base64.b64decode(found.blob)))
    assert "report.html" in bundle.namelist()
    entries = AuditLog(around.database).page(AuditFilter(action="read_report")).entries
    assert [(one.session_id, one.success) for one in entries] == [(session_id, True)]


async def test_a_report_that_is_too_large_is_not_sent(talk, compare, around):
    session_id = await compare(talk)
    (path,) = around.data_folder.rglob("comparison_*.zip")
    with path.open("r+b") as file:
        file.truncate(resources.LARGEST_BLOB + 1)

    error = await refused(talk.client, f"smoke://sessions/{session_id}/report.zip")

    assert "get_report tells where" in error.message


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("smoke://sessions/stmt_1", "no session"),
        ("smoke://sessions/stmt_1/summary.md", "no session"),
        ("smoke://sessions/stmt_1/report.zip", "no session"),
        ("smoke://jobs/none", "no job"),
        ("smoke://docs/nothing", "smoke://docs tells every topic"),
        ("smoke://docs/..%2F..%2Fpyproject.toml", ""),
        ("smoke://docs/%2Fetc%2Fpasswd", ""),
    ],
)
async def test_what_there_is_not_is_said_so(talk, uri, words):
    error = await refused(talk.client, uri)

    assert error.code == -32602
    assert words in error.message


async def test_presets_are_told_without_how_they_are_reached(talk):
    found = json.loads(await text_of(talk.client, "smoke://presets"))

    assert found["default_preset"] == "development"
    assert found == await talk.do("list_presets")


@pytest.mark.parametrize("topic", ["quick-start", "troubleshooting", "sessions", "rules", "tools-get_report"])
async def test_a_topic_is_a_page_of_the_documentation(talk, topic):
    listed = await text_of(talk.client, "smoke://docs")

    found = await text_of(talk.client, f"smoke://docs/{topic}")

    assert f"smoke://docs/{topic}:" in listed
    assert found == topics()[topic].read_text()


async def test_nobody_reads_what_is_not_theirs(desk, compare, connect):
    async with connect() as talk:
        session_id = await compare(talk)
        job = await talk.do("continue_session", session_id=session_id)
    uris = [f"smoke://sessions/{session_id}{part}" for part in ("", "/summary.md", "/report.zip")]

    async with Client(build_server(as_(desk, Role.USER, "bob"))) as bob:
        errors = [await refused(bob, uri) for uri in (*uris, f"smoke://jobs/{job['job_id']}")]
        listed = json.loads(await text_of(bob, "smoke://sessions"))

    assert all("may not see" in error.message for error in errors)
    assert listed == []


async def test_who_reads_reports_alone_sees_no_presets(desk):
    async with Client(build_server(as_(desk, Role.BILLING, "carol"))) as carol:
        error = await refused(carol, "smoke://presets")

    assert "see the presets" in error.message
