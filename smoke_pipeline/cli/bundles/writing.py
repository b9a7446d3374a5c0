"""Writing a bundle for a person who waits for it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.report.bundle import require_place, write_bundle
from smoke_pipeline.report.pictures.past import PastScore
from smoke_pipeline.report.repair.statements import why_none
from smoke_pipeline.settings.model import ReportSettings


def written_bundle(
    result: ComparisonResult,
    folder: Path,
    *,
    name: str,
    report: ReportSettings,
    history: Sequence[PastScore] = (),
) -> Path:
    """The path of the bundle; where statements were asked for and there are none, why is told on stderr.

    `history` is how this test went before, for the page to draw.

    Raises:
        StorageFullError: The disk has no room; nothing was left behind.
        AccessDeniedError: We may not write there.
        InvalidOptionError: The folder is a file, or a format does not exist.
    """
    path = write_bundle(result, folder, name=name, settings=report, history=history).zip_path
    because = why_none(result, report) if "repair" in report.formats else None
    if because:
        click.echo(f"repair.sql holds no statements. {because}", err=True)
    return path


def copied(bundle: Path, folder: Path) -> Path:
    """A copy of a bundle in a folder, whole or not at all.

    Raises:
        InvalidOptionError: The folder is a file, or holds a file of that name.
        StorageFullError: The disk has no room left.
        AccessDeniedError: We may not write there.
    """
    require_place(folder)
    copy = folder / bundle.name
    if copy.exists():
        raise InvalidOptionError(f"{copy} is there already.", ("Name another folder.",))
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(copy) as unfinished:
            shutil.copyfile(bundle, unfinished)
    return copy
