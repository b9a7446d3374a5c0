"""Folders for what is needed only while a process works; a killed one's are swept away by the next."""

import fcntl
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

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
