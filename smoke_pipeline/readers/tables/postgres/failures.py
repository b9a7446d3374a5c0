"""What psycopg says went wrong, in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from smoke_pipeline.errors import (
    AccessDeniedError,
    ObjectNotFoundError,
    QueryFailedError,
    QueryTimeoutError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
)
from smoke_pipeline.settings.connections import Postgres

_DENIED = ("28", "42501")
_MISSING = ("3D", "3F", "42P01")
_AWAY = ("08", "53", "55P03", "57P", "58", "40")
_CANCELLED = "57014"
_DENIED_WORDS = ("password", "authentication", "pg_hba.conf", "permission denied for database", "role ")
_MISSING_WORDS = ("database ",)
_ATTEMPT = re.compile(r"^connection failed: connection to server .*? failed: ")
_NOT_SECURE_WORDS = ("certificate", "SSL was required", "SSL error")
_WAYS_OUT: dict[type[SmokePipelineError], tuple[str, ...]] = {
    AccessDeniedError: ("Check user and password of the database in the settings, and the user's rights.",),
    ObjectNotFoundError: ("Check the names of database and table.",),
    QueryTimeoutError: (
        "Read fewer rows with a where_clause.",
        "Raise statement_timeout_s of the database.",
    ),
    UnavailableError: ("Try again.", "Check host and port of the database in the settings."),
    SettingsError: ("Check sslmode and ca_bundle of the database in the settings.",),
    QueryFailedError: ("Check the request.",),
}


@contextmanager
def told(database: Postgres) -> Iterator[None]:
    """Tell the driver's errors in our words."""
    try:
        yield
    except psycopg.Error as error:
        raise _in_our_words(error, database) from error


def _in_our_words(error: psycopg.Error, database: Postgres) -> SmokePipelineError:
    said = error.diag.message_primary or " ".join(str(error).split()) or type(error).__name__
    words, place = _ATTEMPT.sub("", said).rstrip("."), f"{database.host}:{database.port}"
    kind = _kind_of(error, words)
    messages: dict[type[SmokePipelineError], str] = {
        AccessDeniedError: f"{place} refuses the user {database.user!r}: {words}.",
        ObjectNotFoundError: f"{place}: {words}.",
        QueryTimeoutError: f"{place} stopped the statement after {database.statement_timeout_s:g} s.",
        UnavailableError: f"{place} does not answer, or no longer: {words}.",
        SettingsError: f"A secure connection to {place} cannot be made: {words}.",
        QueryFailedError: f"{place} does not accept the statement: {words}.",
    }
    context = {"host": database.host, "port": database.port, "database": database.database}
    return kind(messages[kind], _WAYS_OUT[kind], context)


def _kind_of(error: psycopg.Error, words: str) -> type[SmokePipelineError]:
    state = error.sqlstate
    if state is None:
        return (
            _kind_of_no_connection(words) if isinstance(error, psycopg.OperationalError) else QueryFailedError
        )
    if state == _CANCELLED:
        return QueryTimeoutError if "timeout" in words else UnavailableError
    if state.startswith(_DENIED):
        return AccessDeniedError
    if state.startswith(_MISSING):
        return ObjectNotFoundError
    return UnavailableError if state.startswith(_AWAY) else QueryFailedError


def _kind_of_no_connection(words: str) -> type[SmokePipelineError]:
    """The driver does not say why a server let nobody in, but in words."""
    if "no password supplied" in words:
        return AccessDeniedError
    if any(one in words for one in _NOT_SECURE_WORDS):
        return SettingsError
    if "FATAL" in words:
        said = words.partition("FATAL:")[2].strip()
        if said.startswith(_MISSING_WORDS):
            return ObjectNotFoundError
        if any(one in said for one in _DENIED_WORDS):
            return AccessDeniedError
    return UnavailableError
