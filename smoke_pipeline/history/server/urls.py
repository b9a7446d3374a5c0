"""Which PostgreSQL is meant, and its address in the three spellings that libraries want."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.history.server.embedded import start_embedded
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder

EMBEDDED_FOLDER = "postgres"
"""Where the embedded server lives, below the data folder."""


def postgres_url(settings: Settings) -> str:
    """The URL of the shared server if the settings name one, else of the embedded one, which is started.

    Raises:
        SettingsError: The setting `postgres_url` is no such URL.
        HistoryUnavailableError: The embedded server cannot be started.
    """
    if settings.postgres_url is None:
        return start_embedded(data_folder(settings) / EMBEDDED_FOLDER)
    url = settings.postgres_url.get_secret_value()
    _rest(url)
    return url


def sqlalchemy_url(url: str) -> str:
    """The URL for SQLAlchemy over psycopg 3."""
    return f"postgresql+psycopg://{_rest(url)}"


def dagster_url(url: str) -> str:
    """The URL for Dagster's own storage, which knows psycopg 2 alone."""
    return f"postgresql+psycopg2://{_rest(url)}"


def described(url: str) -> str:
    """The host and the database, for people; never the user or the password."""
    parsed = _parsed(url)
    host = parsed.host or parsed.query.get("host") or "localhost"
    return f"{host} (database {parsed.database or 'postgres'!r})"


def _rest(url: str) -> str:
    """The URL behind its scheme, once it was seen to be one."""
    _parsed(url)
    return url.partition("://")[2]


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() in ("postgresql", "postgres"):
            return parsed
    except (ArgumentError, ValueError):
        # Not chained: the library quotes the URL, and the password with it.
        pass
    raise SettingsError(
        "The setting postgres_url is not the address of a PostgreSQL server.",
        ("Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",),
    )
