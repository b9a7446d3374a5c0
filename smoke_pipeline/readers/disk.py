"""Writing so that a file is there whole or not at all."""

import errno
import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smoke_pipeline.errors import AccessDeniedError, StorageFullError

_CLOSED = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,  # a file lies where a folder is wanted
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_KEY_BYTES = 32


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that becomes `path` if the block ends well, and vanishes if not."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Tell a full or closed disk in one sentence.

    Raises:
        StorageFullError: There is no room left.
        AccessDeniedError: We may not write there.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError(
                f"The disk of {place} is full.",
                suggestions=("Make room, or choose a folder on another disk.",),
                context={"path": os.fspath(place)},
            ) from error
        if error.errno in _CLOSED:
            raise cannot_be_written(place, error) from error
        raise


def kept_key(path: Path) -> str:
    """The key in a file that only its owner reads, made if there is none.

    Of two that make one at once the first one wins.

    Raises:
        StorageFullError: There is no room for a new key.
        AccessDeniedError: We may not read or write there.
    """
    with storage_errors(path):
        if not path.exists():
            draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            try:
                with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                    file.write(secrets.token_hex(_KEY_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
                with suppress(FileExistsError):  # somebody else was quicker, and theirs holds for all
                    path.hardlink_to(draft)
            finally:
                draft.unlink(missing_ok=True)
        return path.read_text("ascii").strip()


def cannot_be_written(place: Path, error: OSError) -> AccessDeniedError:
    """What keeps us from writing there, in one sentence."""
    return AccessDeniedError(
        f"{place} cannot be written: {error.strerror}.",
        suggestions=("Choose a folder you may write to.",),
        context={"path": os.fspath(place)},
    )
