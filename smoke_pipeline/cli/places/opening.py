"""The sides of `smoke compare`: files where they lie, objects and tables as long as they are compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from smoke_pipeline.readers.base import OnProgress, ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.places import Whereabouts, place_at
from smoke_pipeline.smoke_test.spec import PathSide, SideSpec
from smoke_pipeline.snapshots.base import InPlaceSnapshot, Snapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.scratch import scratch_below
from smoke_pipeline.snapshots.store import open_snapshot, take_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a side is opened."""

    where: Whereabouts
    digest: bool
    """Whether a digest of its bytes is wanted."""
    on_progress: OnProgress | None = None

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.where.settings


@contextmanager
def opened_side(chosen: SideSpec, side: Side, options: ReadOptions, how: Opening) -> Iterator[Snapshot]:
    """A side that can be read as often as a comparison needs.

    Raises:
        ReadError: It is not there or cannot be read.
        UploadError: It is not a table.
        StorageFullError: The disk has no room for what must be on this machine.
    """
    if isinstance(chosen, PathSide):  # by the name that was written, and not the one from the root on
        reader = open_file(Path(chosen.path), options, limits=how.settings.uploads)
        yield InPlaceSnapshot(reader, side, origin=str(Path(chosen.path)), digest=how.digest)
        return
    place = place_at(chosen, how.where)
    with scratch_below(how.settings.comparison.spill_dir) as scratch:
        with place.opened(options, scratch.path, how.on_progress) as reader:
            found = InPlaceSnapshot(reader, side, origin=place.origin, digest=how.digest)
            if place.can_be_read_again:
                yield found
                return
            take_snapshot(
                found,
                side,
                scratch.path,
                chunk_rows=how.settings.comparison.chunk_rows,
                now=partial(datetime.now, UTC),
                on_progress=how.on_progress,
            )
        yield open_snapshot(scratch.path, side)
