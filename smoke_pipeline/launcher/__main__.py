"""Serve the tools: over HTTP with `--http`, else to the process that started this one.

`smoke mcp` and `smoke up` start it; the settings come from the file and the variables.
"""

import asyncio
import os
import signal
import sys
from contextlib import ExitStack
from types import FrameType

import httpx2
import uvicorn

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.launcher.serving.app import build_app
from smoke_pipeline.launcher.serving.logs import log_to_stderr
from smoke_pipeline.launcher.serving.opening import opened
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings

GRACE_S = 8
"""Calls that are under way when the launcher is stopped have so long to end."""
COULD_NOT = 2


def main() -> None:
    """Serve until the client goes away, or SIGINT or SIGTERM comes."""
    log_to_stderr()
    signal.signal(signal.SIGTERM, _leave)
    try:
        settings = load_settings()
        log_to_stderr(settings.logging)
        with ExitStack() as held:
            held.enter_context(postgres(settings))
            if "--http" in sys.argv[1:]:
                asyncio.run(_over_http(settings))
            else:
                _leave_at_once(held)
                asyncio.run(_over_stdio(settings))
    except SmokePipelineError as error:
        advice = "".join(f"  - {one}\n" for one in error.suggestions)
        sys.stderr.write(f"Error: {error.message}\n{advice}")
        sys.exit(COULD_NOT)
    except KeyboardInterrupt:
        sys.exit(0)


async def _over_http(settings: Settings) -> None:
    own = settings.launcher
    async with httpx2.AsyncClient() as client:
        with opened(settings, client, is_http=True) as found:
            config = uvicorn.Config(
                build_app(found),
                host=own.host,
                port=own.port,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
            )
            await uvicorn.Server(config).serve()


async def _over_stdio(settings: Settings) -> None:
    own = settings.launcher
    async with httpx2.AsyncClient() as client:
        with opened(settings, client, is_http=False) as found:
            server = build_server(found.desk, read_only=own.read_only, toolsets=own.toolsets)
            log_to_stderr(settings.logging)  # the library has set up its own meanwhile
            await server.run_stdio_async()


def _leave_at_once(held: ExitStack) -> None:
    """Let signals end the process although a thread waits for the client, which nothing can wake."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        held.close()
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
