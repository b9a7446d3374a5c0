"""Numbers of many rows, dealt into parts by a hash: in memory while they fit, then on disk."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from smoke_pipeline.snapshots.disk import storage_errors
from smoke_pipeline.snapshots.scratch import ScratchFolder

PARTS = 64
"""Into how many parts rows are dealt once they are on disk."""
_SHIFT = np.uint64(64 - (PARTS.bit_length() - 1))

Records = NDArray[Any]
"""One record a row; plain hashes, or a structured type."""


class Deal:
    """Takes records of one type, and gives them back part by part; to be used with `with`.

    What shares a hash falls into one part, of every deal: the upper bits of the hash tell which.
    """

    def __init__(
        self, dtype: np.dtype[Any], dealt_by: str | None, limit_bytes: int, folder: Path | None
    ) -> None:
        """Deal records by their field `dealt_by`, or by themselves where they are hashes."""
        self.rows = 0
        self.spilled_bytes = 0
        self._dtype = dtype
        self._dealt_by = dealt_by
        self._limit = limit_bytes
        self._parent = folder
        self._scratch: ScratchFolder | None = None
        self._held: list[Records] = []
        self._held_bytes = 0

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

    def add(self, records: Records) -> None:
        """Take more records.

        Raises:
            StorageFullError: The disk has no room for what does not fit into memory.
            AccessDeniedError: The folder for it cannot be written.
        """
        self.rows += len(records)
        self._held.append(records)
        self._held_bytes += records.nbytes
        if self._held_bytes > self._limit:
            self._spill()

    @property
    def is_spilled(self) -> bool:
        """Whether anything lies on disk."""
        return self._scratch is not None

    def spill(self) -> None:
        """Put everything on disk, so that it comes back in parts."""
        self._spill()

    def parts(self) -> Iterator[Records]:
        """All records, part by part; a single part where nothing is on disk."""
        if self._scratch is None:
            yield self._taken()
            return
        self._spill()
        for number in range(PARTS):
            path = self._path(number)
            if path.exists():
                yield np.fromfile(path, self._dtype)
                path.unlink()
            else:
                yield np.empty(0, self._dtype)

    def _taken(self) -> Records:
        held, self._held, self._held_bytes = self._held, [], 0
        return np.concatenate(held) if held else np.empty(0, self._dtype)

    def _spill(self) -> None:
        parent = self._parent or Path(tempfile.gettempdir())
        with storage_errors(parent):
            if self._scratch is None:
                parent.mkdir(parents=True, exist_ok=True)
                self._scratch = ScratchFolder(parent)
            records = self._taken()
            hashes = records if self._dealt_by is None else records[self._dealt_by]
            number = (hashes >> _SHIFT).astype(np.uint8)
            records = records[np.argsort(number, kind="stable")]
            start = 0
            for part, size in enumerate(np.bincount(number, minlength=PARTS).tolist()):
                if size:
                    with self._path(part).open("ab") as file:
                        records[start : start + size].tofile(file)
                    self.spilled_bytes += size * records.itemsize
                start += size

    def _path(self, number: int) -> Path:
        if self._scratch is None:
            raise AssertionError("nothing was spilled")
        return self._scratch.path / f"{number}.records"
