"""Who asks over HTTP: whoever the API key says, never what another header says."""

import hashlib
import logging
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio.to_thread import run_sync
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken, TokenVerifier
from starlette.authentication import AuthCredentials
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smoke_pipeline.errors import (
    HistoryUnavailableError,
    PermissionDeniedError,
    RateLimitError,
    SmokePipelineError,
)
from smoke_pipeline.history.access.keys import Keys
from smoke_pipeline.history.access.roles import Identity
from smoke_pipeline.launcher.identity import ORIGIN
from smoke_pipeline.launcher.serving.hosts import was_passed_on

WINDOW_S = 60.0
MOST_REMEMBERED = 10_000
"""Addresses and accepted keys that are remembered; the oldest are forgotten first."""
_BEARER = "bearer "
_log = logging.getLogger(__name__)


class KeyVerifier(TokenVerifier):
    """Asks the history who has a key.

    Args:
        keys: The keys.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def verify_token(self, token: str) -> AccessToken:
        """Who has that key; each time is counted.

        Raises:
            PermissionDeniedError: The key is unknown, has expired or was revoked.
            RateLimitError: It was used too often within a minute.
            HistoryUnavailableError: PostgreSQL does not answer.
        """
        return _token_of(await run_sync(self._keys.authenticate, token, ORIGIN))

    async def anybody_has_one(self) -> bool:
        """Whether there is a key that can be used."""
        return bool(await run_sync(self._keys.listed))


@dataclass
class Throttle:
    """Makes an address wait that has shown too many keys nobody has.

    A key that was accepted from that address before is not kept waiting: behind a proxy all clients have one
    address, and a stranger must not lock them out.
    """

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    failures: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    accepted: OrderedDict[tuple[str, bytes], None] = field(default_factory=OrderedDict)

    def wait_s(self, address: str, token: str) -> int:
        """How long the address has to wait before this key is looked at; 0: not at all."""
        seen = self.failures.get(address)
        if seen is None or (address, _digest(token)) in self.accepted:
            return 0
        while seen and seen[0] <= self.clock() - WINDOW_S:
            seen.popleft()
        if len(seen) < self.per_minute:
            return 0
        return max(1, math.ceil(seen[0] + WINDOW_S - self.clock()))

    def failed(self, address: str) -> None:
        """Note a key that nobody has."""
        self.failures.setdefault(address, deque(maxlen=self.per_minute)).append(self.clock())
        self.failures.move_to_end(address)
        _forget_oldest(self.failures)

    def succeeded(self, address: str, token: str) -> None:
        """Note a key that somebody has."""
        self.accepted[address, _digest(token)] = None
        _forget_oldest(self.accepted)


class KeyGate:
    """Lets whoever shows a key pass as its owner, and answers everybody else.

    Args:
        app: What is behind the gate.
        verifier: Knows the keys.
        throttle: Knows who has guessed.
        require_key: Whether a key is asked for; None: once anybody has one.
        is_open: Whether a path is for everybody.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: KeyVerifier,
        throttle: Throttle,
        *,
        require_key: bool | None,
        is_open: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._inside = AuthContextMiddleware(app)
        self._verifier = verifier
        self._throttle = throttle
        self._require_key = require_key
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer it."""
        if scope["type"] != "http" or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            token = await self._authenticated(scope)
        except SmokePipelineError as error:
            await _refusal(error)(scope, receive, send)
            return
        if token is not None:
            scope["user"] = AuthenticatedUser(token)
            scope["auth"] = AuthCredentials(token.scopes)
        await self._inside(scope, receive, send)

    async def _authenticated(self, scope: Scope) -> AccessToken | None:
        """Who asks; None for the person at this machine."""
        headers = Headers(scope=scope)
        shown = headers.get("authorization")
        if shown is None:
            required = self._require_key
            if required is None:
                required = was_passed_on(headers) or await self._verifier.anybody_has_one()
            if required:
                raise _no_key()
            return None
        text = shown[len(_BEARER) :].strip() if shown.lower().startswith(_BEARER) else ""
        address = scope["client"][0] if scope.get("client") else ""
        if wait_s := self._throttle.wait_s(address, text):
            raise _guessed(wait_s)
        try:
            found = await self._verifier.verify_token(text)
        except PermissionDeniedError:
            self._throttle.failed(address)
            raise
        self._throttle.succeeded(address, text)
        return found


def _token_of(who: Identity) -> AccessToken:
    """An identity as the library carries it; `launcher.identity` reads it."""
    return AccessToken(
        token="",
        client_id=who.client_id,
        subject=str(who.key_id),
        scopes=sorted(one.value for one in who.permissions),
        claims={"role": who.role.value, "key_id": who.key_id},
    )


def _refusal(error: SmokePipelineError) -> Response:
    status, headers = 401, {"WWW-Authenticate": 'Bearer realm="smoke-pipeline", error="invalid_token"'}
    if isinstance(error, RateLimitError):
        status, headers = 429, {"Retry-After": str(error.retry_after_s)}
    elif isinstance(error, HistoryUnavailableError):
        status, headers = 503, {"Retry-After": "5"}
    elif not isinstance(error, PermissionDeniedError):
        _log.error("A key could not be looked up: %s", error)
        status, headers = 500, {}
    return JSONResponse(_told(error), status, headers)


def _told(error: SmokePipelineError) -> Mapping[str, object]:
    """The error; where the history is is nobody's business who has not shown a key."""
    if isinstance(error, PermissionDeniedError | RateLimitError):
        return error.to_dict()
    return {
        "status": "error",
        "error_type": type(error).__name__,
        "error_message": "Keys cannot be checked now.",
    }


def _no_key() -> PermissionDeniedError:
    hint = "Send it as `Authorization: Bearer smk_…`; an administrator makes keys with: smoke keys create."
    return PermissionDeniedError(
        "This launcher asks for an API key, and none was shown.",
        suggestions=(hint,),
        context={"your_role": None, "required_roles": [], "hint": hint},
    )


def _guessed(wait_s: int) -> RateLimitError:
    return RateLimitError(
        "Too many keys that nobody has were shown from this address.",
        suggestions=(f"Try again in {wait_s} s with a key that holds.",),
        context={"retry_after_s": wait_s},
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _forget_oldest(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > MOST_REMEMBERED:
        kept.popitem(last=False)
