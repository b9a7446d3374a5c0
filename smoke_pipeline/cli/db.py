"""`smoke db`: the tables of the history."""

import click

from smoke_pipeline.cli.services.postgres import postgres
from smoke_pipeline.settings.load import load_settings


@click.group()
def db() -> None:
    """Look after the tables of the history."""


@db.command()
def schema() -> None:
    """Print the schema as SQL, for a database administrator to read or run."""
    from smoke_pipeline.history.migrate import schema_sql

    click.echo(schema_sql(), nl=False)


@db.command()
def upgrade() -> None:
    """Make the tables, or bring them up to date."""
    from smoke_pipeline.history.postgres import open_history

    settings = load_settings()
    with postgres(settings):
        open_history(settings).close()
    click.echo("The tables of the history are up to date.")
