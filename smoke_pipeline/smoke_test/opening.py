"""Opens what the steps of a session work with, as the settings describe it."""

from collections.abc import Iterator
from contextlib import contextmanager

from smoke_pipeline.history.postgres import open_history
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder
from smoke_pipeline.smoke_test.surroundings import Surroundings


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
    history = open_history(settings)
    try:
        yield Surroundings(history=history, settings=settings, data_folder=data_folder(settings))
    finally:
        history.close()
