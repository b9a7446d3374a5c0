"""`smoke sessions` and `smoke show`: what the history knows."""

import json

import click

from smoke_pipeline.cli.services.postgres import postgres
from smoke_pipeline.cli.sessions.answer import format_option, print_outcome
from smoke_pipeline.history.records import Status
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.access.permissions import sessions_to_see
from smoke_pipeline.smoke_test.outcome import Outcome, outcome_of
from smoke_pipeline.smoke_test.surroundings import open_surroundings


@click.command()
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@format_option
def sessions(status: str | None, limit: int, form: str) -> None:
    """List the sessions, the newest first."""
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        chosen = sessions_to_see(around, status=Status(status) if status else None, limit=limit)
        outcomes = [outcome_of(session.session_id, around) for session in chosen]
    if form == "json":
        click.echo(json.dumps([outcome.to_dict() for outcome in outcomes], ensure_ascii=False))
        return
    if not outcomes:
        click.echo("There is no session yet. Start one: smoke start SOURCE", err=True)
    for line in _table([_row(outcome) for outcome in outcomes]):
        click.echo(line)


@click.command()
@click.argument("session_id", metavar="SESSION")
@format_option
def show(session_id: str, form: str) -> None:
    """Show one session and what was found."""
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        print_outcome(outcome_of(session_id, around), around, form)


def _row(outcome: Outcome) -> tuple[str, ...]:
    session = outcome.session
    return (
        session.session_id,
        f"{session.created_at:%Y-%m-%d %H:%M}",
        session.status.value,
        outcome.verdict.value if outcome.verdict else session.step.value.replace("_", " "),
        outcome.shown_score,
        session.test_name,
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows with columns one below the other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
