"""One file while it comes in: under a name that nobody reads, locked, and gone if it is given up."""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from smoke_pipeline.errors import UploadError

_BLOCK = 1 << 20


class Arrival:
    """The unfinished file of an upload, held by one request.

    Args:
        path: Where it grows; what an earlier request left there is kept.

    Raises:
        UploadError: Another request writes it now.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _locked(path)
        self._digest: hashlib._Hash | None = None
        self._is_done = False
        self.size_bytes = os.fstat(self._file.fileno()).st_size

    def go_on_from(self, offset: int) -> None:
        """Take the next bytes as those from `offset` on; 0 begins anew.

        Raises:
            UploadError: So much of the file is not here.
        """
        if offset not in (0, self.size_bytes):
            raise UploadError(
                f"{self.size_bytes:,} bytes of this file are here, so it cannot go on from byte {offset:,}.",
                suggestions=("Ask with HEAD how much is here, and send the rest.",),
                context={"received_bytes": self.size_bytes},
            )
        if offset == 0:
            self._file.truncate(0)
            self._digest = hashlib.sha256()
        self._file.seek(offset)
        self.size_bytes = offset

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._file.write(data)
        self.size_bytes += len(data)
        if self._digest is not None:
            self._digest.update(data)

    def sha256(self) -> str:
        """Digest of all bytes; read again where an earlier request brought some of them."""
        if self._digest is None:
            self._file.seek(0)
            self._digest = hashlib.sha256()
            while block := self._file.read(_BLOCK):
                self._digest.update(block)
        return self._digest.hexdigest()

    def move_to(self, place: Path) -> None:
        """Give the file its name, once it is safe on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        place.parent.mkdir(exist_ok=True)
        self._path.replace(place)
        self._is_done = True
        _sync_folder(place.parent)
        _sync_folder(place.parent.parent)

    def close(self, *, keep: bool) -> None:
        """Let go of the file.

        Args:
            keep: Whether what has come stays for a later request, if it is not all there; else it vanishes.
        """
        if not self._is_done and (not keep or self.size_bytes == 0):
            self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._file.close()


def _locked(path: Path) -> IO[bytes]:
    """The file, opened and ours alone; the system frees it when this process dies."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise UploadError(
                "This file is just being handed in by another request.",
                suggestions=("Wait until that has ended.",),
            ) from None
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # whoever held it before gave it up between the two lines above


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
