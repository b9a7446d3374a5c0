"""What PyMySQL says went wrong, in our words."""

import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql  # type: ignore[import-untyped]

from smoke_pipeline.errors import (
    AccessDeniedError,
    DuplicateColumnError,
    ObjectChangedError,
    ObjectNotFoundError,
    QueryFailedError,
    QueryTimeoutError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
)
from smoke_pipeline.settings.connections import MySql

_KINDS: dict[type[SmokePipelineError], tuple[int, ...]] = {
    AccessDeniedError: (1044, 1045, 1142, 1143, 1227, 1251, 1370, 1698, 2059, 2061),
    ObjectNotFoundError: (1049, 1051, 1146),
    QueryTimeoutError: (1969, 3024),
    DuplicateColumnError: (1060,),
    ObjectChangedError: (1412,),
    UnavailableError: (1040, 1053, 1077, 1129, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1317, 1927),
}
_WAYS_OUT: dict[type[SmokePipelineError], tuple[str, ...]] = {
    AccessDeniedError: ("Check user and password of the database in the settings, and the user's rights.",),
    ObjectNotFoundError: ("Check the names of database and table.",),
    QueryTimeoutError: (
        "Read fewer rows with a where_clause.",
        "Raise statement_timeout_s of the database.",
    ),
    DuplicateColumnError: ("Give one of them a name with AS.",),
    ObjectChangedError: ("Try again when whoever changes the table is done.",),
    UnavailableError: ("Try again.", "Check host and port of the database in the settings."),
    QueryFailedError: ("Check the request.",),
}
_NO_ENCRYPTION = 2026
NOT_EXPLAINED = 1345
"""The code of a server that does not tell how it would read a view."""


@contextmanager
def told(database: MySql) -> Iterator[None]:
    """Tell the driver's errors in our words."""
    try:
        yield
    except pymysql.err.Error as error:
        raise _in_our_words(error, database) from error
    except UnicodeError as error:
        raise QueryFailedError("The server's answer is not UTF-8.") from error
    except OSError as error:  # certificates are read before anything is sent
        raise _not_secure(database, error.strerror or str(error)) from error
    except RuntimeError as error:
        raise _not_meant(database, str(error)) from error


@contextmanager
def greeted(database: MySql) -> Iterator[None]:
    """Tell what becomes of a driver that trusts whatever it is greeted with."""
    try:
        with told(database):
            yield
    except (struct.error, ValueError, LookupError, NameError, TypeError, AssertionError) as error:
        raise UnavailableError(
            f"{database.host}:{database.port} does not speak as a MySQL server does.",
            ("Check host and port of the database in the settings.",),
        ) from error


def _in_our_words(error: pymysql.err.Error, database: MySql) -> SmokePipelineError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[-1]).rstrip(".") if error.args else type(error).__name__
    if code == _NO_ENCRYPTION or isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return _not_secure(database, said)
    place = f"{database.host}:{database.port}"
    messages: dict[type[SmokePipelineError], str] = {
        AccessDeniedError: f"{place} refuses the user {database.user!r}: {said}.",
        ObjectNotFoundError: f"{place}: {said}.",
        QueryTimeoutError: f"{place} stopped the statement after {database.statement_timeout_s:g} s.",
        DuplicateColumnError: f"The query has two columns of one name: {said}.",
        ObjectChangedError: f"The table was changed while it was read: {said}.",
        UnavailableError: f"{place} does not answer, or no longer: {said}.",
        QueryFailedError: f"{place} does not accept the statement: {said}.",
    }
    context = {"host": database.host, "port": database.port, "database": database.database, "code": code}
    kind = _kind_of(code)
    return kind(messages[kind], _WAYS_OUT[kind], context)


def _kind_of(code: int) -> type[SmokePipelineError]:
    known = next((kind for kind, codes in _KINDS.items() if code in codes), None)
    return known or (UnavailableError if code < 1000 or 2000 <= code < 3000 else QueryFailedError)


def _not_secure(database: MySql, why: str) -> SettingsError:
    return SettingsError(
        f"A secure connection to {database.host}:{database.port} cannot be made: {why}.",
        ("Check ca_bundle of the database in the settings.",),
        {"host": database.host, "port": database.port},
    )


def _not_meant(database: MySql, why: str) -> SmokePipelineError:
    """The driver stops where a login needs a library, and where a server asks for a file of ours."""
    if "cryptography" in why:
        return AccessDeniedError(
            f"{database.host} wants a way of logging in that needs an encrypted connection.",
            ("Set ca_bundle of the database in the settings, and encryption on the server.",),
        )
    return QueryFailedError(f"{database.host} answered what nobody asked it.", ("Ask who runs that server.",))
