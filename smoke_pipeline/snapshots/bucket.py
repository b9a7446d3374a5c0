"""Snapshots in a bucket: the same files under the same names, each an object, whole or not there at all.

A side is taken on this machine and sent when it is complete; to be compared it is fetched, all of one ETag,
and used only if it has the digest that it was sent with.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smoke_pipeline.errors import ObjectChangedError, ObjectNotFoundError, SnapshotMissingError
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.settings.connections import ObjectStore
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.presets import object_store, preset
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest
from smoke_pipeline.snapshots.scratch import scratch_below
from smoke_pipeline.snapshots.storage import BOTH, FolderStorage, KeptElsewhere, SnapshotStorage
from smoke_pipeline.snapshots.store import damaged, manifest_in, snapshot_path

if TYPE_CHECKING:
    from smoke_pipeline.readers.storagegrid.writing import OwnObject

_DIGEST = "sha256"
"""The fact that an object carries beside its content."""
_GOING = ".going"
_TAIL_BYTES = 256 * 1024
"""What is asked for first of an object's end, where its manifest lies."""
_END_BYTES = 8
"""The length of a Parquet file's footer, and its mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketStorage(SnapshotStorage):
    """Snapshots in a bucket, below a prefix."""

    store: ObjectStore
    bucket: str
    prefix: str
    """What the keys begin with; empty, or ends in a slash."""
    scratch: Path
    """Folder for what lies on this machine while it is taken or compared."""

    @contextmanager
    def taking(self, folder: str, side: Side) -> Iterator[Path]:
        """A folder of its own, whose snapshot is sent in the end."""
        from smoke_pipeline.readers.storagegrid.writing import put_file  # noqa: PLC0415 - slow

        located = self._located(folder, side)
        self.abandon(folder, snapshot_path(Path(), side).name)
        with scratch_below(self.scratch) as scratch:
            yield scratch.path
            path = snapshot_path(scratch.path, side)
            with self._connected() as client:
                put_file(client, self.store, located, path, {_DIGEST: _digest_of(path)})

    @contextmanager
    def opened(
        self, folder: str, sides: Sequence[Side] = BOTH, on_progress: OnProgress | None = None
    ) -> Iterator[Path]:
        """A folder with copies, each of them whole."""
        from smoke_pipeline.readers.storagegrid.download import fetch  # noqa: PLC0415 - slow

        with scratch_below(self.scratch) as scratch:
            for side in sides:
                located = self._located(folder, side)
                with _missing_if_not_found(located, side), self._connected() as client:
                    fetched = fetch(client, self.store, located, scratch.path, on_progress)
                    found = self._found(client, located)
                if found.stored.version != fetched.version:
                    raise ObjectChangedError(
                        f"{located.address} was replaced while it was fetched.",
                        suggestions=("Wait until no other step takes that side, then try again.",),
                    )
                if found.facts.get(_DIGEST) != fetched.sha256:
                    raise damaged(located.address, "it has not the digest that it was sent with")
            yield scratch.path

    def manifest(self, folder: str, side: Side) -> SnapshotManifest:
        """What the end of the object tells."""
        located = self._located(folder, side)
        with _missing_if_not_found(located, side), self._connected() as client:
            tail = self._tail(client, located)
        return manifest_in(tail, side, located.address)

    def address(self, folder: str, side: Side) -> str:
        """The address of the object."""
        return self._located(folder, side).address

    def elsewhere(self) -> Iterator[KeptElsewhere]:
        """The session's folders in the bucket, and the uploads that were cut off."""
        from smoke_pipeline.readers.storagegrid.objects import objects_below  # noqa: PLC0415 - slow
        from smoke_pipeline.readers.storagegrid.writing import unfinished_uploads  # noqa: PLC0415 - slow

        everything = Located(self.bucket, self.prefix)
        with self._connected() as client:
            for found in objects_below(client, self.store, everything):
                folder, _, name = found.key.removeprefix(self.prefix).rpartition("/")
                yield KeptElsewhere(folder=folder, changed_at=found.modified_at, is_going=name == _GOING)
            for upload in unfinished_uploads(client, self.store, everything):
                folder, _, name = upload.key.removeprefix(self.prefix).rpartition("/")
                yield KeptElsewhere(folder=folder, changed_at=upload.begun_at, unfinished=name)

    def mark_going(self, folder: str) -> None:
        """An empty object beside the snapshots."""
        from smoke_pipeline.readers.storagegrid.writing import put_mark  # noqa: PLC0415 - slow

        with self._connected() as client:
            put_mark(client, self.store, self._below(folder, _GOING))

    def drop(self, folder: str) -> None:
        """Remove the snapshots, what was sent of them, and the mark."""
        from smoke_pipeline.readers.storagegrid.writing import remove_object  # noqa: PLC0415 - slow

        for side in Side:
            self.abandon(folder, snapshot_path(Path(), side).name)
        with self._connected() as client:
            for located in (*(self._located(folder, side) for side in Side), self._below(folder, _GOING)):
                remove_object(client, self.store, located)

    def abandon(self, folder: str, name: str) -> None:
        """Throw away every upload of that object which was begun."""
        from smoke_pipeline.readers.storagegrid.writing import abandon, unfinished_uploads  # noqa: PLC0415

        located = self._below(folder, name)
        with self._connected() as client:
            for upload in list(unfinished_uploads(client, self.store, located)):
                abandon(client, self.store, self.bucket, upload)

    def try_out(self) -> None:
        """Write, look up, list and remove an object, as keeping snapshots takes it.

        Raises:
            ReadError: The store does not answer, or does not let us.
            SettingsError: The settings of the store cannot be used.
        """
        from smoke_pipeline.readers.storagegrid.objects import objects_below  # noqa: PLC0415 - slow
        from smoke_pipeline.readers.storagegrid.writing import (  # noqa: PLC0415 - slow
            put_mark,
            remove_object,
            unfinished_uploads,
        )

        located = Located(self.bucket, f"{self.prefix}.smoke-doctor-{uuid.uuid4().hex}")
        with self._connected() as client:
            put_mark(client, self.store, located)
            try:
                self._found(client, located)
                next(objects_below(client, self.store, located), None)
                next(unfinished_uploads(client, self.store, located), None)
            finally:
                remove_object(client, self.store, located)

    def _tail(self, client: Any, located: Located) -> bytes:
        """The end of the object, as much as its manifest takes."""
        from smoke_pipeline.readers.storagegrid.writing import tail_of  # noqa: PLC0415 - slow

        found = self._found(client, located).stored
        tail = tail_of(client, self.store, located, found, _TAIL_BYTES)
        wanted = int.from_bytes(tail[-_END_BYTES:-4], "little") + _END_BYTES
        if len(tail) < wanted <= found.size_bytes:
            return tail_of(client, self.store, located, found, wanted)
        return tail

    def _found(self, client: Any, located: Located) -> "OwnObject":
        from smoke_pipeline.readers.storagegrid.writing import own_object  # noqa: PLC0415 - slow

        return own_object(client, self.store, located)

    def _connected(self) -> Any:
        from smoke_pipeline.readers.storagegrid.client import connected  # noqa: PLC0415 - slow

        return connected(self.store)

    def _located(self, folder: str, side: Side) -> Located:
        return self._below(folder, snapshot_path(Path(), side).name)

    def _below(self, folder: str, name: str) -> Located:
        return Located(self.bucket, f"{self.prefix}{folder}/{name}")


def snapshot_storage(settings: Settings, data_folder: Path) -> SnapshotStorage:
    """Where the settings keep snapshots; nothing is asked of a store yet.

    Raises:
        UnknownPresetError: There is no preset of the name that they give.
        SettingsError: That preset has no object store.
    """
    storage = settings.storage
    if storage.snapshots is None:
        return FolderStorage(data_folder)
    bucket, _, prefix = storage.snapshots.removeprefix("s3://").rstrip("/").partition("/")
    by_preset = storage.preset is not None
    return BucketStorage(
        store=object_store(preset(settings, storage.preset)) if by_preset else storage.store,
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        scratch=settings.comparison.spill_dir or data_folder / "scratch",
    )


@contextmanager
def _missing_if_not_found(located: Located, side: Side) -> Iterator[None]:
    try:
        yield
    except ObjectNotFoundError as error:
        raise SnapshotMissingError(
            f"The {side} was never taken, or {located.address} was deleted.",
            suggestions=(f"Take the {side} first.", error.message),
            context={"side": str(side)},
        ) from error


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
