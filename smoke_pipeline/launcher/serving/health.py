"""Whether the launcher lives, and whether everything that it needs does."""

import logging
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.launcher.dagster.base import Dagster
from smoke_pipeline.smoke_test.surroundings import Surroundings

FRESH_S = 2.0
"""For so long an answer serves everybody who asks, since everybody may."""
PATIENCE_S = 5.0

_OK, _FAILED, _UNKNOWN = "ok", "failed", "unknown"
_log = logging.getLogger(__name__)


class Health:
    """What is told to everybody: which part is well, and nothing of where it is or why it is not.

    Args:
        around: The history and the data folder.
        dagster: Who carries out runs.
        clock: Seconds that only grow.
    """

    def __init__(
        self, around: Surroundings, dagster: Dagster, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._around = around
        self._dagster = dagster
        self._clock = clock
        self._lock = anyio.Lock()
        self._seen: tuple[float, Mapping[str, str]] | None = None

    def routes(self) -> list[Route]:
        """As they are served."""
        return [
            Route("/healthz", self.alive),
            Route("/health/deep", self.deep),
            Route("/version", self.version),
        ]

    async def alive(self, _request: Request) -> Response:
        """That the process answers."""
        return JSONResponse({"status": _OK})

    async def version(self, _request: Request) -> Response:
        """Which program answers."""
        return JSONResponse({"name": "smoke-pipeline", "version": version("smoke-pipeline")})

    async def deep(self, _request: Request) -> Response:
        """Which of the parts that a smoke test needs is well; 503 where one is not."""
        async with self._lock:
            if self._seen is None or self._clock() - self._seen[0] > FRESH_S:
                self._seen = (self._clock(), await self._parts())
        parts = self._seen[1]
        is_well = all(state == _OK for state in parts.values())
        return JSONResponse({"status": _OK if is_well else _FAILED, "parts": parts}, 200 if is_well else 503)

    async def _parts(self) -> Mapping[str, str]:
        return {
            "history": await run_sync(self._of, "history", self._ask_history),
            "data_folder": await run_sync(self._of, "data folder", self._write),
            **await self._dagster_parts(),
        }

    async def _dagster_parts(self) -> Mapping[str, str]:
        try:
            with anyio.fail_after(PATIENCE_S):
                found = await self._dagster.health()
        except (SmokePipelineError, TimeoutError) as error:
            _log.warning("Dagster is not well: %s", error)
            return {"webserver": _FAILED, "code_location": _UNKNOWN, "daemon": _UNKNOWN}
        if found.problem:
            _log.warning("Dagster is not well: %s", found.problem)
        return {
            "webserver": _OK,
            "code_location": _FAILED if found.location_problem else _OK,
            "daemon": _FAILED if found.daemon_sleeps else _OK,
        }

    def _of(self, what: str, ask: Callable[[], object]) -> str:
        try:
            ask()
        except (SmokePipelineError, OSError) as error:
            _log.warning("The %s is not well: %s", what, error)
            return _FAILED
        return _OK

    def _ask_history(self) -> None:
        self._around.history.sessions(limit=1)

    def _write(self) -> None:
        with tempfile.NamedTemporaryFile(dir=self._around.data_folder, prefix=".health-") as file:
            file.write(b"ok")
            file.flush()
