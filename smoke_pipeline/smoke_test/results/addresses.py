"""Where people read what was found."""

from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.settings.addresses import report_address
from smoke_pipeline.smoke_test.surroundings import Surroundings


def page_of(session_id: str, around: Surroundings) -> str:
    """The address of a session's report, once it is built: its page, or the bundle that is made without one.

    Raises:
        SessionNotFoundError: There is no such session.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    formats = around.report_settings(around.history.session(session_id)).formats
    shown = FORMATS["html"].member if "html" in formats else f"comparison_{session_id}.zip"
    return report_address(around.settings.report_server, session_id, shown)
