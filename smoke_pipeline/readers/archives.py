"""The one CSV inside a ZIP, without unpacking anything to disk and without trusting what the ZIP says."""

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

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
_ENCRYPTED = 0x1


def only_csv(file: LocalFile, limits: UploadSettings, member: str | None = None) -> str:
    """The name of the CSV to read: the one that was asked for, or the only one.

    Raises:
        ArchiveChoiceError: There are several and none was asked for.
        NoCsvInArchiveError: There is none, or not the one asked for.
        UnsafeArchiveError: The ZIP is damaged, or the member is encrypted, a link, or a bomb.
        FileTooLargeError: The member is larger than the settings allow.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            infos = [info for info in archive.infolist() if _is_csv(info)]
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise UnsafeArchiveError(
            f"{file.path} is not a ZIP that can be read: {error}.",
            suggestions=("Make the ZIP again, or hand in the CSV itself.",),
        ) from error
    chosen = _choose(file, infos, member)
    _require_safe(file, chosen, limits)
    return chosen.filename


def _is_csv(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    is_litter = path.name.startswith(".") or "__MACOSX" in path.parts
    return not info.is_dir() and not is_litter and path.suffix.lower() in CSV_SUFFIXES


def _choose(file: LocalFile, infos: list[zipfile.ZipInfo], member: str | None) -> zipfile.ZipInfo:
    listed = ", ".join(f"{info.filename} ({info.file_size:,} bytes)" for info in infos)
    if member is not None:
        infos = [info for info in infos if info.filename == member]
    if not infos:
        what = f"no CSV named {member!r}" if member else "no CSV"
        raise NoCsvInArchiveError(
            f"{file.path} holds {what}.",
            suggestions=(f"It holds {listed}.",) if listed else ("Put one CSV into the ZIP.",),
        )
    if len(infos) > 1:
        raise ArchiveChoiceError(
            f"{file.path} holds {len(infos)} CSVs: {listed}.",
            suggestions=("Say which one with `member` in the options file, or hand in a ZIP with one CSV.",),
            context={"members": {info.filename: info.file_size for info in infos}},
        )
    return infos[0]


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
