"""A disk that can be filled: one of its own where we may mount one, else one that takes nothing more."""

import resource
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

SIZE_MB = 256
_BLOCK = b"\0" * (1 << 20)


class Disk:
    """The disk of the data folder."""

    def __init__(self, folder: Path, *, is_own: bool) -> None:
        self.folder = folder
        self.is_own = is_own
        """Whether it is a disk of its own, and not one whose processes are kept from writing."""
        self._ballast = folder / "ballast"

    def fill(self, writers: Callable[[], Sequence[psutil.Process]]) -> None:
        """Leave no room; what runs already, and what it starts, writes nothing more."""
        if not self.is_own:
            _limit(writers(), 0)
            return
        with suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            while file.write(_BLOCK):
                pass

    def free(self, writers: Callable[[], Sequence[psutil.Process]]) -> None:
        """Give the room back."""
        if not self.is_own:
            _limit(writers(), resource.RLIM_INFINITY)
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk at `folder`, gone when the block ends."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0711", "tmpfs", str(folder)]
    is_own = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield Disk(folder, is_own=is_own)
    finally:
        if is_own:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _limit(writers: Sequence[psutil.Process], size_bytes: int) -> None:
    """How large a file may become that these processes write."""
    for one in writers:
        with suppress(psutil.Error):
            _, hard = one.rlimit(resource.RLIMIT_FSIZE)
            one.rlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
