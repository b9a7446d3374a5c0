"""An object as a reader: brought here whole, and read as the file it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.readers.base import FileFacts, OnProgress, PlainText, Reader, ReadOptions
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.readers.storagegrid.client import connected
from smoke_pipeline.readers.storagegrid.download import Fetched, fetch
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.landing import landing
from smoke_pipeline.readers.storagegrid.objects import look_up
from smoke_pipeline.settings.connections import ObjectStore
from smoke_pipeline.settings.model import UploadSettings


class ObjectReader(Reader):
    """The file that an object was brought into, with what the store knows of the object."""

    def __init__(self, file: Reader, fetched: Fetched) -> None:
        self._file = file
        self._fetched = fetched

    @property
    def schema(self) -> pa.Schema:
        """The columns of the file."""
        return self._file.schema

    @property
    def format(self) -> str:
        """What the file is."""
        return self._file.format

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Every row of the file."""
        return self._file.batches(chunk_rows)

    def plain_text(self) -> PlainText | None:
        """The file itself, where it is a plain text."""
        return self._file.plain_text()

    def vouch(self, empty_lines: int) -> None:
        """Spare the look over the whole file, which somebody has had."""
        self._file.vouch(empty_lines)

    def facts(self, *, digest: bool = True) -> FileFacts:
        """What is known of the object; its digest was taken while it came."""
        facts = self._file.facts(digest=False)
        return replace(facts, sha256=self._fetched.sha256 if digest else None, version=self._fetched.version)


def require_object(store: ObjectStore, located: Located) -> None:
    """Refuse an object that is not there or may not be read.

    Raises:
        ObjectNotFoundError: There is no such object, or no such bucket; the nearest keys are suggested.
        AccessDeniedError: The store does not let us read it.
        UnavailableError: The store does not answer.
        SettingsError: The settings of the store cannot be used.
    """
    with connected(store) as client:
        look_up(client, store, located)


@contextmanager
def opened_object(
    store: ObjectStore,
    located: Located,
    *,
    options: ReadOptions,
    limits: UploadSettings,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> Iterator[Reader]:
    """Bring an object into `folder` and read it there; in the end it is removed, and the folder if empty.

    What a killed process had brought into the same folder is gone on with, if the object is still the same.

    Raises:
        ReadError: The object is not there, may not be read, or changes again and again.
        UploadError: It is not a table.
        StorageFullError: The disk has no room for it.
        SettingsError: The settings of the store cannot be used.
    """
    with landing(store, located, folder) as place:
        with connected(store) as client:
            fetched = fetch(client, store, located, place, on_progress)
        try:
            yield ObjectReader(open_file(fetched.path, options, limits=limits), fetched)
        except SmokePipelineError as error:
            if str(fetched.path) not in error.message:
                raise
            raise _told_of(located, fetched.path, error) from error


def _told_of(located: Located, path: Path, error: SmokePipelineError) -> SmokePipelineError:
    """The same error, of the object instead of the file that is about to be removed."""

    def renamed(text: str) -> str:
        return text.replace(str(path), located.address)

    context = {name: renamed(one) if isinstance(one, str) else one for name, one in error.context.items()}
    return type(error)(renamed(error.message), tuple(map(renamed, error.suggestions)), context)
