"""The zip a person takes away: the page, the CSV, the facts, and the digests of all of them.

The same result gives the same bytes, `run.json` apart, which holds what changes from run to run. The zip is
written beside its place and moved there when it is whole, so nobody ever sees half of one.
"""

import errno
import hashlib
import io
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.errors import InvalidOptionError, StorageFullError
from smoke_pipeline.report.mismatch_csv import write_mismatches
from smoke_pipeline.report.page import write_page
from smoke_pipeline.report.summary import run_facts, summarise
from smoke_pipeline.settings.model import ReportSettings

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip can hold; all members have it, so that the bytes do not tell when they were made."""
FORMAT = 1
"""Counted up when a member or a key of `manifest.json` changes its meaning."""


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
) -> BundleFiles:
    """Write `<name>.zip` into `folder`, in place of one that is there.

    Raises:
        StorageFullError: The disk has no room; nothing was left behind.
        InvalidOptionError: The folder cannot be made or written to, or `name` is no file name.
    """
    if not name or Path(name).name != name:
        raise InvalidOptionError(
            f"{name!r} cannot be the name of a report.", ("Use a name without a slash.",)
        )
    path = folder / f"{name}.zip"
    with _storage_errors(path), _replacing(path) as file, ZipFile(file, "w", ZIP_DEFLATED) as bundle:
        _fill(bundle, result, settings, now)
    return BundleFiles(zip_path=path, size_bytes=path.stat().st_size, members=tuple(bundle.namelist()))


def _fill(
    bundle: ZipFile, result: ComparisonResult, settings: ReportSettings, now: Callable[[], datetime]
) -> None:
    members = {
        "report.html": _add(bundle, "report.html", lambda text: write_page(result, text, settings)),
        "mismatches.csv": _add(bundle, "mismatches.csv", lambda text: write_mismatches(result, text)),
        "summary.json": _add_json(bundle, "summary.json", summarise(result, settings)),
    }
    _add_json(bundle, "manifest.json", _manifest(result, members))
    _add_json(bundle, "run.json", run_facts(result, written_at=now()))


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
    return _add(bundle, name, lambda text: text.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n"))


def _add(bundle: ZipFile, name: str, write: Callable[[io.TextIOWrapper], object]) -> _Member:
    """Write one member and say what it is, without holding it in memory."""
    info = ZipInfo(name, EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3  # Unix, whatever wrote it, or the permissions would not count
    info.external_attr = 0o100644 << 16
    with bundle.open(info, "w", force_zip64=True) as member:
        hashing = _Hashing(member)
        with io.TextIOWrapper(io.BufferedWriter(hashing), encoding="utf-8", newline="") as text:
            write(text)
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


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when all went well, and is gone when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make sure that the new name outlives a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFullError(
                f"There is no room left on the disk for the report {path}.",
                ("Free some space, or choose another folder.",),
                {"path": str(path)},
            ) from error
        raise InvalidOptionError(
            f"The report {path} cannot be written: {error.strerror or error}.",
            ("Choose a folder you may write to.",),
            {"path": str(path)},
        ) from error
