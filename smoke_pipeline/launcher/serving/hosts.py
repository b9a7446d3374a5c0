"""Under which names the launcher answers: else any page on the web could ask it through a name of its own."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from smoke_pipeline.settings.addresses import http_address
from smoke_pipeline.settings.sections.launcher import LauncherSettings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - opened to a network on purpose
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.ASCII)
OPEN_TO_ALL_NAMES = ("/healthz",)
"""Asked by machines that know an address and no name; it tells nothing."""


@dataclass(frozen=True)
class Names:
    """The names and the web pages that are welcome."""

    settings: LauncherSettings
    hosts: frozenset[str] = field(init=False)
    origins: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        own, public = self.settings, self.settings.url
        named = f"[{own.host}]" if ":" in own.host else own.host
        bound = () if own.host in EVERYWHERE else (named,)
        outside = (urlsplit(public).netloc,) if public else ()
        hosts = {*LOOPBACK, *bound, *outside, *own.allowed_hosts}
        ports = {f"{host}:{own.port}" for host in (*LOOPBACK, *bound)}
        origins = {f"http://{one}" for one in ports} | {http_address(own.host, own.port)}
        pages = {_origin(public)} if public else set()
        object.__setattr__(self, "hosts", frozenset(one.lower() for one in hosts))
        object.__setattr__(self, "origins", frozenset(_lower({*origins, *pages, *own.allowed_origins})))

    def is_host(self, host: str) -> bool:
        """Whether that is one of our names, with any port where the name was set without one."""
        found = _HOST.fullmatch(host.lower())
        return found is not None and not self.hosts.isdisjoint((found[0], found["name"]))

    def is_origin(self, origin: str | None) -> bool:
        """Whether a page of that origin may ask; programs have none."""
        return origin is None or origin.lower() in self.origins


class KnownNames:
    """Answers nobody who asks under another name, or from a page that is not welcome."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in OPEN_TO_ALL_NAMES:
            headers = Headers(scope=scope)
            if not self._names.is_host(headers.get("host", "")):
                await _told(421, "This name is not one of ours: see launcher.allowed_hosts.")(
                    scope, receive, send
                )
                return
            if not self._names.is_origin(headers.get("origin")):
                await _told(403, "Pages of this origin may not ask: see launcher.allowed_origins.")(
                    scope, receive, send
                )
                return
        await self._app(scope, receive, send)


def is_for_this_machine(settings: LauncherSettings) -> bool:
    """Whether nobody but this machine is meant to reach the launcher, as far as the settings tell."""
    if settings.url is not None or settings.allowed_hosts:
        return False  # somebody passes requests of others on
    try:
        return ipaddress.ip_address(settings.host.strip("[]")).is_loopback
    except ValueError:
        return settings.host == "localhost"


def was_passed_on(headers: Headers) -> bool:
    """Whether a proxy says that it asks for somebody else."""
    return any(name in headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "via"))


def _told(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(f"{words}\n", status)


def _origin(url: str) -> str:
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc}"


def _lower(names: Iterable[str]) -> Iterable[str]:
    return (one.lower().rstrip("/") for one in names)
