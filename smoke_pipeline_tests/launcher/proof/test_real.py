"""The three use cases over a real `smoke up`: webserver, daemon, PostgreSQL, a store and MariaDB."""

import json
from typing import Any

import pytest
from mcp import Client

from smoke_pipeline_tests.cli.served import serving
from smoke_pipeline_tests.launcher.proof.recording import RecordedTalk

pytestmark = [pytest.mark.anyio, pytest.mark.services, pytest.mark.mariadb]

KEY = {"contract_number": "12345", "payment_date": "2026-02-04", "transform_subtype": "CREDORAX"}
OBJECT = "statement.12345.2026-02-04.CREDORAX.CSV"
MOST_TOKENS = 6_000


def plainly(settings: Any) -> dict[str, Any]:
    """What was set, with its secrets, as a file of settings holds it."""
    found = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value
        for name, value in found.items()
    }


@pytest.fixture
def running(bucket, mysql, root, open_folder, tmp_path):
    """A `smoke up` whose preset reads the store, the database and a folder."""
    store = {**plainly(bucket.store), "buckets": {"statements": bucket.name}}
    preset = {"storagegrid": store, "mysql": {"warehouse": plainly(mysql)}}
    settings = tmp_path / "settings.yaml"
    written = {"presets": {"development": preset}, "launcher": {"roots": [str(root)]}}
    settings.write_text(json.dumps(written, default=str))
    with serving(open_folder / "conversations", SMOKE_SETTINGS=str(settings)) as running:
        yield running


async def reported(talk, session_id):
    """Compare, and get the report; its facts."""
    job = await talk.finished("compare_csv_files", session_id=session_id, key_columns=["id"])
    assert job["state"] == "succeeded"
    report = await talk.do("get_report", session_id=session_id)
    assert report["match_score"] == job["match_score"]
    assert talk.tokens < talk.tokens_with_facts < MOST_TOKENS
    return report["verdict"], report["match_score"]


async def a_statement(talk, bucket):
    bucket.put(OBJECT, b"id,amount\n1,10\n2,20\n")
    session_id = (await talk.do("start_smoke_test", test_type="statement"))["session_id"]
    await talk.finished("download_storagegrid_file", session_id=session_id, file_role="source", **KEY)
    bucket.put(OBJECT, b"id,amount\n1,10\n2,21\n")
    await talk.finished("download_storagegrid_file", session_id=session_id, file_role="target")
    return await reported(talk, session_id)


async def a_table(talk, fill_mysql):
    fill_mysql(
        "CREATE TABLE orders (id INT PRIMARY KEY, amount INT)", "INSERT INTO orders VALUES (1, 10), (2, 20)"
    )
    named = {"db_type": "mysql", "table_name": "orders"}
    session_id = (await talk.do("start_smoke_test", test_type="database_table"))["session_id"]
    await talk.finished("export_database_table", session_id=session_id, file_role="source", **named)
    fill_mysql("UPDATE orders SET amount = 21 WHERE id = 2")
    await talk.finished("export_database_table", session_id=session_id, file_role="target", **named)
    return await reported(talk, session_id)


async def two_files(talk, root):
    (root / "before.csv").write_text("id,amount\n1,10\n2,20\n")
    (root / "after.csv").write_text("id,amount\n1,10\n2,20\n")
    files = [str(root / name) for name in ("before.csv", "after.csv")]
    job = await talk.finished("handle_uploaded_files", paths=files)
    session = await talk.do("get_session", session_id=job["session_id"])
    if session["step"] != "awaiting_comparison":  # the target waited for a source that took its time
        await talk.finished("handle_uploaded_files", paths=files[1:], session_id=job["session_id"])
    return await reported(talk, job["session_id"])


async def test_every_use_case_over_the_real_thing(running, bucket, fill_mysql, root):
    found = []
    for era, use_case, place in (
        ("auto", a_statement, bucket),
        ("legacy", a_table, fill_mysql),
        ("auto", two_files, root),
    ):
        async with Client(running.launcher, mode=era) as client:
            found.append(await use_case(RecordedTalk(client), place))

    assert found == [("failed", "50.00"), ("failed", "50.00"), ("passed", "100.00")]
