"""`python -m benchmarks.launcher`: how soon many clients are answered, and what a large upload costs.

A real launcher over HTTP with an embedded PostgreSQL; in Dagster's place stands a server that says at once
that the run goes on. Half of the clients ask for a run that has ended, half for one that goes on; each has a
key of its own.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from smoke_pipeline.history.access.keys import Keys, NewKey
from smoke_pipeline.history.access.roles import LOCAL
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import JobStatus, Role
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.history.server.embedded import start_embedded, stop_embedded
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.surroundings import Surroundings

PORT, DAGSTER_PORT = 18200, 18201
URL = f"http://127.0.0.1:{PORT}"
BLOCK = 1 << 20
ACCEPT = {"Accept": "application/json, text/event-stream"}
GOES_ON = {"data": {"runOrError": {"__typename": "Run", "runId": "r", "status": "STARTED"}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One client: its connection, its headers and the run that it asks for."""

    http: httpx2.AsyncClient
    headers: dict[str, str]
    job_id: str


def main() -> None:
    """Measure, and print what was found."""
    options = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        server = Path(folder) / "postgres"
        url = start_embedded(server)
        try:
            with _launcher(Path(folder) / "data", url) as process, _dagster():
                asyncio.run(_measure(url, process, options))
        finally:
            stop_embedded(server)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How soon a launcher answers many clients.")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--calls", type=int, default=10, help="of each client")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two calls of a client")
    parser.add_argument("--upload-mb", type=int, default=1024)
    return parser.parse_args()


@contextmanager
def _launcher(data: Path, url: str) -> Iterator[psutil.Process]:
    variables = {
        "SMOKE_DATA_DIR": str(data),
        "SMOKE_POSTGRES_URL": url,
        "SMOKE_LAUNCHER__PORT": str(PORT),
        "SMOKE_LAUNCHER__DAGSTER_URL": f"http://127.0.0.1:{DAGSTER_PORT}",
        "SMOKE_UPLOADS__MAX_BYTES": "10GiB",
    }
    command = [sys.executable, "-m", "smoke_pipeline.launcher", "--http"]
    process = subprocess.Popen(command, env={**os.environ, **variables})
    try:
        _wait_for(f"{URL}/healthz")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _dagster() -> Iterator[None]:
    """A webserver that says of every run that it goes on."""
    app = Starlette(routes=[Route("/graphql", lambda _: JSONResponse(GOES_ON), methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=DAGSTER_PORT, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield
    server.should_exit = True
    thread.join(10)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise SystemExit("The launcher does not answer.")


async def _measure(url: str, process: psutil.Process, options: argparse.Namespace) -> None:
    with Database(url) as database:
        jobs = _jobs(database)
        keys = [_key(database, number) for number in range(options.clients)]
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"launcher, idle: {process.memory_info().rss / 1e6:,.0f} MB resident")
    async with httpx2.AsyncClient(timeout=120) as http:
        askers = [await _hello(http, key, jobs[number % 2]) for number, key in enumerate(keys)]
        await _ask(askers[0])
        one = [await _ask(askers[0]) for _ in range(50)]
        _print("one client, one call after the other", one)
        polled = await asyncio.gather(*(_poll(one, options, n) for n, one in enumerate(askers)))
        _print(
            f"{options.clients} clients, each every {options.pause:g} s", [t for one in polled for t in one]
        )
        at_once = [await asyncio.gather(*map(_ask, askers)) for _ in range(options.calls)]
        _print(f"{options.clients} clients in the same instant", [t for one in at_once for t in one])
        await _upload(askers[0], process, options.upload_mb * BLOCK)


def _jobs(database: Database) -> Sequence[str]:
    """A job that has ended, and one that goes on."""
    settings, folder = load_settings(environ={}), Path(tempfile.gettempdir())
    around = Surroundings(
        history=PostgresHistory(database), settings=settings, data_folder=folder, database=database
    )
    runs, names = Runs(database), []
    for run_id in ("ended", "goes on"):
        session = start_session(SessionSpec(source=None), around)
        job = runs.request(JobRequest(job_name="take_source", session_id=session.session_id))
        runs.attach(job.job_id, run_id)
        names.append(job.job_id)
    runs.settle(names[0], JobStatus.CANCELLED)
    return names


def _key(database: Database, number: int) -> str:
    new = NewKey(name=f"client {number}", client_id=f"client_{number}", role=Role.ADMIN)
    return Keys(database).create(new, LOCAL)[1].text


async def _hello(http: httpx2.AsyncClient, key: str, job_id: str) -> Asker:
    headers = {**ACCEPT, "Authorization": f"Bearer {key}"}
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "b", "version": "1"},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    answer = await http.post(f"{URL}/mcp", json=body, headers=headers)
    headers["Mcp-Session-Id"] = answer.headers["mcp-session-id"]
    said = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    await http.post(f"{URL}/mcp", json=said, headers=headers)
    return Asker(http=http, headers=headers, job_id=job_id)


async def _ask(asker: Asker, tool: str = "get_progress", arguments: dict[str, object] | None = None) -> float:
    """The seconds that one call takes."""
    began = time.perf_counter()
    await _call(asker, tool, arguments or {"job_id": asker.job_id})
    return time.perf_counter() - began


async def _call(asker: Asker, tool: str, arguments: dict[str, object]) -> dict[str, object]:
    body = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }
    answer = await asker.http.post(f"{URL}/mcp", json=body, headers=asker.headers)
    data = next(line for line in answer.text.splitlines() if line.startswith("data: {"))
    found: dict[str, object] = json.loads(data.removeprefix("data: "))["result"]["structuredContent"]
    return found


async def _poll(asker: Asker, options: argparse.Namespace, number: int) -> list[float]:
    await asyncio.sleep(options.pause * number / options.clients)
    seconds = []
    for _ in range(options.calls):
        seconds.append(await _ask(asker))
        await asyncio.sleep(options.pause)
    return seconds


async def _upload(asker: Asker, process: psutil.Process, size_bytes: int) -> None:
    """Hand in a file of that size, and look at the launcher's memory meanwhile."""
    link = await _call(asker, "create_upload", {"filename": "large.csv", "size_bytes": size_bytes})
    before, most, is_done = process.memory_info().rss, 0, False

    async def look() -> None:
        nonlocal most
        while not is_done:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.05)

    async def content() -> AsyncIterator[bytes]:
        for _ in range(size_bytes // BLOCK):
            yield os.urandom(16) * (BLOCK // 16)

    looking, began = asyncio.create_task(look()), time.perf_counter()
    headers = {"Content-Length": str(size_bytes)}
    answer = await asker.http.put(str(link["put_url"]), content=content(), headers=headers)
    seconds, is_done = time.perf_counter() - began, True
    await looking
    assert answer.status_code == 201, answer.text
    print(
        f"upload of {size_bytes / 1e9:.2f} GB: {seconds:.1f} s, {size_bytes / 1e6 / seconds:,.0f} MB/s; "
        f"launcher {before / 1e6:,.0f} MB before, {most / 1e6:,.0f} MB at most"
    )


def _print(what: str, seconds: Sequence[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{what}: {len(seconds)} calls, p50 {cuts[49] * 1e3:.1f} ms, p95 {cuts[94] * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
