"""Numbers of many rows, in memory while they fit, then on disk: dealt into parts by a hash, or in a row."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

_ROLL = "roll.records"

Records = NDArray[Any]
"""One record a row; plain hashes, or a structured type."""
DealtBy = Callable[[Records], Records]
"""From records to a number of 64 bits each."""


class _Held:
    """What holds records in memory up to a limit, and has a folder for those beyond it."""

    def __init__(self, dtype: np.dtype[Any], limit_bytes: int, folder: Path | None) -> None:
        self.spilled_bytes = 0
        self._dtype = dtype
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

    @property
    def is_spilled(self) -> bool:
        """Whether anything lies on disk."""
        return self._scratch is not None

    def _hold(self, records: Records) -> bool:
        """Take more records; whether there are too many now."""
        self._held.append(records)
        self._held_bytes += records.nbytes
        return self._held_bytes > self._limit

    def _taken(self) -> Records:
        held, self._held, self._held_bytes = self._held, [], 0
        return np.concatenate(held) if held else np.empty(0, self._dtype)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """The folder to write to, and a word for what may go wrong there."""
        parent = self._parent or Path(tempfile.gettempdir())
        with storage_errors(parent):
            if self._scratch is None:
                parent.mkdir(parents=True, exist_ok=True)
                self._scratch = ScratchFolder(parent)
            yield self._scratch.path


class Roll(_Held):
    """Takes records, and gives them back in the same order; to be used with `with`."""

    def add(self, records: Records) -> None:
        """Take more records.

        Raises:
            StorageFullError: The disk has no room for what does not fit into memory.
            AccessDeniedError: The folder for it cannot be written.
        """
        if self._hold(records):
            self._spill()

    def batches(self, records: int) -> Iterator[Records]:
        """All records, so many at a time."""
        if self._scratch is None:
            held = self._taken()
            yield from (held[start : start + records] for start in range(0, len(held), records))
            return
        self._spill()
        with (self._scratch.path / _ROLL).open("rb") as file:
            while len(batch := np.fromfile(file, self._dtype, records)):
                yield batch

    def _spill(self) -> None:
        with self._folder() as folder, (folder / _ROLL).open("ab") as file:
            records = self._taken()
            records.tofile(file)
            self.spilled_bytes += records.nbytes


class Deal(_Held):
    """Takes records of one type, and gives them back part by part; to be used with `with`.

    The upper bits of a number tell into which part a record falls, so what shares a number falls into the
    same part of every deal, and the parts come back in the order of the numbers.
    """

    def __init__(
        self, dtype: np.dtype[Any], dealt_by: DealtBy, limit_bytes: int, folder: Path | None
    ) -> None:
        """Deal records by the number that `dealt_by` tells of each."""
        super().__init__(dtype, limit_bytes, folder)
        self._dealt_by = dealt_by

    def add(self, records: Records) -> None:
        """Take more records.

        Raises:
            StorageFullError: The disk has no room for what does not fit into memory.
            AccessDeniedError: The folder for it cannot be written.
        """
        if self._hold(records):
            self.spill()

    def spill(self) -> None:
        """Put everything on disk, so that it comes back in parts."""
        with self._folder():
            records = self._taken()
            number = (self._dealt_by(records) >> _SHIFT).astype(np.uint8)
            records = records[np.argsort(number, kind="stable")]
            start = 0
            for part, size in zip(*np.unique(number, return_counts=True), strict=True):
                with self._path(part).open("ab") as file:
                    records[start : start + size].tofile(file)
                start += size
            self.spilled_bytes += records.nbytes

    def parts(self) -> Iterator[Records]:
        """All records, part by part; a single part where nothing is on disk."""
        if self._scratch is None:
            yield self._taken()
            return
        self.spill()
        written = {path.name for path in self._scratch.path.iterdir()}
        for number in range(PARTS):
            path = self._path(number)
            yield np.fromfile(path, self._dtype) if path.name in written else np.empty(0, self._dtype)

    def _path(self, number: int) -> Path:
        if self._scratch is None:
            raise AssertionError("nothing was spilled")
        return self._scratch.path / f"{number}.records"
