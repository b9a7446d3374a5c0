"""A file that arrives in pieces, and what of it is known to be right.

Pieces are written wherever they belong. The beginning without gaps is read back, piece by piece, for the
digest, and its length and digest are written down; whoever goes on after a kill trusts what has that digest
and nothing else.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from smoke_pipeline.errors import ReadError
from smoke_pipeline.readers.storagegrid.landing import disk_errors

_FILE, _STATE = ".arriving", ".state.json"
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What tells one content of one object from every other."""

    address: str
    etag: str
    version_id: str | None
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What was known when it was written down."""

    pinned: Pinned
    done_bytes: int
    sha256: str
    """Of the first `done_bytes`."""

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """What was written down; None where nothing was, or it was cut off."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                pinned=Pinned(**found["pinned"]),
                done_bytes=int(found["done_bytes"]),
                sha256=str(found["sha256"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write it down in one step."""
        unfinished = path.with_name(f"{path.name}.unfinished")
        unfinished.write_text(json.dumps(asdict(self)), encoding="utf-8")
        unfinished.replace(path)


class PartialFile:
    """The file, open for writing; to be made by `opened`."""

    def __init__(self, file: int, path: Path, pinned: Pinned) -> None:
        self._file = file
        self._path = path
        self._folder = path.parent
        self._pinned = pinned
        self._digest = hashlib.sha256()
        self.done_bytes = 0
        """Length of the beginning that is complete."""

    @classmethod
    @contextmanager
    def opened(cls, path: Path, pinned: Pinned) -> Iterator[Self]:
        """The file with what is there already, if it is of the same content.

        Args:
            path: What the file will be called once it is whole.
            pinned: Which content is wanted.

        Raises:
            StorageFullError: The disk has no room.
            AccessDeniedError: We may not write there.
        """
        with disk_errors(path.parent):
            if path.exists():  # a killed process had it whole
                path.replace(path.with_name(_FILE))
            file = os.open(path.with_name(_FILE), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            partial = cls(file, path, pinned)
            with disk_errors(path.parent):
                partial._trust(_State.read(path.with_name(_STATE)))
                os.ftruncate(file, partial.done_bytes)
            yield partial
        finally:
            os.close(file)

    @property
    def missing_bytes(self) -> int:
        """How many bytes are still to come."""
        return self._pinned.size_bytes - self.done_bytes

    def write(self, data: bytes, at: int) -> None:
        """Put a piece where it belongs; may be called from several threads at once.

        Raises:
            StorageFullError: The disk has no room.
            AccessDeniedError: We may not write there.
        """
        rest = memoryview(data)
        with disk_errors(self._folder):
            while rest:
                written = os.pwrite(self._file, rest, at)
                at, rest = at + written, rest[written:]

    def complete(self, end: int) -> None:
        """Take it that everything before `end` was written, and write that down.

        Raises:
            ReadError: Somebody else changed the file.
        """
        with disk_errors(self._folder):
            is_there = self._read_back(end)
            self._state().write(self._folder / _STATE)
        if not is_there:
            raise ReadError(f"Somebody shortened {self._folder / _FILE} while it was written.")

    def finish(self) -> str:
        """Give the whole file its name; the digest of its bytes.

        Raises:
            ReadError: Somebody else changed the file.
        """
        if (self.done_bytes, os.fstat(self._file).st_size) != (self._pinned.size_bytes,) * 2:
            raise ReadError(f"{self._folder / _FILE} has not the size of {self._pinned.address}.")
        with disk_errors(self._folder):
            (self._folder / _FILE).replace(self._path)
        return self._digest.hexdigest()

    def _trust(self, state: _State | None) -> None:
        """Take over what is there, where its digest is right."""
        if state is None or state.pinned != self._pinned or state.done_bytes > self._pinned.size_bytes:
            return
        if not self._read_back(state.done_bytes) or self._digest.hexdigest() != state.sha256:
            self._digest, self.done_bytes = hashlib.sha256(), 0

    def _read_back(self, end: int) -> bool:
        """Take the bytes before `end` into the digest; whether they are there."""
        while self.done_bytes < end:
            block = os.pread(self._file, min(_BLOCK, end - self.done_bytes), self.done_bytes)
            if not block:
                return False
            self._digest.update(block)
            self.done_bytes += len(block)
        return True

    def _state(self) -> _State:
        return _State(pinned=self._pinned, done_bytes=self.done_bytes, sha256=self._digest.hexdigest())
