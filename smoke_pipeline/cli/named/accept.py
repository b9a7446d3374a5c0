"""`smoke accept`: the differences of a session are right, and only others are to fail from now on."""

import click

from smoke_pipeline.cli.access.gate import note_rows
from smoke_pipeline.cli.answers.tables import print_json
from smoke_pipeline.cli.named.baseline import facts_of, words_of
from smoke_pipeline.cli.named.tests import opened
from smoke_pipeline.cli.sessions.answer import format_option
from smoke_pipeline.smoke_test.named.accepting import accept_differences


@click.command()
@click.argument("session_id", metavar="SESSION")
@click.option("--reason", required=True, help="Why they are right; it is told with each verdict.")
@format_option
def accept(session_id: str, reason: str, form: str) -> None:
    """Accept every difference of SESSION: later sessions of its test fail on other differences alone."""
    with opened() as around:
        accepted = accept_differences(session_id, reason, around)
    note_rows(accepted.rows, accepted.reason)
    if form == "json":
        print_json(facts_of(accepted))
        return
    click.echo(words_of(accepted))
    click.echo(f"Later sessions of {accepted.test_name!r} fail on other differences alone.")
