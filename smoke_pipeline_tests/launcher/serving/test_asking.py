"""A user is asked in the middle of a call over HTTP, in both eras, as far as their client can."""

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult

from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Preset
from smoke_pipeline_tests.launcher.conftest import ERAS, Talk
from smoke_pipeline_tests.launcher.site import serving_http

pytestmark = [pytest.mark.anyio, pytest.mark.services]

SAID = {"contract_number": "12345", "payment_date": "2026-02-04", "transform_subtype": "CREDORAX"}


@pytest.fixture
def settings(bucket):
    store = bucket.store.model_copy(update={"buckets": {"statements": bucket.name}})
    preset = Preset.model_validate({"storagegrid": store.model_dump()})
    return load_settings(environ={}).model_copy(update={"presets": {"development": preset}})


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_missing_is_asked_over_http(desk, dagster, bucket, era):
    bucket.put("statement.12345.2026-02-04.CREDORAX.CSV", b"id\n1\n")
    asked = []

    async def answer(_context, params):
        asked.append(params.message)
        return ElicitResult(action="accept", content=SAID)

    async with serving_http(desk, dagster) as site:
        key = site.key()
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
            transport = streamable_http_client(f"{site.url}/mcp", http_client=http)
            async with Client(transport, mode=era, elicitation_callback=answer) as client:
                talk = Talk(client)
                session_id = (await talk.do("start_smoke_test", test_type="statement"))["session_id"]
                job = await talk.finished(
                    "download_storagegrid_file", session_id=session_id, file_role="source"
                )

    assert asked == ["Which statement is the source?"]
    assert "1 rows" in job["summary_text"]
