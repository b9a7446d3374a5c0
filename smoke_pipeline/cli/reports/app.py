"""What the report server answers.

    GET /healthz                              whether the history answers
    GET /reports/                             the newest sessions with their verdicts
    GET /reports/<session>/report.html        the page, out of the bundle
    GET /reports/<session>/<bundle>.zip       the bundle, in ranges if asked
    GET /metrics                              sums of the history, for Prometheus
    GET /suites/<suite>/                      the summary of a suite
    POST /signals/etl-completed               an ETL says that it is done

An address names a session of the history, never a file: where the file lies, the history says.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit
from zipfile import BadZipFile, ZipFile

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smoke_pipeline.cli.reports.listing import listing
from smoke_pipeline.cli.reports.metrics import metrics_routes
from smoke_pipeline.cli.reports.signals import signal_routes
from smoke_pipeline.cli.reports.suites import suite_routes
from smoke_pipeline.cli.reports.told import Told
from smoke_pipeline.errors import (
    HistoryUnavailableError,
    SessionError,
    SmokePipelineError,
    SnapshotDamagedError,
    SnapshotMissingError,
)
from smoke_pipeline.history.base import no_such_session
from smoke_pipeline.settings.model import ReportServerSettings
from smoke_pipeline.smoke_test.outcome import Outcome, outcome_of, require_report
from smoke_pipeline.smoke_test.surroundings import Surroundings

PAGE = "report.html"
SESSION_ID = re.compile(r"[a-z0-9_]{1,100}", re.ASCII)
LISTED = 50
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Beside the policy that the page itself carries; both hold.
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
STATUS: Sequence[tuple[type[SmokePipelineError], int]] = (
    (SessionError, 404),
    (SnapshotMissingError, 404),
    (HistoryUnavailableError, 503),
    (SmokePipelineError, 500),
)


def build_app(around: Surroundings) -> Starlette:
    """The server over an open history."""
    answers = Answers(around)
    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse("/reports/")),
            Route("/healthz", answers.health),
            Route("/reports/", answers.sessions),
            Route("/reports/{session_id}/" + PAGE, answers.page),
            Route("/reports/{session_id}/{name}", answers.bundle),
            *metrics_routes(around),
            *signal_routes(around),
            *suite_routes(around),
        ],
        middleware=[
            Middleware(Told),
            Middleware(SafeHeaders),
            # Else any page on the web could read the reports through a name that leads to this machine.
            Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(around.settings.report_server)),
        ],
        exception_handlers={SmokePipelineError: _refused, HTTPException: _not_here},
    )


class Answers:
    """One answer an address."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def health(self, _request: Request) -> Response:
        """Whether the history answers."""
        self._around.history.sessions(limit=1)
        return PlainTextResponse("ok\n")

    def sessions(self, _request: Request) -> Response:
        """The newest sessions."""
        newest = self._around.history.sessions(limit=LISTED)
        return HTMLResponse(listing([outcome_of(one.session_id, self._around) for one in newest]))

    def page(self, request: Request) -> Response:
        """The page of a session's report."""
        path = require_report(self._outcome(request))
        try:
            with ZipFile(path) as bundle:
                if PAGE in bundle.namelist():
                    return HTMLResponse(bundle.read(PAGE))
        except BadZipFile as error:
            raise SnapshotDamagedError(f"The report {path.name} is not what was written.") from error
        raise SnapshotMissingError(
            f"The report {path.name} was made without the page.",
            ("Take the bundle, or make it with the format html.",),
        )

    def bundle(self, request: Request) -> Response:
        """The whole bundle of a session."""
        path = require_report(self._outcome(request))
        if request.path_params["name"] != path.name:
            raise HTTPException(404)
        return FileResponse(path, media_type="application/zip", filename=path.name)

    def _outcome(self, request: Request) -> Outcome:
        session_id = request.path_params["session_id"]
        if not SESSION_ID.fullmatch(session_id):
            raise no_such_session(session_id, ())
        return outcome_of(session_id, self._around)


class SafeHeaders:
    """Tells browsers to trust no answer further than it must be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to what the app answers."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_safely)


def _refused(_request: Request, error: Exception) -> Response:
    """One of our errors as plain text, so that nothing in it is markup."""
    assert isinstance(error, SmokePipelineError)  # noqa: S101 - registered for these alone
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    return PlainTextResponse("\n".join([error.message, *error.suggestions]) + "\n", status)


def _not_here(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these alone
    if error.status_code != 404:
        return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
    return PlainTextResponse("There is nothing at this address.\nThe reports are listed at /reports/.\n", 404)


def _hosts(server: ReportServerSettings) -> Sequence[str]:
    """The names under which the server may be asked."""
    if server.host in ("0.0.0.0", "::"):  # noqa: S104 - opened to a network on purpose
        return ("*",)
    own = f"[{server.host}]" if ":" in server.host else server.host
    public = urlsplit(server.url).hostname if server.url else None
    return ("127.0.0.1", "localhost", "[::1]", own, *filter(None, (public,)))
