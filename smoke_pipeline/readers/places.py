"""The bytes of a local file, as they lie there or unpacked, and whether they stayed the same."""

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Protocol, cast

from smoke_pipeline.errors import (
    AccessDeniedError,
    FileTooLargeError,
    ObjectChangedError,
    ObjectNotFoundError,
    ReadError,
    UnsafeArchiveError,
    UnsupportedFileTypeError,
)

Opener = Callable[[], IO[bytes]]
"""Opens the unpacked bytes from their start."""


class _Closable(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine, pinned to what it was when it was first looked at."""

    path: Path

    @cached_property
    def identity(self) -> tuple[int, int, int]:
        """What changes when somebody writes the file: inode, size in bytes, time of the last change.

        Raises:
            ObjectNotFoundError: There is no file of that name, or it is a folder.
            AccessDeniedError: The file may not be read.
        """
        return self._identity_now()

    @property
    def size_bytes(self) -> int:
        """Size of the file as it lies there."""
        return self.identity[1]

    def require_unchanged(self) -> None:
        """Refuse what was read from a file that somebody wrote meanwhile.

        Raises:
            ObjectChangedError: The file is not what it was.
        """
        if self._identity_now() != self.identity:
            raise ObjectChangedError(
                f"{self.path} changed while it was read.",
                suggestions=("Wait until whoever writes the file is done, then try again.",),
                context={"path": str(self.path)},
            )

    def open(self, *, buffered: bool = True) -> IO[bytes]:
        """The bytes as they lie there; not buffered, they may come in smaller pieces than asked for.

        Raises:
            ObjectNotFoundError: There is no such file.
            AccessDeniedError: The file may not be read.
        """
        with _file_errors(self.path):
            return self.path.open("rb", buffering=-1 if buffered else 0)

    @cached_property
    def sha256(self) -> str:
        """Digest of the bytes as they lie there.

        Raises:
            ObjectChangedError: The file is not what it was.
        """
        with self.open() as file:
            digest = hashlib.file_digest(cast("io.BufferedReader", file), "sha256").hexdigest()
        self.require_unchanged()
        return digest

    def head(self, size: int) -> bytes:
        """The first `size` bytes."""
        with self.open() as file:
            return file.read(size)

    def _identity_now(self) -> tuple[int, int, int]:
        with _file_errors(self.path):
            found = self.path.stat()
        if self.path.is_dir():
            raise ObjectNotFoundError(
                f"{self.path} is a folder, not a file.",
                suggestions=("Name one file of the folder.",),
                context={"path": str(self.path)},
            )
        if not self.path.is_file():
            raise UnsupportedFileTypeError(
                f"{self.path} is not a regular file, and a comparison reads its input more than once.",
                suggestions=("Write the data to a file first.",),
                context={"path": str(self.path)},
            )
        return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    context = {"path": str(path)}
    try:
        yield
    except PermissionError as error:
        raise AccessDeniedError(
            f"{path} may not be read.", suggestions=("Check the file's permissions.",), context=context
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectNotFoundError(
            f"There is no file {path}.", suggestions=(_names_beside(path),), context=context
        ) from error
    except (OSError, ValueError) as error:
        raise ReadError(f"{str(path)!r} cannot be opened: {error}.", context=context) from error


def _names_beside(path: Path) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for people, after a mistake

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"The folder {path.parent} does not exist either; check the path."
    close = get_close_matches(path.name, names, n=3)
    return f"The folder holds {', '.join(close)}." if close else "Check the path."


def require_size(size_bytes: int, most_bytes: int | None, path: Path) -> None:
    """Refuse a file that is larger than it may be.

    Raises:
        FileTooLargeError: It is.
    """
    if most_bytes is not None and size_bytes > most_bytes:
        raise FileTooLargeError(
            f"{path} holds more than {most_bytes:,} bytes.",
            suggestions=("Hand in fewer rows, or raise `uploads.max_bytes`.",),
            context={"path": str(path), "limit": most_bytes},
        )


def unpack_gzip(file: LocalFile, most_bytes: int | None = None) -> Opener:
    """Open the content of a gzipped file, of which no more than so many bytes are given out."""

    def open_content() -> IO[bytes]:
        packed = file.open()
        content = gzip.GzipFile(fileobj=packed, mode="rb")
        return cast("IO[bytes]", _Unpacked(content, file.path, (packed,), most_bytes))

    return open_content


def unpack_member(file: LocalFile, member: str) -> Opener:
    """Open one member of a ZIP."""

    def open_member() -> IO[bytes]:
        with ExitStack() as opened:
            packed = opened.enter_context(file.open())
            with _damage_told(file.path):
                archive = opened.enter_context(zipfile.ZipFile(packed))
                content = archive.open(member)
            opened.pop_all()
        return cast("IO[bytes]", _Unpacked(content, file.path, (archive, packed)))

    return open_member


class _Unpacked(io.RawIOBase):
    """Unpacked bytes whose damage is told in our words."""

    def __init__(
        self,
        content: IO[bytes] | gzip.GzipFile,
        path: Path,
        below: Sequence[_Closable],
        most_bytes: int | None = None,
    ) -> None:
        self._content = content
        self._path = path
        self._below = below
        self._most_bytes = most_bytes
        self._given_out = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with _damage_told(self._path):
            piece = self._content.read(size)
        self._given_out += len(piece)
        require_size(self._given_out, self._most_bytes, self._path)
        return piece

    def close(self) -> None:
        for opened in (self._content, *self._below):
            opened.close()
        super().close()


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Tell what the packing libraries find; each has errors of its own."""
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError, RuntimeError) as error:
        detail = str(error).splitlines()[0].rstrip(".") if str(error) else "it ends too early"
        raise UnsafeArchiveError(
            f"{path} cannot be unpacked: {detail}.",
            suggestions=("Copy the file again and compare its size with the original.",),
            context={"path": str(path)},
        ) from error
