"""The addresses under which files are handed in and out, each with what it permits in it."""

from smoke_pipeline.launcher.transfers.signing import Purpose, Signer, Ticket
from smoke_pipeline.settings.addresses import http_address
from smoke_pipeline.settings.sections.launcher import LauncherSettings

UPLOADS = "/files/upload"
REPORTS = "/files/report"
PAGE = "report.html"


class SignedLinks:
    """Links to a launcher that serves HTTP.

    Args:
        signer: Signs them.
        settings: Where the launcher is reached, and how long links hold.
    """

    def __init__(self, signer: Signer, settings: LauncherSettings) -> None:
        self._signer = signer
        self._settings = settings
        self._base = (settings.url or http_address(settings.host, settings.port)).rstrip("/")

    @property
    def upload_minutes(self) -> int:
        """How long a link to hand in a file can be begun with."""
        return self._settings.upload_link_minutes

    def upload(self, upload_id: str, client_id: str, file_name: str, size_bytes: int) -> str:
        """Where one file of that size can be handed in, once."""
        ticket = Ticket(
            purpose=Purpose.UPLOAD,
            subject=upload_id,
            client_id=client_id,
            file_name=file_name,
            size_bytes=size_bytes,
            expires_at=self._signer.until(self.upload_minutes),
        )
        return f"{self._base}{UPLOADS}/{self._signer.token(ticket)}"

    def report(self, session_id: str) -> str:
        """Where the bundle of a session can be fetched for a while; its page is one step below."""
        ends = self._signer.until(self._settings.report_link_minutes)
        ticket = Ticket(purpose=Purpose.REPORT, subject=session_id, expires_at=ends)
        return f"{self._base}{REPORTS}/{self._signer.token(ticket)}"
