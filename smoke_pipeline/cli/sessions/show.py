"""`smoke show`: one session and what was found."""

import click

from smoke_pipeline.cli.sessions.answer import format_option, print_outcome
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.surroundings import open_surroundings


@click.command()
@click.argument("session_id", metavar="SESSION")
@format_option
def show(session_id: str, form: str) -> None:
    """Show one session and what was found."""
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        print_outcome(outcome_of(session_id, around), around, form)
