"""Where the snapshots of sessions are kept: in the session's folder, or in a bucket.

Either way a side is taken into a folder of this machine and read from one, by `snapshots.store`; what differs
is where the files are in between.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest
from smoke_pipeline.snapshots.store import open_snapshot, snapshot_path

BOTH = tuple(Side)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptElsewhere:
    """What a session has outside its folder, or what an upload that was cut off left there."""

    folder: str
    """That of the session, as its row names it."""
    changed_at: datetime
    is_going: bool = False
    """Whether its session was about to be deleted."""
    unfinished: str | None = None
    """The file that was not sent to its end."""


class SnapshotStorage(ABC):
    """The snapshots of all sessions; a session's are named by its folder, as its row has it."""

    @abstractmethod
    def taking(self, folder: str, side: Side) -> AbstractContextManager[Path]:
        """A folder of this machine to take a side into, by `take_snapshot`.

        What was taken is kept once the block ends well, in place of an older one; what a killed step left
        unfinished of that side is removed.

        Raises:
            StorageFullError: There is no room.
            ReadError: The store does not take it.
        """

    @abstractmethod
    def opened(
        self, folder: str, sides: Sequence[Side] = BOTH, on_progress: OnProgress | None = None
    ) -> AbstractContextManager[Path]:
        """A folder of this machine with the snapshots of a session, for `open_snapshot`, inside `with`.

        Raises:
            SnapshotMissingError: One was never taken, or is gone.
            SnapshotDamagedError: One is not what was written.
            StorageFullError: There is no room for a copy.
            ReadError: The store does not give it.
        """

    @abstractmethod
    def manifest(self, folder: str, side: Side) -> SnapshotManifest:
        """What a side holds, without reading its rows.

        Raises:
            SnapshotMissingError: It was never taken, or is gone.
            SnapshotDamagedError: It is not what was written.
            ReadError: The store does not give it.
        """

    @abstractmethod
    def address(self, folder: str, side: Side) -> str:
        """Where a side is kept, for people."""

    @abstractmethod
    def elsewhere(self) -> Iterator[KeptElsewhere]:
        """What is kept outside the folders of the sessions.

        Raises:
            ReadError: The store does not tell.
        """

    @abstractmethod
    def mark_going(self, folder: str) -> None:
        """Say that a session is about to be deleted, where it has something outside its folder.

        Raises:
            ReadError: The store does not take it.
        """

    @abstractmethod
    def drop(self, folder: str) -> None:
        """Remove what a session has outside its folder, the mark last.

        Raises:
            ReadError: The store does not let us.
        """

    @abstractmethod
    def abandon(self, folder: str, name: str) -> None:
        """Throw away what was sent of a file of a session that was never sent to its end.

        Raises:
            ReadError: The store does not let us.
        """


class FolderStorage(SnapshotStorage):
    """Snapshots in the folders of their sessions, which come and go with them."""

    def __init__(self, data_folder: Path) -> None:
        self._data_folder = data_folder

    @contextmanager
    def taking(self, folder: str, side: Side) -> Iterator[Path]:
        """The session's own folder."""
        place = self._data_folder / folder
        for left_over in place.glob(f".{side}.*.unfinished"):
            left_over.unlink(missing_ok=True)
        yield place

    @contextmanager
    def opened(
        self, folder: str, sides: Sequence[Side] = BOTH, on_progress: OnProgress | None = None
    ) -> Iterator[Path]:
        """The session's own folder."""
        del sides, on_progress
        yield self._data_folder / folder

    def manifest(self, folder: str, side: Side) -> SnapshotManifest:
        """What the file carries."""
        return open_snapshot(self._data_folder / folder, side).manifest

    def address(self, folder: str, side: Side) -> str:
        """The path of the file."""
        return str(snapshot_path(self._data_folder / folder, side))

    def elsewhere(self) -> Iterator[KeptElsewhere]:
        """Nothing."""
        yield from ()

    def mark_going(self, folder: str) -> None:
        """Nothing is outside the folder that is marked itself."""

    def drop(self, folder: str) -> None:
        """Nothing is outside the folder that goes as a whole."""

    def abandon(self, folder: str, name: str) -> None:
        """Nothing is sent anywhere."""
