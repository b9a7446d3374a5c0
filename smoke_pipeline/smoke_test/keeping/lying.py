"""What lies in the data folder, beside what the history knows of it."""

import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.disk import storage_errors

INCOMING = "uploads/incoming"
TRASH = "trash"
SUITES = "suites"
_HOLDERS = ("tests", "uploads")
_SESSION_FOLDER = re.compile(r"(tests|uploads)/(?!incoming$)[a-z0-9_]{1,120}", re.ASCII)
_GOING = ".going"
LEFT_OVERS = ("*.fetched", ".*.unfinished", "*.unfinished", "*.draft", "*.partial", "spill", "parts")
"""What a step keeps only while it works, or until it goes on after a kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A file or a folder below the data folder."""

    path: str
    """Relative to the data folder."""
    changed_at: datetime
    """The newest change of it or of anything in it."""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFolder:
    """A folder that looks like that of a session."""

    path: str
    """Relative to the data folder."""
    changed_at: datetime
    is_going: bool = False
    """Whether its session was about to be deleted; a folder without a session may be another history's."""


def session_folders(data_folder: Path) -> Iterator[SessionFolder]:
    """The folders that look like those of sessions."""
    for holder in _HOLDERS:
        for place in _inside(data_folder / holder):
            path = f"{holder}/{place.name}"
            if _SESSION_FOLDER.fullmatch(path) and place.is_dir() and not place.is_symlink():
                changed_at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
                yield SessionFolder(path=path, changed_at=changed_at, is_going=(place / _GOING).exists())


def mark_going(data_folder: Path, path: str) -> None:
    """Say that the session of a folder is about to be deleted.

    Raises:
        InvalidOptionError: The path leaves the data folder.
        AccessDeniedError: It may not be written.
    """
    folder = _below(data_folder, path)
    if folder.is_dir():
        with storage_errors(folder):
            (folder / _GOING).touch()


def left_overs(data_folder: Path) -> Iterator[Lying]:
    """What steps of sessions left unfinished."""
    for folder in session_folders(data_folder):
        for place in _inside(data_folder / folder.path):
            if any(place.match(pattern) for pattern in LEFT_OVERS):
                yield from _seen(place, data_folder)


def uploads(data_folder: Path) -> Iterator[Lying]:
    """The files that were handed in, however deep."""
    incoming = data_folder / INCOMING
    for place in sorted(incoming.rglob("*")) if incoming.is_dir() else ():
        if place.is_symlink() or not place.is_dir():
            yield from _seen(place, data_folder)


def trash(data_folder: Path) -> Iterator[Lying]:
    """What was on its way out when somebody was killed."""
    for place in _inside(data_folder / TRASH):
        yield from _seen(place, data_folder)


def suites(data_folder: Path) -> Iterator[Lying]:
    """The summaries of suites, a folder each."""
    for place in _inside(data_folder / SUITES):
        if place.is_dir() and not place.is_symlink():
            yield from _seen(place, data_folder)


def remove(data_folder: Path, path: str) -> None:
    """Take a file or a folder away: first its name, at once, then what is in it.

    Raises:
        InvalidOptionError: The path leaves the data folder.
        AccessDeniedError: It may not be removed.
    """
    place = _below(data_folder, path)
    with storage_errors(place):
        if place.parent != data_folder / TRASH:
            (data_folder / TRASH).mkdir(exist_ok=True)
            gone = data_folder / TRASH / f"{place.name}.{uuid.uuid4().hex}"
            try:
                place.rename(gone)
            except FileNotFoundError:
                return
            place = gone
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)


def is_session_folder(path: str) -> bool:
    """Whether a path can be that of a session's folder, and of nothing else."""
    return _SESSION_FOLDER.fullmatch(path) is not None


def _below(data_folder: Path, path: str) -> Path:
    """The place, unless it is the data folder itself, a part of the server's, or outside."""
    place = data_folder / path
    inside = place.parent.resolve().is_relative_to(data_folder.resolve())
    known = Path(path).parts[:1] in ((TRASH,), (SUITES,), *((holder,) for holder in _HOLDERS))
    if not inside or not known or ".." in Path(path).parts or len(Path(path).parts) < 2:
        raise InvalidOptionError(f"{path!r} is no place of a session or an upload.")
    return place


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _seen(place: Path, data_folder: Path) -> Iterator[Lying]:
    """The place, with everything in it counted; nothing where it vanished meanwhile."""
    try:
        every = [place, *(place.rglob("*") if place.is_dir() and not place.is_symlink() else ())]
        found = [one.lstat() for one in every]
    except FileNotFoundError:
        return
    yield Lying(
        path=place.relative_to(data_folder).as_posix(),
        changed_at=datetime.fromtimestamp(max(one.st_mtime for one in found), UTC),
        size_bytes=sum(one.st_size for one, path in zip(found, every, strict=True) if not path.is_dir()),
    )
