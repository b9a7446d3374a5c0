"""`smoke demo`: one smoke test through the whole pipeline, on a real pair of tables."""

import click

from smoke_pipeline.cli.sessions.answer import exit_status, print_outcome
from smoke_pipeline.cli.sessions.start import run_at_once
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.example import example_order
from smoke_pipeline.smoke_test.spec import read_order
from smoke_pipeline.smoke_test.surroundings import open_surroundings


@click.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Run one smoke test on a real pair of tables: the radio frequencies of the world's airports.

    The tables differ, and the demo passes all the same: its threshold is met.
    """
    settings = load_settings()
    click.echo("A smoke test of two editions of a public table, through the pipeline:\n")
    with postgres(settings), open_surroundings(settings) as around:
        outcome = run_at_once(read_order(example_order()), around)
        print_outcome(outcome, around, "text")
    click.echo("\nThe page in the zip tells the differences: unpack it and open report.html.")
    click.echo("Dagster's page shows this session, its checks and its numbers: smoke up")
    ctx.exit(exit_status(outcome))
