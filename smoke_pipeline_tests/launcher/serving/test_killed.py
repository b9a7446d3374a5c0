"""A launcher that is killed after every step of a conversation, over a real Dagster; it goes on."""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import httpx2
import pytest
from mcp import Client

from smoke_pipeline_tests.cli.served import environment, free_port, until
from smoke_pipeline_tests.launcher.conftest import Talk

pytestmark = [pytest.mark.anyio, pytest.mark.services]

BEFORE = b"id,x\n1,10\n2,20\n"
AFTER = b"id,x\n1,10\n2,21\n3,30\n"


class Mortal:
    """A launcher process that can be killed and comes back at the same address."""

    def __init__(self, variables, port):
        self.variables = variables
        self.url = f"http://127.0.0.1:{port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smoke_pipeline.launcher", "--http"], env=self.variables
        )
        until(self.is_up, why=lambda: str(self.process.poll()))

    def is_up(self):
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1):
                return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    async def call(self, tool, **arguments):
        """Call a tool in a connection of its own, then kill the launcher and start it again."""
        async with Client(f"{self.url}/mcp") as client:
            answer = await Talk(client).do(tool, **arguments)
        self.kill()
        self.start()
        return answer

    async def finished(self, job):
        while job["poll_after_seconds"] is not None:
            job = await self.call("get_progress", job_id=job["job_id"], wait_seconds=20)
        assert job["state"] == "succeeded", job
        return job


@contextmanager
def mortal(served):
    port = free_port()
    variables = {
        **environment(served.data),
        "SMOKE_LAUNCHER__PORT": str(port),
        "SMOKE_LAUNCHER__DAGSTER_URL": served.url,
    }
    launcher = Mortal(variables, port)
    launcher.start()
    try:
        yield launcher
    finally:
        launcher.kill()


async def test_a_launcher_that_is_killed_after_every_step_ends_no_conversation(smoke_up):
    with mortal(smoke_up) as launcher:
        first = await launcher.call("create_upload", filename="before.csv", size_bytes=len(BEFORE))
        second = await launcher.call("create_upload", filename="after.csv", size_bytes=len(AFTER))
        async with httpx2.AsyncClient(timeout=30) as http:
            begun = await http.put(
                first["put_url"], content=BEFORE[:6], headers={"Content-Range": f"bytes 0-5/{len(BEFORE)}"}
            )
            launcher.kill()
            launcher.start()
            offset = int((await http.head(first["put_url"])).headers["upload-offset"])
            rest = {"Content-Range": f"bytes {offset}-{len(BEFORE) - 1}/{len(BEFORE)}"}
            ended = await http.put(first["put_url"], content=BEFORE[offset:], headers=rest)
            whole = await http.put(second["put_url"], content=AFTER)
        launcher.kill()
        launcher.start()
        ids = [first["upload_id"], second["upload_id"]]
        handed = await launcher.call("handle_uploaded_files", upload_ids=ids, idempotency_key="files")
        await launcher.finished(handed)
        # Whoever is not sure that a request came through makes it again.
        again = await launcher.call("handle_uploaded_files", upload_ids=ids, idempotency_key="files")
        await launcher.finished(again)
        session_id = handed["session_id"]
        asked = {"session_id": session_id, "idempotency_key": "compare"}
        job = await launcher.call("compare_csv_files", **asked)
        same = await launcher.call("compare_csv_files", **asked)
        compared = await launcher.finished(same)
        rows = await launcher.call("get_mismatches", session_id=session_id)
        report = await launcher.call("get_report", session_id=session_id)
        async with httpx2.AsyncClient(timeout=30) as http:
            bundle = await http.get(report["download_url"])

    assert (begun.status_code, offset, ended.status_code, whole.status_code) == (202, 6, 201, 201)
    assert again["session_id"] == session_id
    assert job["job_id"] == same["job_id"]
    assert (compared["verdict"], rows["total_rows"]) == ("failed", 2)
    assert bundle.content.startswith(b"PK")


async def test_smoke_up_serves_the_tools_beside_dagster(smoke_up):
    url = smoke_up.launcher.removesuffix("/mcp")

    async with Client(smoke_up.launcher) as client:
        presets = await Talk(client).do("list_presets")
    async with httpx2.AsyncClient(timeout=30) as http:
        deep = await http.get(f"{url}/health/deep")

    assert presets["default_preset"] == "development"
    assert deep.json()["parts"] == dict.fromkeys(
        ("history", "data_folder", "webserver", "code_location", "daemon"), "ok"
    )
