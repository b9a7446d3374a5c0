"""The schemas as they were reviewed, and a page for each tool that says what the tool says."""

import json
from pathlib import Path

import pytest

from smoke_pipeline import errors
from smoke_pipeline_tests.launcher.proof.pages import ERRORS, page
from smoke_pipeline_tests.launcher.proof.recording import RecordedTalk

pytestmark = [pytest.mark.anyio, pytest.mark.services, pytest.mark.mariadb]

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "tools"
KEY = {"contract_number": "12345", "payment_date": "2026-02-04", "transform_subtype": "CREDORAX"}


@pytest.fixture
def places(bucket, mysql):
    store = bucket.store.model_copy(update={"buckets": {"statements": bucket.name}})
    return {"storagegrid": store, "mysql": {"warehouse": mysql}}


async def test_the_schemas_are_those_that_were_reviewed(connect, golden):
    async with connect() as talk:
        tools = (await talk.client.list_tools()).tools

    sent = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    golden("tools.json", (json.dumps(sent, indent=2, ensure_ascii=False) + "\n").encode())


@pytest.fixture
async def examples(connect, bucket, fill_mysql, root, dagster):
    """A call of every tool, and the tools."""
    bucket.put("statement.12345.2026-02-04.CREDORAX.CSV", b"id,amount\n1,10\n2,20\n")
    fill_mysql("CREATE TABLE orders (id INT PRIMARY KEY, amount INT)", "INSERT INTO orders VALUES (1, 10)")
    (root / "before.csv").write_text("id,amount\n1,10\n2,20\n")
    (root / "after.csv").write_text("id,amount\n1,10\n2,21\n")
    async with connect() as talk:
        recorded = RecordedTalk(talk.client)
        await _every_tool(recorded, root, dagster)
        tools = {tool.name: tool for tool in (await talk.client.list_tools()).tools}
    return tools, {call.tool: call for call in recorded.calls}


async def _every_tool(talk, root, dagster):
    """Call every tool; of several calls of one the last is its example."""
    await talk.do("list_presets")
    statement = (await talk.do("start_smoke_test", test_type="statement"))["session_id"]
    await talk.finished("download_storagegrid_file", session_id=statement, file_role="source", **KEY)
    await talk.do("get_session", session_id=statement)
    table = (await talk.do("start_smoke_test", test_type="database_table"))["session_id"]
    await talk.finished(
        "export_database_table", session_id=table, file_role="source", db_type="mysql", table_name="orders"
    )
    await talk.finished("continue_session", session_id=table)
    await talk.do("list_sessions", query="database")
    files = [str(root / name) for name in ("before.csv", "after.csv")]
    upload = await talk.finished("handle_uploaded_files", paths=files)
    await talk.finished("compare_csv_files", session_id=upload["session_id"], key_columns=["id"])
    await talk.do("get_mismatches", session_id=upload["session_id"])
    await talk.do("get_report", session_id=upload["session_id"])
    await talk.refused("create_upload", filename="orders.csv", size_bytes=1834)
    dagster.daemon_is_awake = False
    job = await talk.do("compare_csv_files", session_id=upload["session_id"], key_columns=["id"])
    await talk.do("cancel_job", job_id=job["job_id"], confirm=True)
    await talk.do("mcp_feedback", action="preview", title="Rows are counted twice", body="Expected 2, got 4.")


async def test_every_tool_has_a_page_that_says_what_it_says(examples, request):
    tools, calls = examples
    pages = {f"{name}.md": page(tool, calls[name]) for name, tool in tools.items()}
    if request.config.getoption("--regen"):
        FOLDER.mkdir(exist_ok=True)
        for name, text in pages.items():
            (FOLDER / name).write_text(text, encoding="utf-8")

    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == pages


def test_every_error_that_a_page_names_is_one():
    named = {name for found in ERRORS.values() for name in found}

    assert [name for name in named if not hasattr(errors, name)] == []


def test_the_recorded_conversation_is_in_the_docs():
    recorded = (ROOT / "smoke_pipeline_tests/data/golden/conversation.txt").read_text(encoding="utf-8")

    assert f"```text\n{recorded}```" in (ROOT / "docs/mcp.md").read_text(encoding="utf-8")
