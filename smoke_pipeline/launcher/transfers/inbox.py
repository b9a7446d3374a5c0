"""The folder of files that were handed in: each comes whole or leaves nothing, and belongs to who sent it."""

import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smoke_pipeline.errors import (
    FileTooLargeError,
    InvalidOptionError,
    ObjectNotFoundError,
    StorageFullError,
    UnsupportedFileTypeError,
    UploadError,
)
from smoke_pipeline.history.access.roles import Identity, Permission
from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.keeping.records import KeptFile
from smoke_pipeline.history.records import FileKind
from smoke_pipeline.launcher.transfers.arrival import Arrival
from smoke_pipeline.launcher.transfers.signing import Ticket
from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.smoke_test.surroundings import Surroundings

TYPES = (".csv", ".tsv", ".txt", ".gz", ".zip", ".parquet", ".pq")
"""The endings of files that can be read; what is in them is looked at besides."""
LONGEST_NAME = 200
"""Bytes of a file name."""
_UPLOAD_ID = re.compile(r"up_[0-9a-f]{16}", re.ASCII)
_UNFINISHED = ".up_*.unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A file that was handed in."""

    upload_id: str
    path: Path
    row: KeptFile

    @property
    def below_inbox(self) -> str:
        """Its path below the folder of uploads, as a session names it."""
        return f"{self.upload_id}/{self.path.name}"


class Inbox:
    """The files that were handed in and that are coming in.

    Args:
        around: Where they lie, how large they may be, and what is written down of them.
    """

    def __init__(self, around: Surroundings) -> None:
        assert around.database is not None  # noqa: S101 - a launcher has one
        self._around = around
        self._folder = around.uploads
        self._data_folder = around.data_folder
        self._limits = around.settings.uploads
        self._files = Files(around.database, around.now)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._folder

    def require_welcome(self, file_name: str, size_bytes: int) -> None:
        """Refuse early what cannot be handed in.

        Raises:
            InvalidOptionError: The name is a path, or none.
            UnsupportedFileTypeError: Its ending is none of a table.
            FileTooLargeError: It is larger than the settings allow.
            StorageFullError: The disk has no room for it.
        """
        _require_name(file_name)
        if size_bytes > self._limits.max_bytes:
            raise _too_large(file_name, size_bytes, self._limits.max_bytes)
        self._make()
        if shutil.disk_usage(self._folder).free < size_bytes:
            raise StorageFullError(
                f"The launcher's disk has no room for {size_bytes:,} bytes.",
                suggestions=("Tell whoever looks after it: `smoke clean` makes room.",),
            )

    def new_id(self) -> str:
        """A name for a file that will come in; nobody can guess it."""
        return f"up_{secrets.token_hex(8)}"

    def received(self, ticket: Ticket) -> int:
        """How many bytes of a file have come in so far."""
        if self._place(ticket).exists():
            return ticket.size_bytes
        with suppress(FileNotFoundError):
            return self._unfinished(ticket).stat().st_size
        return 0

    def begin(self, ticket: Ticket, offset: int = 0) -> Arrival:
        """Make ready for the bytes of a file from `offset` on.

        Raises:
            UploadError: It has come in already, is just coming in, or so much of it is not here.
            StorageFullError: The disk has no room for it.
            AccessDeniedError: The folder cannot be written.
        """
        self.require_welcome(ticket.file_name, ticket.size_bytes)
        with storage_errors(self._folder):
            arrival = Arrival(self._unfinished(ticket))
        if self._place(ticket).exists():
            arrival.close(keep=False)
            raise _used(ticket)
        try:
            arrival.go_on_from(offset)
        except UploadError:
            arrival.close(keep=True)
            raise
        return arrival

    def finish(self, arrival: Arrival, ticket: Ticket) -> KeptFile:
        """Write a file down and give it its name; from now on it can be used, and its link cannot.

        Raises:
            StorageFullError: The disk has no room for it.
            HistoryUnavailableError: PostgreSQL does not answer.
        """
        place = self._place(ticket)
        row = KeptFile(
            file_id=0,
            session_id=None,
            kind=FileKind.UPLOAD,
            path=place.relative_to(self._data_folder).as_posix(),
            size_bytes=ticket.size_bytes,
            sha256=arrival.sha256(),
            client_id=ticket.client_id,
            created_at=self._around.now(),
            expires_at=None,
        )
        row = self._files.keep(row)
        with storage_errors(place):
            arrival.move_to(place)
        return row

    def find(self, upload_id: str, who: Identity) -> HandedIn:
        """A file that somebody handed in; those of others are not there.

        Raises:
            ObjectNotFoundError: There is none of that id, or it has not come in whole.
        """
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise _not_here(upload_id)
        folder = self._folder / upload_id
        try:
            (path,) = folder.iterdir()
        except (OSError, ValueError) as error:
            raise _not_here(upload_id) from error
        row = self._files.at(path.relative_to(self._data_folder).as_posix())
        is_theirs = row is not None and (
            row.client_id == who.client_id or who.may(Permission.CHANGE_ALL_SESSIONS)
        )
        if row is None or not is_theirs:
            raise _not_here(upload_id)
        return HandedIn(upload_id=upload_id, path=path, row=row)

    def sweep(self, older_than_s: float) -> int:
        """Take away what was begun and will not be gone on with; how many files that were."""
        swept = 0
        for path in self._folder.glob(_UNFINISHED) if self._folder.is_dir() else ():
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - older_than_s:
                    path.unlink()
                    swept += 1
        for folder in self._folder.glob("up_*") if self._folder.is_dir() else ():
            with suppress(OSError):  # one that holds its file stays, and retention decides
                if folder.stat().st_mtime < time.time() - older_than_s:
                    folder.rmdir()
        return swept

    def _make(self) -> None:
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)

    def _place(self, ticket: Ticket) -> Path:
        return self._folder / ticket.subject / ticket.file_name

    def _unfinished(self, ticket: Ticket) -> Path:
        return self._folder / f".{ticket.subject}.unfinished"


