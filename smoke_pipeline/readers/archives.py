"""The one CSV inside a ZIP, without unpacking anything to disk and without trusting what the ZIP says."""

import shlex
import stat
import zipfile
from pathlib import PurePosixPath

from smoke_pipeline.errors import (
    ArchiveChoiceError,
    FileTooLargeError,
    NoCsvInArchiveError,
    UnsafeArchiveError,
)
from smoke_pipeline.readers.places import LocalFile
from smoke_pipeline.settings.model import UploadSettings

CSV_SUFFIXES = ((".csv", ".tsv"), (".txt",))
"""Looked for in this order."""
_MOST_LISTED = 20
_ENCRYPTED = 0x1


def only_csv(file: LocalFile, limits: UploadSettings, member: str | None = None) -> str:
    """The name of the CSV to read: the one that was asked for, or the only one.

    Raises:
        ArchiveChoiceError: There are several and none was asked for.
        NoCsvInArchiveError: There is none, or not the one asked for.
        UnsafeArchiveError: The ZIP is damaged, or the member is encrypted, a link, or a bomb.
        FileTooLargeError: The member is larger than the settings allow.
    """
    chosen = _choose(file, _members(file), member)
    _require_safe(file, chosen, limits)
    return chosen.filename


def csvs_of(file: LocalFile) -> dict[str, int]:
    """The CSVs of a ZIP in its order, by name, with their sizes in bytes.

    Raises:
        NoCsvInArchiveError: There is none.
        UnsafeArchiveError: The ZIP is damaged, or holds a name twice.
    """
    infos = _members(file)
    found = _csvs(infos)
    if not found:
        raise _holds_no(file, infos, "no CSV")
    _require_distinct(file, found)
    return {info.filename: info.file_size for info in found}


def _members(file: LocalFile) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(file.path) as archive:
            return [info for info in archive.infolist() if not _is_litter(info)]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnsafeArchiveError(
            f"{file.path} is not a ZIP that can be read: {error}.",
            suggestions=("Make the ZIP again, or hand in the CSV itself.",),
        ) from error


def _require_distinct(file: LocalFile, found: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UnsafeArchiveError(
            f"{file.path} holds {twice} more than once.",
            suggestions=("Make the ZIP again, or hand in the CSV itself.",),
        )


def _holds_no(file: LocalFile, infos: list[zipfile.ZipInfo], what: str) -> NoCsvInArchiveError:
    listed = _listed(infos)
    return NoCsvInArchiveError(
        f"{file.path} holds {what}.",
        suggestions=(f"It holds {listed}.",) if listed else ("Put one CSV into the ZIP.",),
        context={"members": {info.filename: info.file_size for info in infos}},
    )


def _is_litter(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    return info.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts


def _choose(file: LocalFile, infos: list[zipfile.ZipInfo], member: str | None) -> zipfile.ZipInfo:
    found = [info for info in infos if info.filename == member] if member is not None else _csvs(infos)
    if not found:
        raise _holds_no(file, infos, f"nothing named {member!r}" if member is not None else "no CSV")
    _require_distinct(file, found)
    if len(found) > 1:
        raise ArchiveChoiceError(
            f"{file.path} holds {len(found)} CSVs: {_listed(found)}.",
            suggestions=(
                f"Say which one: --read-source {shlex.quote(f'member={found[0].filename}')}, "
                "or --read-target; "
                f"in an options file `source: {{member: {found[0].filename}}}`.",
                "Hand in a ZIP with one CSV, or with both sides and nothing else.",
            ),
            context={"members": {info.filename: info.file_size for info in found}},
        )
    return found[0]


def _csvs(infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members that are CSVs by name; a `.txt` beside one is taken for a note about it."""
    for suffixes in CSV_SUFFIXES:
        found = [info for info in infos if PurePosixPath(info.filename).suffix.lower() in suffixes]
        if found:
            return found
    return []


def _listed(infos: list[zipfile.ZipInfo]) -> str:
    shown = ", ".join(f"{info.filename} ({info.file_size:,} bytes)" for info in infos[:_MOST_LISTED])
    return f"{shown} and {len(infos) - _MOST_LISTED:,} more" if len(infos) > _MOST_LISTED else shown


def _require_safe(file: LocalFile, info: zipfile.ZipInfo, limits: UploadSettings) -> None:
    mode = info.external_attr >> 16
    is_special = stat.S_IFMT(mode) not in (0, stat.S_IFREG)
    if info.flag_bits & _ENCRYPTED or is_special:
        what = "encrypted" if info.flag_bits & _ENCRYPTED else "not a plain file"
        raise UnsafeArchiveError(
            f"{info.filename} in {file.path} is {what}.",
            suggestions=("Make a ZIP without password or links.",),
        )
    if info.file_size > limits.max_bytes:
        raise FileTooLargeError(
            f"{info.filename} in {file.path} unpacks to {info.file_size:,} bytes; "
            f"the limit is {limits.max_bytes:,}.",
            suggestions=("Unpack it yourself and name the file, or raise `uploads.max_bytes`.",),
        )
    if info.file_size > limits.max_ratio * max(info.compress_size, 1) and info.file_size > 1 << 20:
        raise UnsafeArchiveError(
            f"{info.filename} in {file.path} unpacks to more than {limits.max_ratio} times its size.",
            suggestions=("If that is right, unpack it yourself, or raise `uploads.max_ratio`.",),
        )
