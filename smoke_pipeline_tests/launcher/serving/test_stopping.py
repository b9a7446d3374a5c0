"""What becomes of what is under way when the launcher is stopped, and what is written down of secrets."""

import asyncio
import logging

import pytest

from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.serving.logs import without_keys_and_links
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline_tests.launcher.conftest import ERAS
from smoke_pipeline_tests.launcher.site import serving_http

pytestmark = [pytest.mark.anyio, pytest.mark.services]

PLANTED = "planted-signing-key-0123456789-abcdef"


@pytest.fixture
def waiting(around):
    """A job that waits for a daemon."""
    session = start_session(SessionSpec(source=None), around)
    return Runs(around.database).request(JobRequest(job_name="take_source", session_id=session.session_id))


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_that_is_under_way_is_answered(desk, dagster, waiting, era):
    async with serving_http(desk, dagster) as site, site.talk(era=era) as talk:
        await talk.do("list_presets")
        call = asyncio.create_task(talk.do("get_progress", job_id=waiting.job_id, wait_seconds=2))
        await asyncio.sleep(0.5)

        site.server.should_exit = True

        assert (await call)["state"] == "queued"


async def test_an_upload_that_is_under_way_is_broken_off_and_leaves_nothing(desk, dagster):
    async with serving_http(desk, dagster) as site:
        upload_id = "up_0123456789abcdef"
        url = site.desk.links.upload(upload_id, "local", "a.csv", 1000)
        host, _, port = site.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        lines = (f"PUT {url.removeprefix(site.url)} HTTP/1.1", f"Host: {host}:{port}", "Content-Length: 1000")
        writer.write("\r\n".join((*lines, "", "x" * 10)).encode())
        await writer.drain()
        folder = site.around.uploads
        for _ in range(500):
            if list(folder.glob(".up_*")):
                break
            await asyncio.sleep(0.01)
    writer.close()
    del reader

    assert list(folder.iterdir()) == []


async def test_no_answer_and_no_line_of_the_log_holds_a_secret(desk, dagster, caplog):
    caplog.set_level(logging.DEBUG)
    async with serving_http(desk, dagster, signing_key=PLANTED) as site:
        key = site.key()
        answers = [
            await site.post(key),
            await site.post("smk_planted-and-unknown-key"),
            await site.http.get(f"{site.url}/health/deep"),
            await site.http.get(f"{site.url}/files/report/nonsense"),
            await site.http.get(site.desk.links.report("upload_nobody")),
        ]
        async with site.talk(key) as talk:
            link = await talk.do("create_upload", filename="a.csv", size_bytes=3)
            words, _ = await talk.refused("handle_uploaded_files", upload_ids=[link["upload_id"]])
    told = "\n".join([*(one.text for one in answers), str(link), words, repr(site.desk.links)])
    kept = {PLANTED, key, "smk_planted-and-unknown-key"}

    logged = [r for r in caplog.records if not r.name.startswith(("httpx2", "httpcore2", "asyncio"))]
    lines = "\n".join(without_keys_and_links(one.getMessage()) for one in logged)
    assert not [one for one in kept if one in told or one in lines]


def test_keys_and_links_are_taken_out_of_the_log():
    line = (
        "PUT http://x/files/upload/eyJhYmM.sig-_9 failed for smk_0123456789abcdef (GET /files/report/abc.def)"
    )

    told = without_keys_and_links(line)

    assert told == "PUT http://x/files/upload/*** failed for smk_*** (GET /files/report/***)"
