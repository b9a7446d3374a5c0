"""What python-oracledb says went wrong, in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import oracledb

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
    UnsupportedColumnTypeError,
)
from smoke_pipeline.settings.connections import Oracle

NO_RIGHT = "ORA-01031"
_DENIED = ("ORA-01017", NO_RIGHT, "ORA-01045", "ORA-28000", "ORA-28001", "ORA-41900", "DPY-4001")
_MISSING = ("ORA-00942", "ORA-04043")
_TIMED_OUT = ("ORA-01013", "ORA-03156", "DPY-4024")
_CHANGED = ("ORA-01555", "ORA-01466", "ORA-08180", "ORA-08181", "ORA-22924", "ORA-30052")
_AWAY = (
    *("ORA-00018", "ORA-00020", "ORA-00028", "ORA-01012", "ORA-01033", "ORA-01034", "ORA-01089", "ORA-01090"),
    *("ORA-02391", "ORA-03113", "ORA-03114", "ORA-03135", "ORA-12"),
    *("DPY-1001", "DPY-4011", "DPY-6"),
)
_TWICE = "ORA-00918"
_NO_ADDRESS = ("DPY-4000", "DPY-4017", "DPY-4018", "DPY-4022", "DPY-4026", "DPY-4027", "DPY-2014")
_NOT_EXACT = ("DPY-3007", "DPY-3030", "DPY-3038", "DPY-4036", "DPY-4042", "DPY-5015", "ORA-24359")
_PLAIN_ADDRESS = re.compile(r"(?:tcps?://)?[\w.-]+(?::\d+)?/[\w.$-]+")


@contextmanager
def told(database: Oracle) -> Iterator[None]:
    """Tell the driver's errors in our words."""
    try:
        yield
    except oracledb.Error as error:
        raise _in_our_words(error, database) from error
    except (ValueError, OverflowError) as error:  # the driver knows no moment before the year 1
        raise UnsupportedColumnTypeError(
            f"{place_of(database)} sent a value that cannot be read exactly: {error}.",
            ("Read a date before the year 1 as text: TO_CHAR(column, 'SYYYY-MM-DD HH24:MI:SS').",),
        ) from error
    except OSError as error:
        raise SettingsError(
            f"A secure connection to {place_of(database)} cannot be made: {error.strerror or error}.",
            ("Check ca_bundle of the database in the settings.",),
        ) from error


def code_of(error: oracledb.Error) -> str:
    """The number of an error, such as `ORA-00942`."""
    return str(getattr(error.args[0], "full_code", "") if error.args else "")


def place_of(database: Oracle) -> str:
    """What a person calls the server; a whole connect descriptor may hold what is not to be shown."""
    return database.dsn if _PLAIN_ADDRESS.fullmatch(database.dsn) else "The database"


def _in_our_words(error: oracledb.Error, database: Oracle) -> SmokePipelineError:
    code, place = code_of(error), place_of(database)
    lines = str(error).splitlines()
    said = lines[0].rstrip(".") if lines else type(error).__name__
    context = {"database": place, "code": code}
    if code.startswith(_AWAY):
        return UnavailableError(
            f"{place} does not answer, or no longer: {said}.",
            ("Try again.", "Check dsn of the database in the settings, and whether its service is up."),
            context,
        )
    if code.startswith(_TIMED_OUT):
        return QueryTimeoutError(
            f"{place} took longer than {database.statement_timeout_s:g} s: {said}.",
            ("Read fewer rows with a where_clause.", "Raise statement_timeout_s of the database."),
            context,
        )
    if code.startswith(_CHANGED):
        return ObjectChangedError(
            f"{place} no longer has the state that was being read: {said}.",
            ("Try again while nobody changes the table.", "Have the undo retention of the database raised."),
            context,
        )
    return _of_the_request(code, said, database, context)


def _of_the_request(code: str, said: str, database: Oracle, context: dict[str, str]) -> SmokePipelineError:
    place = place_of(database)
    if code in _DENIED:
        return AccessDeniedError(
            f"{place} refuses the user {database.user!r}: {said}.",
            ("Check user and password of the database in the settings, and the user's rights.",),
            context,
        )
    if code in _MISSING:
        return ObjectNotFoundError(
            f"{place}: {said}.", ("Check the name of the table, and the user's right to read it.",), context
        )
    if code == _TWICE:
        return DuplicateColumnError(
            f"The query has two columns of one name: {said}.", ("Give one of them a name with AS.",), context
        )
    if code in _NO_ADDRESS:
        return SettingsError(
            f"The dsn of the database cannot be read: {code}.", ("Write host:port/service.",), context
        )
    if code in _NOT_EXACT:
        return UnsupportedColumnTypeError(
            f"{place} sent a value that cannot be read exactly: {said}.",
            ("Read the column as text, with the cast TO_CHAR(column).",),
            context,
        )
    return QueryFailedError(
        f"{place} does not accept the statement: {said}.", ("Check the request.",), context
    )
