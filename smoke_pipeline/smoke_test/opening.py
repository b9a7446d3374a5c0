"""Opens what the steps of a session work with, as the settings describe it."""

from collections.abc import Iterator
from contextlib import contextmanager

from smoke_pipeline.history.embedded import start_embedded
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder
from smoke_pipeline.smoke_test.surroundings import Surroundings

EMBEDDED_FOLDER = "postgres"
"""Where the embedded server lives, below the data folder."""


def postgres_url(settings: Settings) -> str:
    """The URL of the shared server that the settings name; else the embedded one's, which is started.

    Raises:
        HistoryUnavailableError: The embedded server cannot be started here.
    """
    if settings.postgres_url is not None:
        return settings.postgres_url.get_secret_value()
    return start_embedded(data_folder(settings) / EMBEDDED_FOLDER)


@contextmanager
def open_surroundings(settings: Settings | None = None) -> Iterator[Surroundings]:
    """Open the history, and close it again.

    Args:
        settings: Default: as the file and the environment say now.

    Raises:
        SettingsError: The settings cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    settings = settings or load_settings()
    history = PostgresHistory(postgres_url(settings))
    try:
        yield Surroundings(history=history, settings=settings, data_folder=data_folder(settings))
    finally:
        history.close()
