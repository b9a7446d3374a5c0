"""Numbers of many rows, in memory while they fit, then on disk: dealt into parts by a hash, or in a row."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.snapshots.scratch import Overflow

PARTS = 64
"""Into how many parts rows are dealt once they are on disk."""
_SHIFT = np.uint64(64 - (PARTS.bit_length() - 1))

_ROLL = "roll.records"
_WRITTEN_BYTES = 8 * 1024**2
"""Written together."""

Records = NDArray[Any]
"""One record a row; plain hashes, or a structured type: `take` is many times quicker than an index there."""
DealtBy = Callable[[Records], Records]
"""From records to a number of 64 bits each."""


class _Held(Overflow):
    """Records in memory up to a limit, and on disk beyond it."""

    def __init__(self, dtype: np.dtype[Any], limit_bytes: int, folder: Path | None) -> None:
        super().__init__(folder)
        self.spilled_bytes = 0
        self.held_bytes = 0
        """So much is in memory."""
        self._dtype = dtype
        self._limit = limit_bytes
        self._held: list[Records] = []

    def add(self, records: Records) -> None:
        """Take more records.

        Raises:
            StorageFullError: The disk has no room for what does not fit into memory.
            AccessDeniedError: The folder for it cannot be written.
        """
        self._held.append(records)
        self.held_bytes += records.nbytes
        if self.held_bytes > self._limit:
            self.spill()

    def spill(self) -> None:
        """Put everything on disk."""
        held, self._held, self.held_bytes = self._held, [], 0
        with storage_errors(self.folder):
            for records in _together(held):
                self._write(records)
                self.spilled_bytes += records.nbytes

    def _write(self, records: Records) -> None:
        raise NotImplementedError

    def _taken(self) -> Records:
        held, self._held, self.held_bytes = self._held, [], 0
        return np.concatenate(held) if held else np.empty(0, self._dtype)


def _together(held: list[Records]) -> Iterator[Records]:
    """The same records, several arrays in one, so that none takes much memory while it is written."""
    start = 0
    while start < len(held):
        sizes = np.cumsum([records.nbytes for records in held[start:]])
        beyond = start + max(1, int(np.searchsorted(sizes, _WRITTEN_BYTES, "right")))
        yield np.concatenate(held[start:beyond])
        start = beyond


class Roll(_Held):
    """Takes records, and gives them back in the same order; to be used with `with`."""

    def batches(self, records: int) -> Iterator[Records]:
        """All records, so many at a time."""
        if not self.is_spilled:
            held = self._taken()
            yield from (held[start : start + records] for start in range(0, len(held), records))
            return
        self.spill()
        with (self.folder / _ROLL).open("rb") as file:
            while len(batch := np.fromfile(file, self._dtype, records)):
                yield batch

    def _write(self, records: Records) -> None:
        with (self.folder / _ROLL).open("ab") as file:
            records.tofile(file)


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

    def parts(self) -> Iterator[Records]:
        """All records, part by part; a single part where nothing is on disk."""
        if not self.is_spilled:
            yield self._taken()
            return
        self.spill()
        written = {path.name for path in self.folder.iterdir()}
        for number in range(PARTS):
            path = self._path(number)
            yield np.fromfile(path, self._dtype) if path.name in written else np.empty(0, self._dtype)

    def _write(self, records: Records) -> None:
        number = (self._dealt_by(records) >> _SHIFT).astype(np.uint8)
        records = records.take(np.argsort(number, kind="stable"))
        start = 0
        for part, size in enumerate(np.bincount(number)):
            if size:
                with self._path(part).open("ab") as file:
                    records[start : start + size].tofile(file)
                start += size

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.records"
