"""The launcher over HTTP: the tools at `/mcp`, files under signed links, and whether all is well."""

from dataclasses import dataclass

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.history.access.keys import Keys
from smoke_pipeline.launcher.dagster.base import Dagster
from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.launcher.serving.health import Health
from smoke_pipeline.launcher.serving.hosts import KnownNames, Names, is_for_this_machine
from smoke_pipeline.launcher.serving.keys import KeyGate, KeyVerifier, Throttle
from smoke_pipeline.launcher.transfers.routes import FileRoutes
from smoke_pipeline.launcher.transfers.signing import Signer
from smoke_pipeline.settings.model import Settings

TOOLS = "/mcp"
OLD_TOOLS, OLD_MESSAGES = "/sse", "/messages/"
FOR_EVERYBODY = ("/healthz", "/health/deep", "/version")
FILES = "/files/"
"""Whoever has a link needs no key."""

_OURS = TransportSecuritySettings(enable_dns_rebinding_protection=False)
"""Names are looked at before every address, and not only before the library's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Everything that is served."""

    desk: Desk
    dagster: Dagster
    signer: Signer


def build_app(opened: Opened) -> Starlette:
    """The application over an open desk.

    Raises:
        SettingsError: Whoever reaches the launcher could use it without a key, or there is no such toolset.
    """
    around = opened.desk.around
    own = around.settings.launcher
    assert around.database is not None  # noqa: S101 - a launcher has one
    server = build_server(opened.desk, read_only=own.read_only, toolsets=own.toolsets)
    tools = server.streamable_http_app(
        streamable_http_path=TOOLS, transport_security=_OURS, max_request_body_size=own.max_body
    )
    routes: list[BaseRoute] = [
        *Health(around, opened.dagster).routes(),
        *FileRoutes(around, opened.signer).routes(),
        *tools.routes,
    ]
    if own.sse:
        older = server.sse_app(
            sse_path=OLD_TOOLS,
            message_path=OLD_MESSAGES,
            transport_security=_OURS,
            max_request_body_size=own.max_body,
        )
        routes.extend(older.routes)
    gate = Middleware(
        KeyGate,
        KeyVerifier(Keys(around.database)),
        Throttle(own.failures_per_minute),
        require_key=asks_for_key(around.settings),
        is_open=lambda path: path in FOR_EVERYBODY or path.startswith(FILES),
    )
    return Starlette(
        routes=routes,
        middleware=[Middleware(KnownNames, Names(own)), gate],
        lifespan=lambda _: server.session_manager.run(),
    )


def asks_for_key(settings: Settings) -> bool | None:
    """Whether a key is asked for over HTTP; None: once anybody has one.

    Raises:
        SettingsError: Whoever reaches the launcher could use it without a key.
    """
    own = settings.launcher
    if own.require_key is False and not is_for_this_machine(own):
        raise SettingsError(
            "Without keys, whoever reaches the launcher could use it.",
            (
                "Leave launcher.require_key out.",
                "Or let launcher.host be 127.0.0.1, without launcher.url and launcher.allowed_hosts.",
            ),
        )
    if own.require_key is not None:
        return own.require_key
    return True if settings.access.require_key or not is_for_this_machine(own) else None
