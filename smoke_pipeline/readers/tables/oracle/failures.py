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
_CODES: dict[type[SmokePipelineError], tuple[str, ...]] = {
    QueryTimeoutError: ("ORA-01013", "ORA-03156", "DPY-4024"),
    UnavailableError: (
        *(
            "ORA-00018",
            "ORA-00020",
            "ORA-00028",
            "ORA-01012",
            "ORA-01033",
            "ORA-01034",
            "ORA-01089",
            "ORA-01090",
        ),
        *("ORA-02391", "ORA-03113", "ORA-03114", "ORA-03135", "ORA-121", "ORA-125", "ORA-126"),
        *("DPY-1001", "DPY-4011", "DPY-6"),
    ),
    ObjectChangedError: ("ORA-01555", "ORA-01466", "ORA-08180", "ORA-08181", "ORA-22924", "ORA-30052"),
    AccessDeniedError: (
        "ORA-01017",
        NO_RIGHT,
        "ORA-01045",
        "ORA-28000",
        "ORA-28001",
        "ORA-41900",
        "DPY-4001",
    ),
    ObjectNotFoundError: ("ORA-00942", "ORA-04043"),
    DuplicateColumnError: ("ORA-00918",),
    UnsupportedColumnTypeError: (
        *("DPY-3007", "DPY-3030", "DPY-3038", "DPY-4036", "DPY-4042", "DPY-5015", "ORA-24359"),
    ),
    SettingsError: ("DPY-2", "DPY-4000", "DPY-4017", "DPY-4018", "DPY-4022", "DPY-4026", "DPY-4027"),
}
"""What the errors are that begin so."""
_WAYS_OUT: dict[type[SmokePipelineError], tuple[str, ...]] = {
    QueryTimeoutError: ("Read fewer rows with a where_clause.", "Raise statement_timeout_s of the database."),
    UnavailableError: (
        "Try again.",
        "Check dsn of the database in the settings, and whether its service is up.",
    ),
    ObjectChangedError: (
        "Try again while nobody changes the table.",
        "Have the undo retention of the database raised.",
    ),
    AccessDeniedError: ("Check user and password of the database in the settings, and the user's rights.",),
    ObjectNotFoundError: ("Check the name of the table, and the user's right to read it.",),
    DuplicateColumnError: ("Give one of them a name with AS.",),
    UnsupportedColumnTypeError: ("Read the column as text, with the cast TO_CHAR(column).",),
    SettingsError: ("Write the dsn as host:port/service.",),
    QueryFailedError: ("Check the request.",),
}
_PLAIN_ADDRESS = re.compile(r"(?:tcps?://)?[\w.-]+(?::\d+)?/[\w.$-]+")
_NOISE = re.compile(r" ?\(CONNECTION_ID=[^)]*\)")


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
        raise _not_secure(database, error.strerror or str(error)) from error


def code_of(error: oracledb.Error) -> str:
    """The number of an error, such as `ORA-00942`."""
    return str(getattr(error.args[0], "full_code", "") if error.args else "")


def place_of(database: Oracle) -> str:
    """What a person calls the server; a whole connect descriptor may hold what is not to be shown."""
    return database.dsn if _PLAIN_ADDRESS.fullmatch(database.dsn) else "The database"


def _in_our_words(error: oracledb.Error, database: Oracle) -> SmokePipelineError:
    code, place, said = code_of(error), place_of(database), _said(error)
    if "certificate" in said.lower():
        return _not_secure(database, said)
    messages: dict[type[SmokePipelineError], str] = {
        QueryTimeoutError: f"{place} took longer than {database.statement_timeout_s:g} s: {said}.",
        UnavailableError: f"{place} does not answer, or no longer: {said}.",
        ObjectChangedError: f"{place} no longer has the state that was being read: {said}.",
        AccessDeniedError: f"{place} refuses the user {database.user!r}: {said}.",
        ObjectNotFoundError: f"{place}: {said}.",
        DuplicateColumnError: f"The query has two columns of one name: {said}.",
        UnsupportedColumnTypeError: f"{place} sent a value that cannot be read exactly: {said}.",
        SettingsError: f"The dsn of the database cannot be read: {code}.",
        QueryFailedError: f"{place} does not accept the statement: {said}.",
    }
    kind = next((kind for kind, codes in _CODES.items() if code.startswith(codes)), QueryFailedError)
    return kind(messages[kind], _WAYS_OUT[kind], {"database": place, "code": code})


def _said(error: oracledb.Error) -> str:
    """What the driver says, and what it says was the cause."""
    lines = [_NOISE.sub("", line).strip().rstrip(".") for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Help:")]
    return "; ".join(told[:2]) or type(error).__name__


def _not_secure(database: Oracle, why: str) -> SettingsError:
    return SettingsError(
        f"A secure connection to {place_of(database)} cannot be made: {why}.",
        ("Check ca_bundle of the database in the settings.",),
        {"database": place_of(database)},
    )
