"""What the launcher writes down of itself: on stderr, and never a key or a link that opens something."""

import re

from smoke_pipeline.history.access.secrets import without_secrets
from smoke_pipeline.settings.logs.setup import set_up_logs
from smoke_pipeline.settings.sections.logs import LoggingSettings

_LINK = re.compile(r"(/files/(?:upload|report)/)[\w.~%-]+", re.ASCII)


def without_keys_and_links(text: str) -> str:
    """The text with whatever looks like a key or a link taken out."""
    return _LINK.sub(r"\1***", without_secrets(text))


def log_to_stderr(settings: LoggingSettings | None = None) -> None:
    """Let everything that is logged from now on go there; stdout belongs to the protocol."""
    set_up_logs(settings or LoggingSettings(), service="launcher", redact=without_keys_and_links)
