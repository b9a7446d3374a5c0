"""`smoke cancel` and `smoke archive`: a session is closed for good."""

import click

from smoke_pipeline.cli.keeping.opening import open_both
from smoke_pipeline.cli.sessions.answer import format_option, print_outcome
from smoke_pipeline.history.records import Status
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.keeping.closing import close_session, stop_runs
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.surroundings import open_surroundings


@click.command()
@click.argument("session_id", metavar="SESSION")
@format_option
def cancel(session_id: str, form: str) -> None:
    """Cancel a session that is not done; a run of it that is under way is stopped."""
    with open_both() as both:
        session_to_change(session_id, both.around)
        close_session(session_id, Status.CANCELLED, both.around)
        for run_id in stop_runs(session_id, both.orchestrator):
            click.echo(f"The run {run_id} was under way and is told to stop.", err=True)
        print_outcome(outcome_of(session_id, both.around), both.around, form)


@click.command()
@click.argument("session_id", metavar="SESSION")
@format_option
def archive(session_id: str, form: str) -> None:
    """Put a session away that has ended: it is kept, and nothing can be done with it any more."""
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        session_to_change(session_id, around)
        close_session(session_id, Status.ARCHIVED, around)
        print_outcome(outcome_of(session_id, around), around, form)
