"""The gate before every command: who gives it, whether they may, and a line in the log of what came of it.

Everything heavy is imported behind it: a command that needs no history must not pay for one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smoke_pipeline.cli.services.logs import logged
from smoke_pipeline.errors import PermissionDeniedError

if TYPE_CHECKING:
    from smoke_pipeline.cli.access.rules import Rule
    from smoke_pipeline.history.access.audit import Action
    from smoke_pipeline.history.access.roles import Identity
    from smoke_pipeline.history.database import Database
    from smoke_pipeline.settings.model import Settings

_ACTION = "smoke_pipeline.action"
_IS_GUARDED = "_smoke_is_guarded"


def guard(command: click.Command, name: str) -> click.Command:
    """Put the gate before a command, and before each command of a group; once is enough."""
    if isinstance(command, click.Group):
        for below, inner in command.commands.items():
            guard(inner, f"{name} {below}")
        return command
    if command.callback is not None and not hasattr(command.callback, _IS_GUARDED):
        command.callback = _guarded(command.callback, name)
    return command


@contextmanager
def admitted(name: str, params: Mapping[str, Any]) -> "Iterator[Action | None]":
    """Let a command run as who gives it, and write down what came of it.

    Args:
        name: The command without `smoke`, such as `keys create`.
        params: Its arguments and options.

    Raises:
        PermissionDeniedError: A key is asked for, the key is refused, or the command is not permitted.
        RateLimitError: The key was used too often.
        HistoryUnavailableError: What is done cannot be written down.
    """
    from smoke_pipeline.cli.access.rules import RULES, UNLISTED

    rule = RULES.get(name, UNLISTED)
    if rule.is_open and not params.get(rule.open_unless):
        yield None
        return
    from smoke_pipeline.history.access.acting import acting_as
    from smoke_pipeline.history.access.roles import LOCAL
    from smoke_pipeline.settings.load import load_settings

    settings, sessions = load_settings(), _sessions(rule, params)
    if settings.api_key is None and settings.access.require_key:
        raise _no_key()
    if settings.api_key is None and rule.by_key_alone and not sessions:
        with acting_as(LOCAL):
            yield None
        return
    from smoke_pipeline.history.access.audit import Action

    action = Action(tool_name=f"smoke {name}", action=rule.action, identity=None)
    action.session_id = sessions[0] if sessions else None
    if rule.reads_preset:
        action.preset = params.get("preset") or settings.default_preset
    with _recorded(action, rule, sessions, settings):
        yield action


def note_session(session_id: str, preset: str | None = None) -> None:
    """Say which session the command under way has made."""
    action = _under_way()
    if action is not None:
        action.session_id = session_id
        action.preset = preset or action.preset


def note_rows(rows: int, reason: str) -> None:
    """Say how many differences the command under way has accepted, and why."""
    action = _under_way()
    if action is not None:
        action.details |= {"rows": rows, "reason": reason}


def note_key(key_id: int) -> None:
    """Say which key the command under way has made or ended."""
    action = _under_way()
    if action is not None:
        action.details["key_id"] = key_id


def _under_way() -> "Action | None":
    """What is written down of the command under way; None outside of one."""
    context = click.get_current_context(silent=True)
    return context.find_root().meta.get(_ACTION) if context else None


def _guarded(callback: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(callback)
    def behind_the_gate(*args: Any, **params: Any) -> Any:
        with logged(name) as told, admitted(name, params) as action:
            try:
                return callback(*args, **params)
            except (click.exceptions.Exit, SystemExit) as ended:  # an answer, and not what went wrong
                status = ended.exit_code if isinstance(ended, click.exceptions.Exit) else ended.code
                told["exit_status"] = code = status if isinstance(status, int) else 1
                if action is not None:
                    action.details["exit_status"] = code
                leaving = ended
            finally:
                told["session_id"] = action.session_id if action is not None else None
        raise leaving

    setattr(behind_the_gate, _IS_GUARDED, True)
    return behind_the_gate


def _sessions(rule: "Rule", params: Mapping[str, Any]) -> list[str]:
    """The sessions that the command is given."""
    if rule.touches is None:
        return []
    given = [str(params[name]) for name in rule.sessions]
    return [one for one in given if not (rule.takes_files and Path(one).is_file())]


@contextmanager
def _recorded(
    action: "Action", rule: "Rule", sessions: Sequence[str], settings: "Settings"
) -> Iterator[None]:
    from smoke_pipeline.history.access.acting import acting_as
    from smoke_pipeline.history.access.audit import AuditLog
    from smoke_pipeline.history.database import open_database
    from smoke_pipeline.history.sharing import postgres

    with postgres(settings), open_database(settings) as database, AuditLog(database).recording(action):
        action.identity = who = _identity(settings, database)
        _require(action, rule, sessions, settings, database)
        context = click.get_current_context(silent=True)
        if context is not None:
            context.find_root().meta[_ACTION] = action
        with acting_as(who):
            yield


def _identity(settings: "Settings", database: "Database") -> "Identity":
    from smoke_pipeline.history.access.keys import Keys
    from smoke_pipeline.history.access.roles import LOCAL

    if settings.api_key is None:
        return LOCAL
    return Keys(database).authenticate(settings.api_key.get_secret_value())


def _require(
    action: "Action", rule: "Rule", sessions: Sequence[str], settings: "Settings", database: "Database"
) -> None:
    """Refuse what who gives the command may not do."""
    from smoke_pipeline.cli.access.rules import Touch
    from smoke_pipeline.history.access.roles import require
    from smoke_pipeline.history.postgres import PostgresHistory
    from smoke_pipeline.settings.paths import data_folder
    from smoke_pipeline.smoke_test.access.permissions import (
        require_reading,
        session_to_change,
        session_to_see,
    )
    from smoke_pipeline.smoke_test.surroundings import Surroundings

    who = action.identity
    assert who is not None  # noqa: S101 - set by the only caller
    if rule.needs is not None:
        require(who, rule.needs, f"give the command `{action.tool_name}`")
    if rule.reads_preset:
        require_reading(who, action.preset, settings)
    if not sessions:
        return
    around = Surroundings(
        history=PostgresHistory(database),
        settings=settings,
        data_folder=data_folder(settings),
        identity=who,
    )
    ask = session_to_see if rule.touches is Touch.SEE else session_to_change
    for session_id in sessions:
        action.preset = ask(session_id, around).preset


def _no_key() -> PermissionDeniedError:
    hint = "Set the variable SMOKE_API_KEY; an administrator makes keys with: smoke keys create."
    return PermissionDeniedError(
        "This installation asks for an API key, and none was given.",
        suggestions=(hint,),
        context={"your_role": None, "required_roles": [], "hint": hint},
    )
