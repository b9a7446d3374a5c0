"""The zip a person takes away: the formats that were asked for, the facts, and the digests of all of them.

The same result gives the same bytes, `run.json` apart, which holds what changes from run to run. The zip is
written beside its place and moved there when it is whole, so nobody ever sees half of one. Its comment is
the digest of all that stands before it, so that not one byte can change unnoticed.
"""

import errno
import hashlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.disk import replacing, storage_errors
from smoke_pipeline.report.formats.as_html import HTML, html_with
from smoke_pipeline.report.formats.base import as_json
from smoke_pipeline.report.formats.registry import chosen_formats
from smoke_pipeline.report.pictures.past import PastScore
from smoke_pipeline.report.summary import run_facts
from smoke_pipeline.settings.model import ReportSettings

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip can hold; all members have it, so that the bytes do not tell when they were made."""
FORMAT = 1
"""Counted up when a member or a key of `manifest.json` changes its meaning."""
MANIFEST, RUN = "manifest.json", "run.json"
"""The members that every bundle has; neither is listed in the manifest itself."""
SEAL = b"sha256 "
"""Begins the comment of the zip; the digest follows in hexadecimal."""
SEAL_BYTES = len(SEAL) + 64


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFiles:
    """What was written."""

    zip_path: Path
    size_bytes: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """One member as `manifest.json` lists it."""

    sha256: str
    size_bytes: int


def write_bundle(
    result: ComparisonResult,
    folder: Path,
    *,
    name: str,
    settings: ReportSettings,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    history: Sequence[PastScore] = (),
) -> BundleFiles:
    """Write `<name>.zip` into `folder`, in place of one that is there.

    `history` is how this test went before, this time included; the page draws it.

    Raises:
        StorageFullError: The disk has no room; nothing was left behind.
        AccessDeniedError: We may not write there.
        InvalidOptionError: The folder is a file, `name` is no file name, or a format does not exist.
    """
    if not name or Path(name).name != name:
        raise InvalidOptionError(
            f"{name!r} cannot be the name of a report.", ("Use a name without a slash.",)
        )
    path = folder / f"{name}.zip"
    with storage_errors(path):
        _made(folder)
        with replacing(path) as unfinished:
            fill = partial(_fill, result=result, settings=settings, now=now, history=history)
            members = _write_zip(unfinished, fill)
        return BundleFiles(zip_path=path, size_bytes=path.stat().st_size, members=members)


def _write_zip(path: Path, fill: Callable[[ZipFile], None]) -> tuple[str, ...]:
    with path.open("xb+") as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as bundle:
            fill(bundle)
            bundle.comment = SEAL + b"0" * (SEAL_BYTES - len(SEAL))
        file.seek(0)
        seal = sealed(file)
        file.seek(-SEAL_BYTES, os.SEEK_END)
        file.write(seal)
        file.flush()
        os.fsync(file.fileno())
    return tuple(bundle.namelist())


def sealed(file: IO[bytes]) -> bytes:
    """The comment that belongs to a bundle, read from its beginning: the digest of all but its last bytes."""
    digest, held = hashlib.sha256(), b""
    while block := file.read(1 << 20):
        held += block
        digest.update(held[:-SEAL_BYTES])
        held = held[-SEAL_BYTES:]
    return SEAL + digest.hexdigest().encode()


def _fill(
    bundle: ZipFile,
    *,
    result: ComparisonResult,
    settings: ReportSettings,
    now: Callable[[], datetime],
    history: Sequence[PastScore],
) -> None:
    formats = [html_with(history) if one is HTML else one for one in chosen_formats(settings.formats)]
    members = {
        one.member: _add(bundle, one.member, partial(one.write, result, settings=settings)) for one in formats
    }
    _add_json(bundle, MANIFEST, _manifest(result, members))
    _add_json(bundle, RUN, run_facts(result, written_at=now()))


def _manifest(result: ComparisonResult, members: dict[str, _Member]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "members": {
            name: {"sha256": member.sha256, "size_bytes": member.size_bytes}
            for name, member in members.items()
        },
        "source": result.source.to_dict(),
        "target": result.target.to_dict(),
    }


def _add_json(bundle: ZipFile, name: str, value: dict[str, Any]) -> _Member:
    return _add(bundle, name, lambda file: file.write(as_json(value).encode()))


def _add(bundle: ZipFile, name: str, write: Callable[[IO[bytes]], object]) -> _Member:
    """Write one member and say what it is, without holding it in memory."""
    info = ZipInfo(name, EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3  # Unix, whatever wrote it, or the permissions would not count
    info.external_attr = 0o100644 << 16
    with bundle.open(info, "w", force_zip64=True) as member:
        hashing = _Hashing(member)
        with io.BufferedWriter(hashing) as file:
            write(file)
    return _Member(sha256=hashing.digest.hexdigest(), size_bytes=hashing.size_bytes)


class _Hashing(io.RawIOBase):
    """Passes bytes on, counting and hashing them."""

    def __init__(self, below: IO[bytes]) -> None:
        self.below = below
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        """Nothing else is this for."""
        return True

    def write(self, data: Any, /) -> int:
        """Take all of `data`."""
        self.below.write(data)
        self.digest.update(data)
        self.size_bytes += len(data)
        return len(data)


def require_place(folder: Path) -> None:
    """Refuse a folder no report can be written into, before any work is done for one.

    Raises:
        InvalidOptionError: The folder, or one above it, is a file.
        AccessDeniedError: We may not write there.
    """
    whole = folder.absolute()
    nearest = next(place for place in (whole, *whole.parents) if place.exists())
    if not nearest.is_dir():
        raise _is_file(nearest)
    with storage_errors(folder):
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise _is_file(folder) from error


def _is_file(place: Path) -> InvalidOptionError:
    return InvalidOptionError(f"{place} is a file, so no report can be written into it.", ("Name a folder.",))
