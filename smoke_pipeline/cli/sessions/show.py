"""`smoke show`: one session and what was found."""

import shutil
from pathlib import Path

import click

from smoke_pipeline.cli.services.postgres import postgres
from smoke_pipeline.cli.sessions.answer import format_option, print_outcome
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.report.bundle import require_place
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.outcome import Outcome, outcome_of, require_report
from smoke_pipeline.smoke_test.surroundings import open_surroundings


@click.command()
@click.argument("session_id", metavar="SESSION")
@click.option(
    "--report", "copy_to", type=click.Path(path_type=Path), help="Copy the kept report into this folder."
)
@format_option
def show(session_id: str, copy_to: Path | None, form: str) -> None:
    """Show one session and what was found."""
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        outcome = outcome_of(session_id, around)
        if copy_to is not None:
            click.echo(f"The report was copied to {copy_report(outcome, copy_to)}.", err=True)
        print_outcome(outcome, around, form)


def copy_report(outcome: Outcome, folder: Path) -> Path:
    """Copy the kept report of a session into a folder, whole or not at all; where it is then.

    Raises:
        SessionStateError: There is no report yet.
        SnapshotMissingError: It is not on disk any more.
        InvalidOptionError: The folder is a file, or holds a file of that name.
        StorageFullError: The disk has no room left.
        AccessDeniedError: We may not write there.
    """
    report = require_report(outcome)
    require_place(folder)
    copy = folder.absolute() / report.name
    if copy.exists():
        raise InvalidOptionError(f"{copy} is there already.", ("Name another folder.",))
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(copy) as unfinished:
            shutil.copyfile(report, unfinished)
    return copy
