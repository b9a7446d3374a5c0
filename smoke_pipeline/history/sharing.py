"""PostgreSQL for as long as a process needs it.

The embedded server is shared by all processes of one data folder: the first starts it, the last stops it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from smoke_pipeline.history.database import open_database
from smoke_pipeline.history.server.embedded import is_running, stop_embedded
from smoke_pipeline.history.server.urls import EMBEDDED_FOLDER, postgres_url
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder


@contextmanager
def postgres(settings: Settings) -> Iterator[str]:
    """The URL of a server that runs until the block ends.

    Raises:
        HistoryUnavailableError: The shared server does not answer, or the embedded one cannot be started.
    """
    if settings.postgres_url is not None:
        # Asked now, by the one who can say it in a sentence, before Dagster tries again and again.
        open_database(settings).close()
        yield postgres_url(settings)
        return
    data = data_folder(settings)
    with (data / "postgres.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield postgres_url(settings)
        finally:
            _leave(users, data / EMBEDDED_FOLDER)


def started_again(settings: Settings) -> bool:
    """Start the embedded server if it died; whether it had.

    Raises:
        HistoryUnavailableError: It cannot be started again.
    """
    if settings.postgres_url is not None or is_running(data_folder(settings) / EMBEDDED_FOLDER):
        return False
    postgres_url(settings)
    return True


def _leave(users: IO[str], server: Path) -> None:
    """Stop the server if nobody else uses it; who comes meanwhile waits for the lock."""
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    stop_embedded(server)
