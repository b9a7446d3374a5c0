"""`smoke db`: the tables of the history, and those of Dagster beside them."""

import click

from smoke_pipeline.cli.services.home import dagster_home
from smoke_pipeline.cli.services.postgres import postgres
from smoke_pipeline.settings.load import load_settings


@click.group()
def db() -> None:
    """Look after the tables of the history and of Dagster."""


@db.command()
def schema() -> None:
    """Print the schema as SQL, for a database administrator to read or run."""
    from smoke_pipeline.history.schema.migrate import schema_sql

    click.echo(schema_sql(), nl=False)


@db.command()
@click.argument("role")
def grants(role: str) -> None:
    """Print the rights that ROLE, a role of PostgreSQL, needs to work with the history, as SQL."""
    from smoke_pipeline.history.access.grants import grants_sql

    click.echo(grants_sql(role), nl=False)


@db.command()
def upgrade() -> None:
    """Make the tables, or bring them up to date; stop `smoke up` before."""
    from smoke_pipeline.cli.runs import open_instance
    from smoke_pipeline.history.database import open_database

    settings = load_settings()
    with postgres(settings) as url, open_instance(dagster_home(settings), url) as instance:
        open_database(settings).close()
        instance.upgrade()
    click.echo("The tables of the history and of Dagster are up to date.")
