"""`POST /signals/etl-completed`: an ETL says that it is done with a session.

The answer is JSON. 202 the signal was taken, and Dagster verifies the session; 400 it is no signal; 401 the
signature is not right; 404 there is no such session; 409 the session does not wait for it, or it came before.
"""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smoke_pipeline.errors import (
    HistoryError,
    InvalidOptionError,
    PermissionDeniedError,
    SessionError,
    SessionNotFoundError,
    SmokePipelineError,
)
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.smoke_test.signals.webhook import Notes, Signed, take_signal
from smoke_pipeline.smoke_test.surroundings import Surroundings

PATH = "/signals/etl-completed"
MOST_BYTES = 16 * 1024
TIMESTAMP, NONCE, SIGNATURE = "X-Smoke-Timestamp", "X-Smoke-Nonce", "X-Smoke-Signature"
STATUS: Sequence[tuple[type[SmokePipelineError], int]] = (
    (PermissionDeniedError, 401),
    (InvalidOptionError, 400),
    (SessionNotFoundError, 404),
    (SessionError, 409),
    (HistoryError, 503),
    (SmokePipelineError, 500),
)


def signal_routes(around: Surroundings, notes: Notes | None = None) -> Sequence[Route]:
    """The address where signals are taken.

    Args:
        around: Where the sessions are.
        notes: Where signals are kept; default: the history's cache, and no address where it lies in memory.
    """
    if notes is None:
        if around.database is None:
            return ()
        notes = MetadataCache(around.database, around.now)
    kept = notes

    async def signal(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _answer(413, InvalidOptionError(f"A signal has at most {MOST_BYTES:,} bytes."))
        signed = Signed(
            body=body,
            timestamp=request.headers.get(TIMESTAMP, ""),
            nonce=request.headers.get(NONCE, ""),
            signature=request.headers.get(SIGNATURE, ""),
        )
        try:
            event = await run_in_threadpool(take_signal, signed, around.settings.signals, around, kept)
        except SmokePipelineError as error:
            return _answer(next(status for kind, status in STATUS if isinstance(error, kind)), error)
        return JSONResponse({"status": "taken", "session_id": event.session_id}, 202)

    return (Route(PATH, signal, methods=["POST"]),)


async def _body(request: Request) -> bytes | None:
    """The whole body; None where it is longer than any signal."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    return body


def _answer(status: int, error: SmokePipelineError) -> Response:
    return JSONResponse(error.to_dict(), status)
