"""What is answered under signed links.

    HEAD /files/upload/<token>               how much of the file is here
    PUT  /files/upload/<token>               the file, or a part of it
    GET  /files/report/<token>               the bundle of a session, in ranges if asked
    GET  /files/report/<token>/report.html   the page in it

A link is all the proof that is asked for; it names what it is for, and nothing else can be had by it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from smoke_pipeline.errors import (
    FileTooLargeError,
    HistoryUnavailableError,
    InvalidOptionError,
    ObjectNotFoundError,
    PermissionDeniedError,
    SessionError,
    SmokePipelineError,
    SnapshotDamagedError,
    SnapshotMissingError,
    StorageFullError,
    UnsupportedFileTypeError,
    UploadError,
)
from smoke_pipeline.launcher.transfers.inbox import Inbox
from smoke_pipeline.launcher.transfers.links import PAGE, REPORTS, UPLOADS
from smoke_pipeline.launcher.transfers.receiving import receive
from smoke_pipeline.launcher.transfers.signing import Purpose, Signer, Ticket
from smoke_pipeline.smoke_test.outcome import outcome_of, require_report
from smoke_pipeline.smoke_test.surroundings import Surroundings

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Beside the policy that the page itself carries; both hold.
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}
STATUS: Sequence[tuple[type[SmokePipelineError], int]] = (
    (PermissionDeniedError, 403),
    (InvalidOptionError, 400),
    (FileTooLargeError, 413),
    (UnsupportedFileTypeError, 415),
    (UploadError, 409),
    (ObjectNotFoundError, 404),
    (SessionError, 404),
    (SnapshotMissingError, 404),
    (StorageFullError, 507),
    (HistoryUnavailableError, 503),
    (SmokePipelineError, 500),
)
OFFSET = "Upload-Offset"


class FileRoutes:
    """The answers under signed links.

    Args:
        around: Where the files lie; who asks is nobody here, for the link says what may be had.
        signer: Reads the links.
    """

    def __init__(self, around: Surroundings, signer: Signer) -> None:
        self._around = around
        self._signer = signer
        self._inbox = Inbox(around)

    def routes(self) -> list[Route]:
        """As they are served."""
        return [
            Route(f"{UPLOADS}/{{token}}", self.upload, methods=["PUT"]),
            Route(f"{UPLOADS}/{{token}}", self.offset, methods=["HEAD"]),
            Route(f"{REPORTS}/{{token}}", self.bundle),
            Route(f"{REPORTS}/{{token}}/{PAGE}", self.page),
        ]

    async def upload(self, request: Request) -> Response:
        """Take a file in."""
        try:
            ticket = self._ticket(request, Purpose.UPLOAD)
            received = await receive(request, self._inbox, ticket)
        except SmokePipelineError as error:
            return refusal(error)
        facts = {"upload_id": ticket.subject, "received_bytes": received.received_bytes}
        headers = {**HEADERS, OFFSET: str(received.received_bytes)}
        if received.sha256 is None:
            return JSONResponse({**facts, "next": "Send the rest."}, 202, headers)
        facts["sha256"] = received.sha256
        return JSONResponse({**facts, "next": "handle_uploaded_files"}, 201, headers)

    async def offset(self, request: Request) -> Response:
        """How much of a file is here."""
        try:
            ticket = self._ticket(request, Purpose.UPLOAD)
        except SmokePipelineError as error:
            return refusal(error)
        size_bytes = await run_sync(self._inbox.received, ticket)
        return Response(headers={**HEADERS, OFFSET: str(size_bytes)})

    def bundle(self, request: Request) -> Response:
        """The bundle of a session."""
        try:
            path = self._report(request)
        except SmokePipelineError as error:
            return refusal(error)
        return FileResponse(path, media_type="application/zip", filename=path.name, headers=HEADERS)

    def page(self, request: Request) -> Response:
        """The page of a session's report."""
        try:
            return HTMLResponse(_page(self._report(request)), headers=dict(HEADERS))
        except SmokePipelineError as error:
            return refusal(error)

    def _ticket(self, request: Request, purpose: Purpose) -> Ticket:
        return self._signer.ticket(request.path_params["token"], purpose)

    def _report(self, request: Request) -> Path:
        return require_report(outcome_of(self._ticket(request, Purpose.REPORT).subject, self._around))


def refusal(error: SmokePipelineError) -> Response:
    """An error as a program and a person read it."""
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    return JSONResponse(error.to_dict(), status, dict(HEADERS))


def _page(path: Path) -> bytes:
    try:
        with ZipFile(path) as bundle:
            return bundle.read(PAGE)
    except KeyError as error:
        raise ObjectNotFoundError(
            f"The report {path.name} holds no page.", suggestions=("Fetch the bundle itself.",)
        ) from error
    except (BadZipFile, OSError) as error:
        raise SnapshotDamagedError(f"The report {path.name} is not what was written.") from error
