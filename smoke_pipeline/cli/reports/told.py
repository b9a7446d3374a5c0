"""Requests in the log of the report server: which part was asked, and how it went, without what was sent."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smoke_pipeline.settings.logs.telling import tell

PARTS = ("healthz", "metrics", "reports", "signals")


class Told:
    """Tells of each answer of the app."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, and tell of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = self._clock(), 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            part = scope["path"].strip("/").partition("/")[0]
            seconds = round(self._clock() - begun, 3)
            route = f"/{part}" if part in PARTS else "other"
            tell("request answered", method=scope["method"], route=route, status=status, seconds=seconds)
