"""Folders for sockets, whose paths the system keeps short."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from smoke_pipeline.errors import SmokePipelineError

MAX_BYTES = 100
"""The longest path of a socket; unix(7) and its kin on other systems take 103 to 107."""


def socket_folder(
    folder: Path,
    file: str,
    whose: str,
    error: type[SmokePipelineError],
    *,
    owner: tuple[int, int] | None = None,
) -> Path:
    """A folder where `file` can be a socket: `folder`, or a plain short one that stands for it.

    Args:
        folder: Where it should lie.
        file: The name of the socket.
        whose: Who listens there, as a sentence names it.
        error: What is raised.
        owner: User and group of who listens; default: of this process.

    Raises:
        SmokePipelineError: `error`, where there is no such folder, or it belongs to somebody else.
    """
    if _will_do(folder / file):
        return folder
    advice = ("Name a data folder with a short plain path with SMOKE_DATA_DIR.",)
    short = Path(tempfile.gettempdir()) / f"smoke-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    if not _will_do(short / file):
        raise error(f"The path {folder} will not do for the socket of {whose}.", advice)
    user, group = owner or (os.geteuid(), os.getegid())
    if not short.exists():
        short.mkdir(mode=0o700)
        os.chown(short, user, group)
    found = short.lstat()
    if found.st_uid != user or found.st_mode & 0o7777 != 0o700 or not short.is_dir():
        raise error(f"The folder {short} for the socket of {whose} belongs to somebody else.", advice)
    return short


def _will_do(socket: Path) -> bool:
    """Whether a socket can lie there: the path is short, and nothing in it means something to a client."""
    is_short = len(os.fsencode(socket)) <= MAX_BYTES
    return is_short and re.fullmatch(r"[\w/.:~+=-]*", str(socket), re.ASCII) is not None
