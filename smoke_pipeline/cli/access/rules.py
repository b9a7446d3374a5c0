"""What each command needs of who gives it; one line for each, and a test that none is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from smoke_pipeline.history.access.roles import Permission


class Touch(Enum):
    """What a command does with the session it is given."""

    SEE = "see"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is asked before a command runs, and what is written down of it."""

    action: str
    """What it does, in the log."""
    needs: Permission | None = None
    """What who gives it must be permitted."""
    touches: Touch | None = None
    """What it does with the sessions that it is given."""
    sessions: tuple[str, ...] = ("session_id",)
    """Its arguments that name those sessions."""
    takes_files: bool = False
    """Whether such an argument may be a file of this machine instead, which nobody is asked for."""
    reads_preset: bool = False
    """Whether `--preset` names what it reads by."""
    is_open: bool = False
    """Whether anybody may give it, without a key and without a line in the log."""
    open_unless: str = ""
    """The flag with which it is not open."""
    by_key_alone: bool = False
    """Whether it is written down only where a key was shown; for commands that need no history."""


STARTS = Permission.START_SESSIONS
RUNS = Permission.RUN_INSTALLATION
KEYS = Permission.MANAGE_KEYS
LISTS = Rule(action="list_sessions", by_key_alone=True)
SUMS_UP = Rule(action="read_history", needs=Permission.SEE_OWN_SESSIONS, by_key_alone=True)

RULES: Mapping[str, Rule] = {
    "compare": Rule(action="compare", needs=STARTS, reads_preset=True, by_key_alone=True),
    "profile": Rule(action="profile", needs=STARTS, reads_preset=True, by_key_alone=True),
    "start": Rule(action="start_session", needs=STARTS, reads_preset=True),
    "run": Rule(action="start_session", needs=STARTS, reads_preset=True),
    "demo": Rule(action="start_session", needs=STARTS),
    "continue": Rule(action="continue_session", touches=Touch.CHANGE),
    "cancel": Rule(action="cancel_session", touches=Touch.CHANGE),
    "archive": Rule(action="archive_session", touches=Touch.CHANGE),
    "show": Rule(action="see_session", touches=Touch.SEE),
    "report show": Rule(
        action="read_report", touches=Touch.SEE, sessions=("place",), takes_files=True, by_key_alone=True
    ),
    "report diff": Rule(
        action="read_report",
        touches=Touch.SEE,
        sessions=("before", "after"),
        takes_files=True,
        by_key_alone=True,
    ),
    "report verify": Rule(action="verify_report", is_open=True),
    "sessions": LISTS,
    "history": SUMS_UP,
    "trends": SUMS_UP,
    "stats": Rule(action="read_history", needs=Permission.SEE_ALL_SESSIONS, by_key_alone=True),
    "accept": Rule(action="accept_differences", touches=Touch.CHANGE),
    "baseline show": Rule(action="read_baseline", needs=Permission.SEE_OWN_SESSIONS, by_key_alone=True),
    "baseline drop": Rule(action="drop_baseline", needs=STARTS),
    "tests list": Rule(action="list_tests", needs=STARTS, by_key_alone=True),
    "tests show": Rule(action="see_test", needs=STARTS, by_key_alone=True),
    "tests check": Rule(action="check_tests", needs=STARTS, by_key_alone=True),
    "tests save": Rule(action="save_test", needs=STARTS),
    "tests delete": Rule(action="delete_test", needs=STARTS),
    "suite list": Rule(action="list_suites", is_open=True),
    "suite run": Rule(action="run_suite", needs=STARTS),
    "suite show": Rule(action="see_suite", needs=Permission.SEE_ALL_SESSIONS, by_key_alone=True),
    "clean": Rule(action="clean_up", needs=Permission.CLEAN_UP),
    "keys create": Rule(action="create_key", needs=KEYS),
    "keys list": Rule(action="list_keys", needs=KEYS),
    "keys revoke": Rule(action="revoke_key", needs=KEYS),
    "keys rotate": Rule(action="rotate_key", needs=KEYS),
    "audit": Rule(action="read_audit", needs=Permission.READ_AUDIT),
    "up": Rule(action="serve", needs=RUNS, by_key_alone=True),
    "serve": Rule(action="serve", needs=RUNS, by_key_alone=True),
    "mcp": Rule(action="serve", needs=RUNS, is_open=True, open_unless="http", by_key_alone=True),
    "db upgrade": Rule(action="upgrade_history", needs=RUNS),
    "db export": Rule(action="export_history", needs=RUNS),
    "db import": Rule(action="import_history", needs=RUNS),
    "db schema": Rule(action="print_schema", is_open=True),
    "db grants": Rule(action="print_grants", is_open=True),
    "doctor": Rule(
        action="check_installation",
        needs=Permission.CLEAN_UP,
        is_open=True,
        open_unless="deep",
        by_key_alone=True,
    ),
}

UNLISTED = Rule(action="unlisted", needs=RUNS)
"""For a command that is not listed: nobody but an administrator."""