def _require_name(file_name: str) -> None:
    is_plain = file_name.isprintable() and not file_name.startswith(".") and not set(file_name) & set("/\\")
    if not file_name.strip() or not is_plain or len(file_name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise InvalidOptionError(
            f"{file_name[:LONGEST_NAME]!r} cannot be the name of a file that is handed in.",
            suggestions=("Name the file alone, without its folder: orders.csv.",),
        )
    if Path(file_name).suffix.lower() not in TYPES:
        raise UnsupportedFileTypeError(
            f"{file_name} is not of a type that can be compared.",
            suggestions=("Hand in a CSV, a gzipped CSV, a ZIP with CSVs, or a Parquet file.",),
            context={"file_name": file_name, "types": list(TYPES)},
        )


def _too_large(file_name: str, size_bytes: int, most_bytes: int) -> FileTooLargeError:
    return FileTooLargeError(
        f"{file_name} has {size_bytes / 1024**2:,.0f} MB; the limit is {most_bytes / 1024**2:,.0f} MB.",
        suggestions=(
            "Put it into StorageGrid, and name it with download_storagegrid_file.",
            "Put it into a folder that the launcher may read, and name it with "
            "handle_uploaded_files(paths=[…]).",
            "Whoever looks after the launcher can raise `uploads.max_bytes`.",
        ),
        context={"size_bytes": size_bytes, "max_bytes": most_bytes},
    )


def _used(ticket: Ticket) -> UploadError:
    return UploadError(
        f"{ticket.file_name} has been handed in already; its link works once.",
        suggestions=(f"handle_uploaded_files with upload_ids=[{ticket.subject}].",),
        context={"upload_id": ticket.subject},
    )


def _not_here(upload_id: str) -> ObjectNotFoundError:
    return ObjectNotFoundError(
        f"No file was handed in as {upload_id[:40]!r}, or not all of it.",
        suggestions=(
            "PUT the file to the link of create_upload first, then call again.",
            "Ask for a new link with create_upload if it has expired.",
        ),
        context={"upload_id": upload_id[:40]},
    )
