"""Where the rows of a part stand in the whole: one bit for each row of the whole, on disk."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smoke_pipeline.readers.disk import storage_errors


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The bits of one batch."""

    start: int
    rows: int
    mine: int


class Places:
    """Takes the masks of all batches, and looks up where rows stand; to be used with `with`.

    Raises:
        StorageFullError: The disk has no room for the bits.
        AccessDeniedError: The folder for them cannot be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder or Path(tempfile.gettempdir())
        self._stretches: list[_Stretch] = []
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            # Without a name, so that nothing is left behind however this process ends.
            self._bits = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by `__exit__`

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bits.close()

    @property
    def rows(self) -> int:
        """Rows of the part so far."""
        return sum(stretch.mine for stretch in self._stretches)

    def begin(self) -> None:
        """Forget every mask, for the rows are read again."""
        self._stretches.clear()

    def add(self, is_mine: NDArray[np.bool_]) -> None:
        """Take the mask of the next batch.

        Raises:
            StorageFullError: The disk has no room.
        """
        last = self._stretches[-1] if self._stretches else _Stretch(0, 0, 0)
        start = last.start + _bytes_of(last)
        with storage_errors(self._folder):
            self._bits.seek(start)
            self._bits.write(np.packbits(is_mine).tobytes())
            self._bits.flush()
        self._stretches.append(_Stretch(start, len(is_mine), int(is_mine.sum())))

    def in_whole(self, numbers: Iterable[int]) -> dict[int, int]:
        """Number of a row in the part -> its number in the whole; the first row is 1 in both."""
        wanted = sorted(set(numbers), reverse=True)
        found: dict[int, int] = {}
        before_part = before_whole = 0
        for stretch in self._stretches:
            if wanted and wanted[-1] <= before_part + stretch.mine:
                places = np.flatnonzero(self._read(stretch))
                while wanted and wanted[-1] <= before_part + stretch.mine:
                    number = wanted.pop()
                    found[number] = before_whole + int(places[number - before_part - 1]) + 1
            before_part += stretch.mine
            before_whole += stretch.rows
        return found

    def _read(self, stretch: _Stretch) -> NDArray[np.uint8]:
        self._bits.seek(stretch.start)
        packed = np.frombuffer(self._bits.read(_bytes_of(stretch)), np.uint8)
        return np.unpackbits(packed, count=stretch.rows)


def _bytes_of(stretch: _Stretch) -> int:
    return -(-stretch.rows // 8)
