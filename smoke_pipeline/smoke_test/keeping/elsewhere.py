"""What sessions have outside the data folder, told as what lies in it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from smoke_pipeline.smoke_test.keeping.lying import Lying, SessionFolder, is_session_folder

if TYPE_CHECKING:
    from smoke_pipeline.snapshots.storage import KeptElsewhere, SnapshotStorage

_UNFINISHED = ".unfinished"


def kept_elsewhere(snapshots: "SnapshotStorage") -> Sequence["KeptElsewhere"]:
    """What looks like that of a session; whatever else is there is nobody's business here.

    Raises:
        ReadError: The store does not tell.
    """
    return [one for one in snapshots.elsewhere() if is_session_folder(one.folder)]


def all_folders(
    folders: Iterable[SessionFolder], elsewhere: Sequence["KeptElsewhere"]
) -> Sequence[SessionFolder]:
    """Each session's folder once, wherever it lies: as new as its newest part, going if any part of it is."""
    found: dict[str, SessionFolder] = {}
    kept = (
        SessionFolder(path=one.folder, changed_at=one.changed_at, is_going=one.is_going)
        for one in elsewhere
        if one.unfinished is None
    )
    for one in (*folders, *kept):
        known = found.get(one.path, one)
        found[one.path] = SessionFolder(
            path=one.path,
            changed_at=max(one.changed_at, known.changed_at),
            is_going=one.is_going or known.is_going,
        )
    return list(found.values())


def cut_off(elsewhere: Sequence["KeptElsewhere"]) -> Sequence[Lying]:
    """The files that were never sent to their end, each once, as new as its last beginning."""
    begun: dict[str, Lying] = {}
    for one in elsewhere:
        if one.unfinished is not None:
            path = f"{one.folder}/{one.unfinished}{_UNFINISHED}"
            at = max(one.changed_at, begun[path].changed_at) if path in begun else one.changed_at
            begun[path] = Lying(path=path, changed_at=at, size_bytes=0)
    return list(begun.values())


def abandon(snapshots: "SnapshotStorage", path: str) -> None:
    """Throw away what was sent of a file, where `cut_off` called it so.

    Raises:
        ReadError: The store does not let us.
    """
    folder, _, name = path.rpartition("/")
    if name.endswith(_UNFINISHED) and is_session_folder(folder):
        snapshots.abandon(folder, name.removesuffix(_UNFINISHED))
