"""`smoke baseline`: who accepted which differences of a test, and letting them count as differences again."""

from collections.abc import Mapping
from typing import Any

import click

from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, table_format
from smoke_pipeline.cli.named.tests import opened
from smoke_pipeline.history.access.roles import Permission
from smoke_pipeline.history.named_tests.records import EVERYBODY, BaselineRecord
from smoke_pipeline.smoke_test.named.accepting import baselines_of, drop_baseline

COLUMNS = (
    "test_name",
    "active",
    "differences",
    "accepted_by",
    "accepted_at",
    "reason",
    "holds_for",
    "session_id",
)


@click.group()
def baseline() -> None:
    """Tell or drop the differences that were accepted for a test."""


@baseline.command()
@click.argument("name", metavar="TEST")
@table_format
def show(name: str, form: str) -> None:
    """Show what was accepted for the test, the newest first, and what of it still holds."""
    with opened() as around:
        who = around.identity
        found = [
            one
            for one in baselines_of(around).all_of(name)
            if who.may(Permission.SEE_ALL_SESSIONS) or one.holds_for in (EVERYBODY, who.client_id)
        ]
    rows = [facts_of(one) for one in found]
    if form == "json":
        print_json({"baselines": rows})
    elif form == "csv":
        print_csv(rows, COLUMNS)
    elif not found:
        click.echo(f"Nothing was accepted for {name!r}.")
    else:
        for line in aligned([("holds" if one.active else "ended", words_of(one)) for one in found]):
            click.echo(line)


@baseline.command()
@click.argument("name", metavar="TEST")
@click.option("--own", is_flag=True, help="The one for your own sessions, not the one for everybody's.")
def drop(name: str, own: bool) -> None:
    """Let the accepted differences of the test count as differences again."""
    with opened() as around:
        drop_baseline(name, around, is_own=own)
    click.echo(f"Nothing is accepted for {name!r} any more.")


def facts_of(one: BaselineRecord) -> Mapping[str, Any]:
    """A baseline as a program reads it."""
    return {
        "test_name": one.test_name,
        "active": one.active,
        "differences": one.rows,
        "accepted_by": one.accepted_by,
        "accepted_at": one.accepted_at,
        "reason": one.reason,
        "holds_for": one.holds_for or None,
        "session_id": one.session_id,
        "options": dict(one.options),
    }


def words_of(one: BaselineRecord) -> str:
    """A baseline in one line."""
    whose = f"sessions of {one.holds_for}" if one.holds_for else "everybody's sessions"
    plural = "" if one.rows == 1 else "s"
    return (
        f"{one.rows:,} difference{plural} of session {one.session_id}, accepted by {one.accepted_by} on "
        f"{one.accepted_at:%Y-%m-%d} ({one.reason}), for {whose}"
    )
