"""`smoke db`: the tables of the history, and those of Dagster beside them."""

from pathlib import Path

import click

from smoke_pipeline.cli.services.home import dagster_home
from smoke_pipeline.history.sharing import postgres
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


@db.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="With the digests of API keys, which keeps the keys valid.")
def export(file: Path, with_keys: bool) -> None:
    """Write the whole history into FILE, a zip, as it is at this moment."""
    from smoke_pipeline.history.backup.exporting import export_history
    from smoke_pipeline.history.database import open_database

    settings = load_settings()
    with postgres(settings), open_database(settings) as database:
        written = export_history(database, file, with_keys=with_keys)
    click.echo(f"{written.rows:,} rows of {len(written.tables)} tables were written to {file.absolute()}.")
    click.echo("Snapshots and reports lie in the data folder: copy `tests` and `uploads` from there.")
    if not with_keys:
        click.echo("API keys are not in it; `--with-keys` writes their digests, too.")


@db.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Forget the history that is there; its log stays.")
def import_(file: Path, replace: bool) -> None:
    """Bring the history of FILE into a database; stop `smoke up` before."""
    from smoke_pipeline.cli.runs import add_sessions, open_instance
    from smoke_pipeline.history.answers.sessions import all_session_ids
    from smoke_pipeline.history.backup.importing import import_history
    from smoke_pipeline.history.database import open_database

    settings = load_settings()
    with postgres(settings) as url, open_database(settings) as database:
        read = import_history(database, file, replace=replace)
        with open_instance(dagster_home(settings), url) as instance:
            add_sessions(instance, all_session_ids(database))
    click.echo(f"{read.rows:,} rows of {len(read.tables)} tables were brought in; each table was counted.")
