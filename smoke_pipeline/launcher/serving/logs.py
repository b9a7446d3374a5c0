"""What the launcher writes down of itself: on stderr, and never a key or a link that opens something."""

import logging
import re
import sys

from smoke_pipeline.history.access.secrets import without_secrets

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LINK = re.compile(r"(/files/(?:upload|report)/)[\w.~%-]+", re.ASCII)


class WithoutSecrets(logging.Formatter):
    """Takes out of every line, tracebacks too, what looks like a key or a link."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return _LINK.sub(r"\1***", without_secrets(super().format(record)))


def log_to_stderr() -> None:
    """Let everything that is logged from now on go there; stdout belongs to the protocol."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutSecrets(FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
