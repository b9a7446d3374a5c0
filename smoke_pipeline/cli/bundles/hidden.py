"""The file of every difference of `smoke compare`, which is seen by nobody before its values are masked."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from smoke_pipeline.comparison.spec import MISMATCHES_FILE
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.report.masking.lines import mask_lines
from smoke_pipeline.report.masking.masker import Masker
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.snapshots.scratch import scratch_below


@contextmanager
def hiding_lines(settings: Settings, masker: Masker | None) -> Iterator[Settings]:
    """Settings to compare by: the file is written where it is private, and comes to its place masked.

    Raises:
        StorageFullError: The disk has no room.
        AccessDeniedError: A folder cannot be written.
    """
    folder = settings.comparison.mismatches_dir
    if masker is None or folder is None:
        yield settings
        return
    with scratch_below(settings.comparison.spill_dir) as scratch:
        comparison = settings.comparison.model_copy(update={"mismatches_dir": scratch.path})
        yield settings.model_copy(update={"comparison": comparison})
        written = scratch.path / MISMATCHES_FILE
        if written.exists():
            mask_lines(written, masker)
            with storage_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
                with replacing(folder / MISMATCHES_FILE) as unfinished:
                    shutil.copyfile(written, unfinished)
