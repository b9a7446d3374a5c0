"""The folder that one object is brought into: for one process at a time, and gone in the end."""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from smoke_pipeline.errors import StorageFullError, UnavailableError
from smoke_pipeline.readers.disk import cannot_be_written, storage_errors
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.settings.connections import ObjectStore

_LOCK = ".in-use"
_LONGEST_NAME = 120


@contextmanager
def landing(store: ObjectStore, located: Located, folder: Path) -> Iterator[Path]:
    """A folder for this object below `folder`, with what a killed process left of it.

    Both are removed in the end, `folder` only where nothing else is in it.

    Raises:
        UnavailableError: Another process is bringing the same object there.
        StorageFullError: The disk has no room.
        AccessDeniedError: We may not write there.
    """
    address = f"{store.endpoint_url} {located.address}"
    place = folder / sha256(address.encode()).hexdigest()[:16]
    with disk_errors(folder):
        lock = _locked(place)
    if lock is None:
        raise UnavailableError(
            f"Another process is bringing {located.address} to {folder}.",
            suggestions=("Wait until it is done, then try again.",),
            context={"path": os.fspath(folder)},
        )
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)
        with contextlib.suppress(OSError):
            folder.rmdir()


def local_name(key: str) -> str:
    """What an object is called on this machine: the end of its key, so far as any disk can hold it."""
    last = re.sub(r"[^\w.=+-]", "_", key.rpartition("/")[2], flags=re.ASCII)
    return last[-_LONGEST_NAME:].lstrip(".") or "object"


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Tell a full disk, and whatever else keeps us from writing, in one sentence.

    Raises:
        StorageFullError: There is no room left.
        AccessDeniedError: We may not write there, or the disk is broken.
    """
    try:
        with storage_errors(place):
            yield
    except OSError as error:
        raise cannot_be_written(place, error) from error


def require_room(place: Path, needed_bytes: int) -> None:
    """Refuse to begin what cannot end well.

    Raises:
        StorageFullError: The disk has less room than that.
    """
    free_bytes = shutil.disk_usage(place).free
    if free_bytes < needed_bytes:
        raise StorageFullError(
            f"The disk of {place} has {free_bytes:,} bytes left, and {needed_bytes:,} are needed.",
            suggestions=("Make room, or choose a folder on another disk.",),
            context={"path": os.fspath(place), "free_bytes": free_bytes, "needed_bytes": needed_bytes},
        )


def _locked(place: Path) -> int | None:
    """The folder's lock, which ends with the process; None where another process holds it."""
    while True:
        place.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue  # whoever held the lock has just removed the folder
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_there(lock, place / _LOCK):
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        os.close(lock)


def _is_there(opened: int, path: Path) -> bool:
    """Whether the file has not been removed since it was opened."""
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False
