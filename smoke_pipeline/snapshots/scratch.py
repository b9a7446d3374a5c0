"""Folders for what is needed only while a process works; a killed one's are swept away by the next."""

import fcntl
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from smoke_pipeline.readers.disk import storage_errors

_PREFIX = "smoke-scratch-"
_LOCK = "in-use"
_YOUNG_S = 60
"""A folder this young may belong to a process that is just about to lock it."""


class ScratchFolder:
    """A new folder below `parent`, or the system's for temporary files; a lock says that it is in use."""

    def __init__(self, parent: Path | None) -> None:
        where = parent or Path(tempfile.gettempdir())
        sweep(where)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=where))
        self._lock = (self.path / _LOCK).open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def scratch_below(parent: Path | None) -> ScratchFolder:
    """A new folder below `parent`, which is made if need be; None for the system's temporary one.

    Raises:
        StorageFullError: The disk has no room.
        AccessDeniedError: The folder cannot be written.
    """
    with storage_errors(parent or Path(tempfile.gettempdir())):
        if parent:
            parent.mkdir(parents=True, exist_ok=True)
        return ScratchFolder(parent)


class Overflow:
    """What holds things in memory, and has a folder for what does not fit; to be used with `with`."""

    def __init__(self, parent: Path | None) -> None:
        self._parent = parent
        self._scratch: ScratchFolder | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what lies on disk."""
        if self._scratch:
            self._scratch.close()

    @property
    def is_spilled(self) -> bool:
        """Whether anything lies on disk."""
        return self._scratch is not None

    @property
    def folder(self) -> Path:
        """The folder, made when it is asked for the first time.

        Raises:
            StorageFullError: The disk has no room.
            AccessDeniedError: The folder cannot be written.
        """
        if self._scratch is None:
            self._scratch = scratch_below(self._parent)
        return self._scratch.path


def sweep(parent: Path, *, young_s: float = _YOUNG_S) -> None:
    """Remove the folders whose process is gone, which their locks tell, here and in other containers."""
    for lock in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            if time.time() - lock.stat().st_mtime < young_s:
                continue
            with lock.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue  # in use, somebody else's, or gone meanwhile
