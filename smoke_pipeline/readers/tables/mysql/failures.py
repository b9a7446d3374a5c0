"""What PyMySQL says went wrong, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

import pymysql  # type: ignore[import-untyped]

from smoke_pipeline.errors import (
    AccessDeniedError,
    DuplicateColumnError,
    ObjectNotFoundError,
    QueryFailedError,
    QueryTimeoutError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
)
from smoke_pipeline.settings.connections import MySql

_DENIED = (1044, 1045, 1142, 1143, 1227, 1370, 1698)
_MISSING = (1049, 1051, 1146)
_TIMED_OUT = (1969, 3024)
_AWAY = (1040, 1053, 1077, 1129, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1317, 1927)
_TWICE = 1060


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
        raise SettingsError(
            f"A secure connection to {database.host} cannot be made: {error.strerror or error}.",
            ("Check ca_bundle of the database in the settings.",),
        ) from error
    except RuntimeError as error:
        raise AccessDeniedError(
            f"{database.host} wants a way of logging in that needs an encrypted connection.",
            ("Set ca_bundle of the database in the settings, and encryption on the server.",),
        ) from error


def _in_our_words(error: pymysql.err.Error, database: MySql) -> SmokePipelineError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[-1]).rstrip(".") if error.args else type(error).__name__
    place = f"{database.host}:{database.port}"
    context = {"host": database.host, "port": database.port, "database": database.database, "code": code}
    if code in _DENIED:
        return AccessDeniedError(
            f"{place} refuses the user {database.user!r}: {said}.",
            ("Check user and password of the database in the settings, and the user's rights.",),
            context,
        )
    if code in _MISSING:
        return ObjectNotFoundError(
            f"{place}: {said}.", ("Check the name of the database and of the table.",), context
        )
    if code in _TIMED_OUT:
        return QueryTimeoutError(
            f"{place} stopped the statement after {database.statement_timeout_s:g} s.",
            ("Read fewer rows with a where_clause.", "Raise statement_timeout_s of the database."),
            context,
        )
    if code == _TWICE:
        return DuplicateColumnError(
            f"The query has two columns of one name: {said}.", ("Give one of them a name with AS.",), context
        )
    if code in _AWAY or code < 1000 or 2000 <= code < 3000:
        return UnavailableError(
            f"{place} does not answer, or no longer: {said}.",
            ("Try again.", "Check host and port of the database in the settings."),
            context,
        )
    return QueryFailedError(
        f"{place} does not accept the statement: {said}.", ("Check the request.",), context
    )
