"""Which role may give which command: one table, held by asking the gate with a real key of each role.

A command that is added without a row here, or without a rule, fails.
"""

from collections.abc import Iterator

import click
import pytest

from smoke_pipeline.cli.access.gate import admitted
from smoke_pipeline.cli.access.rules import RULES, UNLISTED
from smoke_pipeline.cli.main import main
from smoke_pipeline.errors import PermissionDeniedError
from smoke_pipeline.history.access.acting import acting
from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.records import Role

pytestmark = pytest.mark.services

EVERYBODY = "admin dba user billing"
WORKERS = "admin dba user"

MATRIX: dict[str, dict[str, str]] = {
    "compare": {"development": WORKERS, "production": "admin dba"},
    "profile": {"development": WORKERS, "production": "admin dba"},
    "start": {"development": WORKERS, "production": "admin dba", "unknown": "admin dba"},
    "run": {"development": WORKERS, "production": "admin dba"},
    "demo": {"": WORKERS},
    "continue": {"own": WORKERS, "other": "admin dba", "finished": "admin dba", "production": "admin dba"},
    "cancel": {"own": WORKERS, "other": "admin dba", "finished": "admin dba"},
    "archive": {"own": WORKERS, "other": "admin dba", "finished": "admin dba"},
    "show": {"own": WORKERS, "other": "admin dba", "finished": "admin dba billing"},
    "report show": {"own": WORKERS, "other": "admin dba", "finished": "admin dba billing"},
    "report diff": {"own": WORKERS, "other": "admin dba", "finished": "admin dba billing"},
    "report verify": {"": EVERYBODY},
    "sessions": {"": EVERYBODY},
    "history": {"": WORKERS},
    "trends": {"": WORKERS},
    "stats": {"": "admin dba"},
    "accept": {"own": WORKERS, "other": "admin dba", "finished": "admin dba", "production": "admin dba"},
    "baseline show": {"": WORKERS},
    "baseline drop": {"": WORKERS},
    "tests list": {"": WORKERS},
    "tests show": {"": WORKERS},
    "tests check": {"": WORKERS},
    "tests save": {"": WORKERS},
    "tests delete": {"": WORKERS},
    "suite list": {"": EVERYBODY},
    "suite run": {"": WORKERS},
    "suite show": {"": "admin dba"},
    "clean": {"": "admin dba"},
    "keys create": {"": "admin"},
    "keys list": {"": "admin"},
    "keys revoke": {"": "admin"},
    "keys rotate": {"": "admin"},
    "audit": {"": "admin"},
    "up": {"": "admin"},
    "serve": {"": "admin"},
    "mcp": {"": EVERYBODY, "http": "admin"},
    "db upgrade": {"": "admin"},
    "db export": {"": "admin"},
    "db import": {"": "admin"},
    "db schema": {"": EVERYBODY},
    "db grants": {"": EVERYBODY},
    "doctor": {"": EVERYBODY, "deep": "admin dba"},
}
CELLS = [
    pytest.param(
        command, situation, role.value, role.value in may.split(), id=f"{command}-{situation}-{role}"
    )
    for command, row in MATRIX.items()
    for situation, may in row.items()
    for role in Role
]


def leaves(group: click.Group, start: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, f"{start}{name} ")
        else:
            yield f"{start}{name}"


def parameters(command: str, situation: str) -> dict[str, str]:
    if RULES[command].touches:
        return dict.fromkeys(RULES[command].sessions, situation)
    if situation and situation == RULES[command].open_unless:
        return {situation: "yes"}
    return {"preset": situation} if situation else {}


def test_every_command_has_a_row_and_a_rule():
    commands = set(leaves(main))

    assert commands - set(MATRIX) == set()
    assert commands - set(RULES) == set()
    assert set(MATRIX) - commands == set()
    assert set(RULES) - commands == set()


@pytest.mark.parametrize(("command", "situation", "role", "is_allowed"), CELLS)
def test_a_role_may_give_a_command_or_is_told_who_may(
    command, situation, role, is_allowed, shared, monkeypatch
):
    for name, value in shared.variables(role).items():
        monkeypatch.setenv(name, value)
    reached = []

    def give() -> None:
        with admitted(command, parameters(command, situation)) as action:
            reached.append((action.identity if action else acting()).role.value)

    if is_allowed:
        give()
        is_asked = not RULES[command].is_open or situation in ("deep", "http")
        assert reached == [role if is_asked else "admin"]
        return
    with pytest.raises(PermissionDeniedError) as caught:
        give()

    assert reached == []
    assert caught.value.your_role == role
    assert role not in caught.value.required_roles
    assert caught.value.required_roles
    with shared.open() as database:
        newest = AuditLog(database).page(limit=1).entries[0]
    assert (newest.tool_name, newest.error_class) == (f"smoke {command}", "PermissionDeniedError")
    assert newest.client_role == role


def test_a_command_without_a_rule_is_for_administrators_alone():
    assert UNLISTED.needs == RULES["up"].needs
    assert not UNLISTED.is_open
    assert not UNLISTED.by_key_alone
