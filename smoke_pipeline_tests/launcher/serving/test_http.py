"""The tools over HTTP: a real server, real keys and the real client, in both eras of the protocol."""

import pytest

from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.records import Role
from smoke_pipeline_tests.launcher.conftest import ERAS
from smoke_pipeline_tests.launcher.site import serving_http

pytestmark = [pytest.mark.anyio, pytest.mark.services]


@pytest.fixture
async def site(desk, dagster):
    async with serving_http(desk, dagster) as site:
        yield site


@pytest.mark.parametrize("era", ERAS)
async def test_two_files_from_upload_to_report_without_any_local_path(site, era):
    key = site.key()
    ids = []
    async with site.talk(key, era) as talk:
        for name, text in (("after.csv", "id,x\n1,10\n2,21\n3,30\n"), ("before.csv", "id,x\n1,10\n2,20\n")):
            link = await talk.do("create_upload", filename=name, size_bytes=len(text))
            put = await site.http.put(link["put_url"], content=text.encode())
            assert put.status_code == 201, put.text
            ids.append(link["upload_id"])
        handed = await talk.do("handle_uploaded_files", upload_ids=ids)
        job = handed
        while job["poll_after_seconds"] is not None:
            job = await talk.do("get_progress", job_id=job["job_id"], wait_seconds=20)
        compared = await talk.finished("compare_csv_files", session_id=handed["session_id"])
        report = await talk.do("get_report", session_id=handed["session_id"])

    assert (handed["source"], handed["target"], handed["role_rule"]) == ("before.csv", "after.csv", "name")
    assert handed["ready_for_comparison"] is True
    assert "It has 1 more rows than the source." in job["summary_text"]
    assert compared["verdict"] == "failed"
    assert report["path"] is None
    bundle = await site.http.get(report["download_url"])
    assert bundle.status_code == 200
    assert bundle.content.startswith(b"PK")


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("role", Role)
async def test_a_role_sees_the_tools_that_it_may_call_and_no_others(site, role, era):
    async with site.talk(site.key(role), era) as talk:
        listed = {tool.name for tool in (await talk.client.list_tools()).tools}
        called = {}
        for name in listed | {"start_smoke_test", "get_report", "create_upload"}:
            answer = await talk.client.call_tool(name, MINIMAL.get(name, {"session_id": "nobody_1"}))
            error = (answer.meta or {}).get("smoke-pipeline/error", {})
            called[name] = error.get("error_type") != "PermissionDeniedError"

    assert {name for name, may in called.items() if may} == listed


MINIMAL = {
    "start_smoke_test": {"test_type": "upload"},
    "create_upload": {"filename": "a.csv", "size_bytes": 1},
    "handle_uploaded_files": {"upload_ids": ["up_0"]},
    "list_sessions": {},
    "list_presets": {},
    "get_progress": {"job_id": "job_1"},
    "cancel_job": {"job_id": "job_1"},
    "download_storagegrid_file": {"session_id": "nobody_1", "file_role": "source"},
    "export_database_table": {
        "session_id": "nobody_1",
        "file_role": "source",
        "db_type": "mysql",
        "table_name": "t",
    },
}


@pytest.mark.parametrize("era", ERAS)
async def test_who_asks_is_whoever_the_key_says_and_no_header_says_otherwise(site, era):
    headers = {"X-Session-Id": "bob", "X-Client-Id": "bob"}
    async with site.talk(site.key(client="alice"), era, **headers) as talk:
        session = await talk.do("start_smoke_test", test_type="upload")

    entry = AuditLog(site.around.database).page().entries[0]
    assert site.around.history.session(session["session_id"]).client_id == "alice"
    assert (entry.client_id, entry.client_role, entry.origin) == ("alice", Role.USER, "mcp")
    assert entry.key_id is not None


async def test_on_this_machine_nobody_is_asked_for_a_key_until_somebody_has_one(site):
    async with site.talk() as talk:
        session = await talk.do("start_smoke_test", test_type="upload")
    before = site.around.history.session(session["session_id"]).client_id
    site.key()

    answer = await site.post()

    assert before == "local"
    assert answer.status_code == 401
